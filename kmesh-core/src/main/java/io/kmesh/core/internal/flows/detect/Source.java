// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.transfer.XattrFilter;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where an entry's extended attributes are read.
 *
 * @param directory the entry's directory; the entry itself when there is no name
 * @param name the entry's name; null for the directory itself
 */
record Source(PosixDirectory directory, @Nullable PathBytes name) {
  /** Those that are the entry's own and move with it. */
  SortedMap<PathBytes, byte[]> xattrs() throws IOException {
    TreeMap<PathBytes, byte[]> found = new TreeMap<>();
    for (PathBytes one : names()) {
      if (XattrFilter.isContent(one)) {
        Optional<byte[]> value = name == null ? directory.xattr(one) : directory.xattr(name, one);
        if (value.isPresent()) {
          found.put(one, value.get());
        }
      }
    }
    return Collections.unmodifiableSortedMap(found);
  }

  private List<PathBytes> names() throws IOException {
    try {
      return name == null ? directory.xattrNames() : directory.xattrNames(name);
    } catch (ProviderException e) {
      if (e.errno().filter(Errno.EOPNOTSUPP::equals).isPresent()) {
        return List.of();
      }
      throw e;
    }
  }
}
