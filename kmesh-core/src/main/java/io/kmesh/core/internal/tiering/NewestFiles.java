// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.tiering.TieringPolicy;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which files are among the newest of their sequences. A sequence lies in one directory, so one
 * directory is read for it when it is asked, and a few are remembered. Not thread-safe.
 */
final class NewestFiles {
  private static final int REMEMBERED = 64;

  private final PosixTree tree;
  private final TieringPolicy.@Nullable KeepNewest keep;
  private final Map<PathBytes, Set<PathBytes>> directories = new LinkedHashMap<>(16, 0.75f, true);

  NewestFiles(PosixTree tree, TieringPolicy.@Nullable KeepNewest keep) {
    this.tree = tree;
    this.keep = keep;
  }

  boolean isOneOf(PathBytes path) throws IOException {
    if (keep == null || !new Sequences(keep).isMember(path)) {
      return false;
    }
    PathBytes directory = path.parent();
    Set<PathBytes> newest = directories.get(directory);
    if (newest == null) {
      newest = read(directory, keep);
      directories.put(directory, newest);
      if (directories.size() > REMEMBERED) {
        directories.remove(directories.keySet().iterator().next());
      }
    }
    return newest.contains(path);
  }

  private Set<PathBytes> read(PathBytes path, TieringPolicy.KeepNewest rule) throws IOException {
    Sequences sequences = new Sequences(rule);
    try (PosixDirectory directory = path.isEmpty() ? tree.openRoot() : tree.openDirectory(path);
        DirectoryCursor cursor = directory.entries()) {
      List<DirectoryEntry> batch;
      while (!(batch = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : batch) {
          PathBytes file = path.resolve(entry.name());
          if (sequences.isMember(file) && isRegular(directory, entry)) {
            sequences.offer(file);
          }
        }
      }
    }
    return sequences.newest();
  }

  private static boolean isRegular(PosixDirectory directory, DirectoryEntry entry)
      throws IOException {
    FileType known = entry.knownType();
    return known != null ? known == FileType.REGULAR : directory.stat(entry.name()).isRegular();
  }
}
