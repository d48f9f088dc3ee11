// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

import io.kmesh.path.PathBytes;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** A tree of files below one directory. Thread-safe. */
public interface PosixTree extends Closeable {
  /** A name for people, such as the directory's path. */
  String description();

  /** What the tree can carry. */
  Set<PosixCapability> capabilities();

  /** A new handle of the root directory. */
  PosixDirectory openRoot() throws IOException;

  /**
   * Opens the directory at a path below the root, name by name, following no symbolic link.
   *
   * @param path names with slashes; empty for the root
   */
  default PosixDirectory openDirectory(PathBytes path) throws IOException {
    List<PathBytes> names = namesOf(path);
    PosixDirectory directory = openRoot();
    for (PathBytes name : names) {
      try (PosixDirectory parent = directory) {
        directory = parent.openDirectory(name);
      }
    }
    return directory;
  }

  /** The stat of what is at a path below the root; the root's own for the empty path. */
  default FileStat stat(PathBytes path) throws IOException {
    List<PathBytes> names = namesOf(path);
    if (names.isEmpty()) {
      try (PosixDirectory root = openRoot()) {
        return root.stat();
      }
    }
    try (PosixDirectory parent = openDirectory(join(names.subList(0, names.size() - 1)))) {
      return parent.stat(names.get(names.size() - 1));
    }
  }

  /** Opens the regular file at a path below the root. */
  default PosixFile openFile(PathBytes path, Set<OpenFlag> flags) throws IOException {
    List<PathBytes> names = namesOf(path);
    if (names.isEmpty()) {
      throw new io.kmesh.spi.ProviderException(
          io.kmesh.spi.Errno.EISDIR,
          "Cannot open " + description() + " as a file: it is the root. Name a file below it.");
    }
    try (PosixDirectory parent = openDirectory(join(names.subList(0, names.size() - 1)))) {
      return parent.openFile(names.get(names.size() - 1), flags);
    }
  }

  /**
   * Makes durable all that was written to the file system of the root, by whomever; what is mounted
   * below has to be synced by itself (syncfs). Costs one journal commit however many files there
   * are.
   *
   * @throws io.kmesh.spi.ProviderException UNSUPPORTED without TREE_SYNC
   */
  default void sync() throws IOException {
    throw new io.kmesh.spi.ProviderException(
        io.kmesh.spi.ErrorKind.UNSUPPORTED,
        "Cannot sync "
            + description()
            + " at once: it has no TREE_SYNC. Sync its files and directories one by one.");
  }

  private static PathBytes join(List<PathBytes> names) {
    PathBytes path = PathBytes.EMPTY;
    for (PathBytes name : names) {
      path = path.resolve(name);
    }
    return path;
  }

  private static List<PathBytes> namesOf(PathBytes path) throws IOException {
    try {
      return path.names();
    } catch (IllegalArgumentException e) {
      throw new io.kmesh.spi.ProviderException(
          io.kmesh.spi.ErrorKind.INVALID, String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  void close() throws IOException;
}
