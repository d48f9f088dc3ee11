// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.transfer.XattrFilter;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sets attributes in the order in which none undoes another: owner, extended attributes, mode,
 * times. What this process may not set, or this tree can't keep, is left out and counted; a file
 * whose owner could not be set gets no suid and sgid, which would lend out the process's own
 * identity. Thread-safe.
 */
final class AttributeWriter {
  private static final int SET_ID = 06000;
  private static final Set<Errno> DENIED = Set.of(Errno.EPERM, Errno.EACCES, Errno.EOPNOTSUPP);

  private final AtomicLong leftOut = new AtomicLong();

  /** What an attribute is set on: something open, or an entry. */
  private interface Target {
    void owner(long uid, long gid) throws IOException;

    List<PathBytes> names() throws IOException;

    void set(PathBytes name, byte[] value) throws IOException;

    void remove(PathBytes name) throws IOException;

    void mode(int mode) throws IOException;

    void times(FileTime time) throws IOException;
  }

  private interface Step {
    void run() throws IOException;
  }

  /** How many attributes were left out since this was made. */
  long leftOut() {
    return leftOut.get();
  }

  /** Which extended attributes are there besides those that are set. */
  enum Others {
    /** None: it is new. */
    NONE,
    /** Perhaps some: they are removed. */
    REMOVED
  }

  /** Sets those of something open. */
  void write(PosixInode inode, FileStat now, Attributes wanted, Others others) throws IOException {
    write(new Open(inode), now, wanted, others);
  }

  /** Sets those of an entry that is neither file nor directory. */
  void write(
      PosixDirectory directory, PathBytes name, FileStat now, Attributes wanted, Others others)
      throws IOException {
    write(new Entry(directory, name), now, wanted, others);
  }

  /** Sets the time of last modification of something open; that of the last access too. */
  void times(PosixInode inode, FileTime mtime) throws IOException {
    times(new Open(inode), mtime);
  }

  /** Sets that of an entry. */
  void times(PosixDirectory directory, PathBytes name, FileTime mtime) throws IOException {
    times(new Entry(directory, name), mtime);
  }

  private void write(Target target, FileStat now, Attributes wanted, Others others)
      throws IOException {
    boolean isOwned = now.uid() == wanted.uid() && now.gid() == wanted.gid();
    boolean isChanged = false;
    if (!isOwned) {
      isOwned = allowed(() -> target.owner(wanted.uid(), wanted.gid()));
      isChanged = true;
    }
    if (others == Others.REMOVED) {
      isChanged |= removeOthers(target, wanted);
    }
    for (Map.Entry<PathBytes, byte[]> one : wanted.xattrs().entrySet()) {
      if (XattrFilter.isContent(one.getKey())) {
        allowed(() -> target.set(one.getKey(), one.getValue()));
        isChanged = true;
      }
    }
    if (now.type() == FileType.SYMLINK) {
      return;
    }
    int mode = isOwned || now.isDirectory() ? wanted.mode() : wanted.mode() & ~SET_ID;
    if (isChanged || now.mode() != mode) {
      allowed(() -> target.mode(mode));
    }
  }

  private boolean removeOthers(Target target, Attributes wanted) throws IOException {
    List<PathBytes> names;
    try {
      names = target.names();
    } catch (ProviderException e) {
      if (e.errno().filter(DENIED::contains).isEmpty()) {
        throw e;
      }
      return false;
    }
    boolean isChanged = false;
    for (PathBytes name : names) {
      if (XattrFilter.isContent(name) && !wanted.xattrs().containsKey(name)) {
        allowed(() -> target.remove(name));
        isChanged = true;
      }
    }
    return isChanged;
  }

  private boolean allowed(Step step) throws IOException {
    try {
      step.run();
      return true;
    } catch (ProviderException e) {
      if (e.errno().filter(DENIED::contains).isEmpty()) {
        throw e;
      }
      leftOut.incrementAndGet();
      return false;
    }
  }

  /** A time that the tree can't keep is cut as far as it must be. */
  private void times(Target target, FileTime wanted) throws IOException {
    if (allowed(() -> target.times(wanted))) {
      return;
    }
    FileTime micros = new FileTime(wanted.seconds(), wanted.nanos() / 1000 * 1000);
    FileTime seconds = new FileTime(wanted.seconds(), 0);
    for (FileTime time : List.of(micros, seconds)) {
      if (!time.equals(wanted) && allowed(() -> target.times(time))) {
        return;
      }
    }
  }

  private record Open(PosixInode inode) implements Target {
    @Override
    public void owner(long uid, long gid) throws IOException {
      inode.setOwner(uid, gid);
    }

    @Override
    public List<PathBytes> names() throws IOException {
      return inode.xattrNames();
    }

    @Override
    public void set(PathBytes name, byte[] value) throws IOException {
      inode.setXattr(name, value, XattrMode.SET);
    }

    @Override
    public void remove(PathBytes name) throws IOException {
      inode.removeXattr(name);
    }

    @Override
    public void mode(int mode) throws IOException {
      inode.setMode(mode);
    }

    @Override
    public void times(FileTime time) throws IOException {
      inode.setTimes(time, time);
    }
  }

  private record Entry(PosixDirectory directory, PathBytes name) implements Target {
    @Override
    public void owner(long uid, long gid) throws IOException {
      directory.setOwner(name, uid, gid);
    }

    @Override
    public List<PathBytes> names() throws IOException {
      return directory.xattrNames(name);
    }

    @Override
    public void set(PathBytes xattr, byte[] value) throws IOException {
      directory.setXattr(name, xattr, value, XattrMode.SET);
    }

    @Override
    public void remove(PathBytes xattr) throws IOException {
      directory.removeXattr(name, xattr);
    }

    @Override
    public void mode(int mode) throws IOException {
      directory.setMode(name, mode);
    }

    @Override
    public void times(FileTime time) throws IOException {
      directory.setTimes(name, time, time);
    }
  }
}
