// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An open file or directory. java.nio has no calls on an open inode: they go by path, when that
 * path still leads to the inode that was opened, and are refused with ESTALE when it does not.
 */
abstract class NioInode implements PosixInode {
  private final NioEntry entry;
  private final @Nullable Object key;
  private volatile boolean closed;

  NioInode(NioEntry entry, @Nullable Object key) {
    this.entry = entry;
    this.key = key;
  }

  /** Where it was opened, for people. */
  final PathBytes place() {
    return entry.place();
  }

  /** Marks it closed; whether it was open. */
  final boolean markClosed() {
    boolean wasOpen = !closed;
    closed = true;
    return wasOpen;
  }

  /** Refuses a call on a closed handle. */
  final void requireOpen(String action, PathBytes at) throws IOException {
    if (closed) {
      throw NioFailures.of(action, at, Errno.EBADF, "the handle is closed", "Open it again.");
    }
  }

  /** The entry by path, after a check that it is what was opened. */
  final NioEntry entry(String action) throws IOException {
    requireOpen(action, place());
    if (entry.place().length() > NioPosixTree.LONGEST_PATH) {
      throw NioFailures.unsupported(action, place(), "its path is too long to be used whole");
    }
    boolean isSame;
    try {
      isSame = Objects.equals(key, entry.key());
    } catch (java.nio.file.NoSuchFileException e) {
      isSame = false;
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, place(), e);
    }
    if (!isSame) {
      throw NioFailures.of(
          action,
          place(),
          Errno.ESTALE,
          "its path leads elsewhere since it was opened, and java.nio needs the path for this",
          "Open it again, or use the native tree.");
    }
    return entry;
  }

  @Override
  public FileStat stat() throws IOException {
    return entry("stat").stat();
  }

  @Override
  public void setMode(int mode) throws IOException {
    entry("set the mode of").setMode(mode);
  }

  @Override
  public void setOwner(long uid, long gid) throws IOException {
    entry("set the owner of").setOwner(uid, gid);
  }

  @Override
  public void setTimes(FileTime atime, FileTime mtime) throws IOException {
    entry("set the times of").setTimes(atime, mtime);
  }

  @Override
  public List<PathBytes> xattrNames() throws IOException {
    return NioXattrs.of(entry("list the extended attributes of")).names();
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name) throws IOException {
    return NioXattrs.of(entry("read an extended attribute of")).value(name);
  }

  @Override
  public void setXattr(PathBytes name, byte[] value, XattrMode mode) throws IOException {
    NioXattrs.of(entry("set an extended attribute of")).set(name, value, mode);
  }

  @Override
  public void removeXattr(PathBytes name) throws IOException {
    NioXattrs.of(entry("remove an extended attribute of")).remove(name);
  }

  @Override
  public String toString() {
    return entry.place().toString();
  }
}
