// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
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

    /**
     * An entry that could not be read, or a directory that could not be read to its end; the walk
     * goes on behind it.
     */
    void failed(PathBytes path, IOException failure) throws IOException;
  }

  /** Takes regular files by their FIDs. */
  public interface FidVisitor {
    /** A regular file of some bytes. */
    void file(PathBytes path, Fid fid, long size) throws IOException;

    /** As {@link Visitor#failed}. */
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

  /**
   * Walks a Lustre; a file that has no FID any more has failed.
   *
   * @throws IOException when the path itself can't be read, or the visitor throws
   */
  public static void walk(LustreBinding lustre, PathBytes path, FidVisitor visitor)
      throws IOException {
    walk(
        lustre.tree(),
        path,
        new Visitor() {
          @Override
          public void file(PathBytes file, PosixDirectory directory, PathBytes name, FileStat stat)
              throws IOException {
            Fid fid;
            try {
              fid = lustre.identity().fid(directory, name);
            } catch (IOException e) {
              failed(file, e);
              return;
            }
            visitor.file(file, fid, stat.size());
          }

          @Override
          public void failed(PathBytes file, IOException failure) throws IOException {
            visitor.failed(file, failure);
          }
        });
  }

  private void start(PathBytes path) throws IOException {
    if (path.isEmpty()) {
      try (PosixDirectory root = tree.openRoot();
          DirectoryCursor cursor = root.entries()) {
        entries(path, root, cursor);
      }
      return;
    }
    try (PosixDirectory parent = tree.openDirectory(path.parent())) {
      FileStat stat = parent.stat(path.name());
      if (stat.isDirectory()) {
        try (PosixDirectory directory = parent.openDirectory(path.name());
            DirectoryCursor cursor = directory.entries()) {
          entries(path, directory, cursor);
        }
      } else if (stat.isRegular()) {
        visitor.file(path, parent, path.name(), stat);
      }
    }
  }

  private void entries(PathBytes path, PosixDirectory directory, DirectoryCursor cursor)
      throws IOException {
    while (true) {
      List<DirectoryEntry> batch;
      try {
        batch = cursor.next();
      } catch (IOException e) {
        visitor.failed(path, e);
        return;
      }
      if (batch.isEmpty()) {
        return;
      }
      for (DirectoryEntry entry : batch) {
        entry(path.resolve(entry.name()), directory, entry);
      }
    }
  }

  private void entry(PathBytes path, PosixDirectory directory, DirectoryEntry entry)
      throws IOException {
    FileType known = entry.knownType();
    if (known != null && known != FileType.REGULAR && known != FileType.DIRECTORY) {
      return;
    }
    FileStat stat = null;
    if (known != FileType.DIRECTORY) {
      try {
        stat = directory.stat(entry.name());
      } catch (IOException e) {
        visitor.failed(path, e);
        return;
      }
    }
    if (stat == null || stat.isDirectory()) {
      below(path, directory, entry.name());
    } else if (stat.isRegular()) {
      visitor.file(path, directory, entry.name(), stat);
    }
  }

  private void below(PathBytes path, PosixDirectory parent, PathBytes name) throws IOException {
    PosixDirectory opened;
    try {
      opened = parent.openDirectory(name);
    } catch (IOException e) {
      visitor.failed(path, e);
      return;
    }
    try (PosixDirectory directory = opened) {
      DirectoryCursor entries;
      try {
        entries = directory.entries();
      } catch (IOException e) {
        visitor.failed(path, e);
        return;
      }
      try (DirectoryCursor cursor = entries) {
        entries(path, directory, cursor);
      }
    }
  }
}
