// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.ChunkSink;
import io.kmesh.core.internal.transfer.XattrFilter;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Reads extended attributes. Stateless. */
final class Attributes {
  private final ContentGate gate;

  Attributes(ContentGate gate) {
    this.gate = gate;
  }

  /** Those of an open file or directory. */
  List<Attribute> of(PosixInode inode, FileStat stat, ChunkSink sink) throws IOException {
    List<Attribute> more = gate.more(inode, stat);
    List<PathBytes> names = supported(inode::xattrNames);
    if (names.isEmpty()) {
      return more;
    }
    List<Attribute> all = new ArrayList<>(more);
    for (PathBytes name : names) {
      if (XattrFilter.isContent(name)) {
        Optional<byte[]> value = inode.xattr(name);
        if (value.isPresent()) {
          all.add(attribute(name, value.get(), sink));
        }
      }
    }
    all.sort(Comparator.comparing(Attribute::name));
    return all;
  }

  /** Those of an entry that is not opened. */
  List<Attribute> of(PosixDirectory directory, PathBytes entry, ChunkSink sink) throws IOException {
    List<Attribute> all = new ArrayList<>();
    for (PathBytes name : supported(() -> directory.xattrNames(entry))) {
      if (XattrFilter.isContent(name)) {
        Optional<byte[]> value = directory.xattr(entry, name);
        if (value.isPresent()) {
          all.add(attribute(name, value.get(), sink));
        }
      }
    }
    all.sort(Comparator.comparing(Attribute::name));
    return all;
  }

  private interface Names {
    List<PathBytes> list() throws IOException;
  }

  private static List<PathBytes> supported(Names names) throws IOException {
    try {
      return names.list();
    } catch (ProviderException e) {
      if (e.errno().filter(n -> n.equals(Errno.EOPNOTSUPP)).isPresent()) {
        return List.of();
      }
      throw e;
    }
  }

  private static Attribute attribute(PathBytes name, byte[] value, ChunkSink sink)
      throws IOException {
    return value.length <= Attribute.MOST_INLINE
        ? Attribute.of(name, value)
        : Attribute.of(name, sink.write(value, 0, value.length), value.length);
  }
}
