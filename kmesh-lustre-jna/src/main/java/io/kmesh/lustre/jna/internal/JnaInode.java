// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** An open descriptor and the calls on its inode. Thread-safe. */
abstract class JnaInode implements PosixInode {
  /** The descriptor. */
  final Fd fd;

  /** Where it was opened. */
  final Place place;

  JnaInode(Fd fd, Place place) {
    this.fd = fd;
    this.place = place;
  }

  /** The number of the descriptor, for a call that ends with {@code fd.release()}. */
  final int acquire(String action) throws IOException {
    int number = fd.acquire();
    if (number < 0) {
      throw Failures.of(action, place, Linux.EBADF);
    }
    return number;
  }

  /** The path for extended attributes and modes: none where the descriptor itself serves. */
  private long pathOf(int number, Scratch scratch) {
    return fd.isPathOnly() ? scratch.throughProc(number, PathBytes.EMPTY) : 0;
  }

  @Override
  public FileStat stat() throws IOException {
    Scratch scratch = Scratch.ofThread();
    int number = acquire("stat");
    int r;
    try {
      r = Stats.ask(number, scratch.empty(), scratch);
    } finally {
      fd.release();
    }
    if (r < 0) {
      throw Failures.of("stat", place, r);
    }
    return Stats.decode(scratch, place);
  }

  @Override
  public void setMode(int mode) throws IOException {
    String action = "set the mode of";
    Failures.requireMode(action, place, mode);
    Scratch scratch = Scratch.ofThread();
    int number = acquire(action);
    try {
      long path = pathOf(number, scratch);
      int r = path == 0 ? Calls.fchmod(number, mode) : Calls.chmod(path, mode);
      Modes.check(r, mode, number, scratch.empty(), scratch, place);
    } finally {
      fd.release();
    }
  }

  @Override
  public void setOwner(long uid, long gid) throws IOException {
    Failures.requireOwner("set the owner of", place, uid, gid);
    Scratch scratch = Scratch.ofThread();
    int number = acquire("set the owner of");
    int r;
    try {
      r = Calls.fchownat(number, scratch.empty(), (int) uid, (int) gid, Linux.AT_EMPTY_PATH);
    } finally {
      fd.release();
    }
    if (r < 0) {
      throw Failures.of("set the owner " + uid + ":" + gid + " of", place, r);
    }
  }

  @Override
  public void setTimes(FileTime atime, FileTime mtime) throws IOException {
    Scratch scratch = Scratch.ofThread();
    int number = acquire("set the times of");
    int r;
    try {
      long path = pathOf(number, scratch);
      r =
          path == 0
              ? Calls.futimens(number, scratch.times(atime, mtime))
              : Calls.utimensat(Linux.AT_FDCWD, path, scratch.times(atime, mtime), 0);
    } finally {
      fd.release();
    }
    if (r < 0) {
      throw Failures.of("set the times " + atime + ", " + mtime + " of", place, r);
    }
  }

  @Override
  public List<PathBytes> xattrNames() throws IOException {
    int number = acquire("list the extended attributes of");
    try {
      return Xattrs.names(number, pathOf(number, Scratch.ofThread()), place);
    } finally {
      fd.release();
    }
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name) throws IOException {
    Scratch scratch = Scratch.ofThread();
    int number = acquire("read an extended attribute of");
    try {
      return Xattrs.value(number, pathOf(number, scratch), name, scratch, place);
    } finally {
      fd.release();
    }
  }

  @Override
  public void setXattr(PathBytes name, byte[] value, XattrMode mode) throws IOException {
    Scratch scratch = Scratch.ofThread();
    int number = acquire("set an extended attribute of");
    try {
      Xattrs.set(number, pathOf(number, scratch), name, value, mode, scratch, place);
    } finally {
      fd.release();
    }
  }

  @Override
  public void removeXattr(PathBytes name) throws IOException {
    Scratch scratch = Scratch.ofThread();
    int number = acquire("remove an extended attribute of");
    try {
      Xattrs.remove(number, pathOf(number, scratch), name, scratch, place);
    } finally {
      fd.release();
    }
  }

  @Override
  public void sync(SyncMode mode) throws IOException {
    int number = acquire("sync");
    int r;
    try {
      r = mode == SyncMode.DATA ? Calls.fdatasync(number) : Calls.fsync(number);
    } finally {
      fd.release();
    }
    if (r < 0) {
      throw Failures.of("sync (" + mode + ")", place, r);
    }
  }

  /**
   * Closes the handle. Where another thread is in a call on it, the descriptor is given back when
   * that call ends, and an error of close(2) is then not seen: {@link #sync} is what proves data.
   */
  @Override
  public void close() throws IOException {
    int r = fd.close();
    if (r < 0) {
      throw Failures.of("close", place, r);
    }
  }

  @Override
  public String toString() {
    return place.toString();
  }
}
