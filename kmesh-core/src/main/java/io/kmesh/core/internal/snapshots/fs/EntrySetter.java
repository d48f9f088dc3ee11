// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.snapshots.SnapshotProblem;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives entries attributes in the order in which none undoes another: owner, extended attributes,
 * mode, times. What the caller may not set is left out with a word; a file whose owner could not be
 * set gets no suid and sgid. For one thread.
 */
final class EntrySetter {
  private static final int SET_ID = 06000;
  private static final Set<Errno> DENIED = Set.of(Errno.EPERM, Errno.EACCES, Errno.EOPNOTSUPP);

  private final List<SnapshotProblem> problems;

  /** Whether this user, or this file system, may not. */
  static boolean isDenied(ProviderException failure) {
    return failure.errno().filter(DENIED::contains).isPresent();
  }

  EntrySetter() {
    this(new ArrayList<>());
  }

  /** One that tells problems to a list. */
  EntrySetter(List<SnapshotProblem> problems) {
    this.problems = problems;
  }

  /** What could not be set. */
  List<SnapshotProblem> problems() {
    return problems;
  }

  private interface Step {
    void run() throws IOException;
  }

  private boolean allowed(PathBytes path, String what, Step step) throws IOException {
    try {
      step.run();
      return true;
    } catch (ProviderException e) {
      if (e.errno().filter(DENIED::contains).isEmpty()) {
        throw e;
      }
      problems.add(new SnapshotProblem(path, "is without its " + what + ": " + e.getMessage()));
      return false;
    }
  }

  /** Those of a new file or directory that is open. */
  void set(PosixInode inode, Meta meta, PathBytes path) throws IOException {
    FileStat now = inode.stat();
    boolean isOwned =
        (now.uid() == meta.uid() && now.gid() == meta.gid())
            || allowed(path, "owner", () -> inode.setOwner(meta.uid(), meta.gid()));
    for (Map.Entry<PathBytes, byte[]> attribute : meta.attributes().entrySet()) {
      PathBytes name = attribute.getKey();
      allowed(
          path, name.toString(), () -> inode.setXattr(name, attribute.getValue(), XattrMode.SET));
    }
    inode.setMode(isOwned ? meta.mode() : meta.mode() & ~SET_ID);
    inode.setTimes(meta.mtime(), meta.mtime());
  }

  /** Those of a new entry that is neither file nor directory. */
  void set(PosixDirectory directory, PathBytes name, FileType type, Meta meta, PathBytes path)
      throws IOException {
    FileStat now = directory.stat(name);
    if (now.uid() != meta.uid() || now.gid() != meta.gid()) {
      allowed(path, "owner", () -> directory.setOwner(name, meta.uid(), meta.gid()));
    }
    for (Map.Entry<PathBytes, byte[]> attribute : meta.attributes().entrySet()) {
      PathBytes key = attribute.getKey();
      allowed(
          path,
          key.toString(),
          () -> directory.setXattr(name, key, attribute.getValue(), XattrMode.SET));
    }
    if (type != FileType.SYMLINK) {
      directory.setMode(name, meta.mode());
    }
    directory.setTimes(name, meta.mtime(), meta.mtime());
  }

  /** Changes those of an entry that is there. */
  void change(TreeVolume tree, TreeVolume.Place there, Meta meta) throws IOException {
    Meta now = Meta.of(tree, there);
    if (there.path().isEmpty()) {
      try (PosixDirectory top = tree.tree().openRoot()) {
        change(top, there.path(), now, meta.timed(now.mtime()));
      }
      return;
    }
    PathBytes path = there.path();
    PathBytes name = path.name();
    try (PosixDirectory directory = tree.tree().openDirectory(path.parent())) {
      if (there.stat().isDirectory()) {
        try (PosixDirectory open = directory.openDirectory(name)) {
          change(open, path, now, meta.timed(now.mtime()));
        }
      } else if (there.stat().isRegular()) {
        try (PosixFile open =
            directory.openFile(name, Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME))) {
          change(open, path, now, meta);
        }
      } else {
        for (PathBytes key : now.attributes().keySet()) {
          if (meta.attribute(key) == null) {
            allowed(path, key.toString(), () -> directory.removeXattr(name, key));
          }
        }
        set(directory, name, there.stat().type(), meta, path);
      }
    }
  }

  private void change(PosixInode open, PathBytes path, Meta now, Meta meta) throws IOException {
    for (PathBytes key : now.attributes().keySet()) {
      if (meta.attribute(key) == null) {
        allowed(path, key.toString(), () -> open.removeXattr(key));
      }
    }
    set(open, meta, path);
    open.sync(SyncMode.ALL);
  }

  /** The time of a directory that was filled; it is another's by now when it is not there. */
  void time(TreeVolume tree, PathBytes path, FileTime mtime) throws IOException {
    try (PosixDirectory open = tree.tree().openDirectory(path)) {
      open.setTimes(mtime, mtime);
    } catch (ProviderException e) {
      if (!TreeVolume.isAbsent(e) && e.errno().filter(DENIED::contains).isEmpty()) {
        throw e;
      }
    }
  }
}
