// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.XattrFilter;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;

/** The extended attributes of an entry that belong to it and not to its file system. */
final class EntryXattrs {
  private EntryXattrs() {}

  /** Those of an open file or directory. */
  static SortedMap<PathBytes, byte[]> of(PosixInode inode) throws IOException {
    SortedMap<PathBytes, byte[]> xattrs = new TreeMap<>();
    for (PathBytes name : inode.xattrNames()) {
      if (XattrFilter.isContent(name)) {
        inode.xattr(name).ifPresent(value -> xattrs.put(name, value));
      }
    }
    return xattrs;
  }

  /** Those of an entry that can't be opened. */
  static SortedMap<PathBytes, byte[]> of(PosixDirectory parent, PathBytes name) throws IOException {
    SortedMap<PathBytes, byte[]> xattrs = new TreeMap<>();
    try {
      for (PathBytes xattr : parent.xattrNames(name)) {
        if (XattrFilter.isContent(xattr)) {
          parent.xattr(name, xattr).ifPresent(value -> xattrs.put(xattr, value));
        }
      }
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.UNSUPPORTED) {
        throw e;
      }
      // A tree that has no attributes on links and special files has none to lose.
    }
    return xattrs;
  }
}
