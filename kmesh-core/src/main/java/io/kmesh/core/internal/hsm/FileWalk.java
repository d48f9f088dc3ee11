// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.List;

/**
 * Visits the regular files at and below a path, one directory after the other, by directory
 * handles: memory and handles grow with the depth only, and no symbolic link is followed.
 */
public final class FileWalk {
  /** Gets the files. */
  public interface Visitor {
    /**
     * A regular file.
     *
     * @param path its path below the mount
     * @param directory the open directory that holds it
     * @param name its name there
     * @param stat its stat
     */
    void file(PathBytes path, PosixDirectory directory, PathBytes name, FileStat stat)
        throws IOException;

    /** An entry that could not be read; the walk goes on. */
    void failed(PathBytes path, IOException failure) throws IOException;
  }

  private final PosixTree tree;
  private final Visitor visitor;

  private FileWalk(PosixTree tree, Visitor visitor) {
    this.tree = tree;
    this.visitor = visitor;
  }

  /** The path without leading, trailing and doubled slashes. */
  public static PathBytes normal(PathBytes path) {
    PathBytes normal = PathBytes.EMPTY;
    for (PathBytes name : path.names()) {
      normal = normal.resolve(name);
    }
    return normal;
  }

  /**
   * Walks.
   *
   * @throws IOException when the path itself can't be read, or the visitor throws
   */
  public static void walk(PosixTree tree, PathBytes path, Visitor visitor) throws IOException {
    new FileWalk(tree, visitor).start(normal(path));
  }

  private void start(PathBytes path) throws IOException {
    if (path.isEmpty()) {
      try (PosixDirectory root = tree.openRoot()) {
        directory(path, root);
      }
      return;
    }
    try (PosixDirectory parent = tree.openDirectory(path.parent())) {
      FileStat stat = parent.stat(path.name());
      if (stat.isDirectory()) {
        try (PosixDirectory directory = parent.openDirectory(path.name())) {
          directory(path, directory);
        }
      } else if (stat.isRegular()) {
        visitor.file(path, parent, path.name(), stat);
      }
    }
  }

  private void directory(PathBytes path, PosixDirectory directory) throws IOException {
    try (DirectoryCursor cursor = directory.entries()) {
      List<DirectoryEntry> batch;
      while (!(batch = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : batch) {
          entry(path.resolve(entry.name()), directory, entry);
        }
      }
    }
  }

  private void entry(PathBytes path, PosixDirectory directory, DirectoryEntry entry)
      throws IOException {
    FileType known = entry.knownType();
    if (known != null && known != FileType.REGULAR && known != FileType.DIRECTORY) {
      return;
    }
    PosixDirectory child = null;
    FileStat stat = null;
    try {
      if (known != FileType.DIRECTORY) {
        stat = directory.stat(entry.name());
      }
      if (stat == null || stat.isDirectory()) {
        child = directory.openDirectory(entry.name());
      }
    } catch (IOException e) {
      visitor.failed(path, e);
      return;
    }
    if (child != null) {
      try (PosixDirectory below = child) {
        directory(path, below);
      }
    } else if (stat != null && stat.isRegular()) {
      visitor.file(path, directory, entry.name(), stat);
    }
  }
}
