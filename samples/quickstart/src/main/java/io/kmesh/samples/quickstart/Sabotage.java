// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Spoils one thing of one file behind Kmesh's back, so that a run shows that it would be noticed. */
final class Sabotage {
  /** What is spoiled. */
  enum Kind {
    BYTE,
    MTIME,
    XATTR
  }

  private final PosixTree tree;
  private final PathBytes root;

  Sabotage(PosixTree tree, PathBytes root) {
    this.tree = tree;
    this.root = root;
  }

  /**
   * Spoils the first file that may be.
   *
   * @param mayBe which paths, relative to the root, may be chosen
   * @return its path
   */
  PathBytes spoil(Kind kind, Predicate<PathBytes> mayBe) throws IOException {
    try (PosixDirectory directory = tree.openDirectory(root)) {
      PathBytes spoilt = spoil(directory, PathBytes.EMPTY, kind, mayBe).orElse(null);
      if (spoilt == null) {
        throw new IOException("Cannot sabotage: the tree has no file that may be spoiled.");
      }
      return spoilt;
    }
  }

  private Optional<PathBytes> spoil(
      PosixDirectory directory, PathBytes path, Kind kind, Predicate<PathBytes> mayBe)
      throws IOException {
    try (DirectoryCursor cursor = directory.entries()) {
      List<DirectoryEntry> batch;
      while (!(batch = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : batch) {
          PathBytes child = path.resolve(entry.name());
          FileStat stat = directory.stat(entry.name());
          if (stat.isDirectory()) {
            try (PosixDirectory below = directory.openDirectory(entry.name())) {
              Optional<PathBytes> found = spoil(below, child, kind, mayBe);
              if (found.isPresent()) {
                return found;
              }
            }
          } else if (stat.isRegular()
              && stat.size() > 0
              && stat.links() == 1
              && mayBe.test(child)) {
            spoil(directory, entry.name(), stat, kind);
            return Optional.of(child);
          }
        }
      }
    }
    return Optional.empty();
  }

  private static void spoil(PosixDirectory directory, PathBytes name, FileStat stat, Kind kind)
      throws IOException {
    FileTime mtime = stat.mtime();
    switch (kind) {
      case BYTE -> {
        try (PosixFile file =
            directory.openFile(name, Set.of(OpenFlag.READ, OpenFlag.WRITE))) {
          ByteBuffer one = ByteBuffer.allocate(1);
          file.read(one, stat.size() / 2);
          one.put(0, (byte) (one.get(0) ^ 1)).rewind();
          file.write(one, stat.size() / 2);
        }
      }
      case MTIME -> mtime = new FileTime(mtime.seconds() - 1, mtime.nanos());
      case XATTR ->
          directory.setXattr(
              name,
              PathBytes.of("user.sabotage"),
              "1".getBytes(StandardCharsets.US_ASCII),
              XattrMode.SET);
    }
    directory.setTimes(name, stat.atime(), mtime);
  }
}
