// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One entry by its path, following no link: its stat, and what changes its inode.
 *
 * @param path the path for java.nio
 * @param place the same for people
 */
record NioEntry(Path path, PathBytes place) {
  /** What statx says, but for the blocks, which java.nio does not tell: derived from the size. */
  FileStat stat() throws IOException {
    return stat("stat");
  }

  private FileStat stat(String action) throws IOException {
    try {
      Map<String, Object> all = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
      int mode = (int) number(all, "mode");
      long size = number(all, "size");
      return new FileStat(
          FileType.ofMode(mode),
          mode & 07777,
          number(all, "uid") & 0xffffffffL,
          number(all, "gid") & 0xffffffffL,
          size,
          (size + 511) / 512,
          number(all, "nlink"),
          number(all, "ino"),
          device(number(all, "dev")),
          device(number(all, "rdev")),
          time(all, "lastAccessTime"),
          time(all, "lastModifiedTime"),
          time(all, "ctime"));
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, place, e);
    }
  }

  private static long number(Map<String, Object> all, String name) {
    return all.get(name) instanceof Number n ? n.longValue() : 0;
  }

  private static FileTime time(Map<String, Object> all, String name) {
    Object value = all.get(name);
    return value instanceof java.nio.file.attribute.FileTime t
        ? FileTime.of(t.toInstant())
        : new FileTime(0, 0);
  }

  /** Takes glibc's packing of a device number apart. */
  private static long device(long packed) {
    long major = ((packed >>> 8) & 0xfff) | ((packed >>> 32) & 0xfffff000L);
    long minor = (packed & 0xff) | ((packed >>> 12) & 0xffffff00L);
    return major << 32 | minor;
  }

  /** What tells this inode from others; null where the file system does not say. */
  @Nullable Object key() throws IOException {
    return Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes()
        .fileKey();
  }

  void setMode(int mode) throws IOException {
    String action = "set the mode 0" + Integer.toOctalString(mode) + " of";
    NioFailures.requireMode(action, place, mode);
    FileType type = stat(action).type();
    if (type == FileType.SYMLINK) {
      throw NioFailures.of(
          action,
          place,
          Errno.EOPNOTSUPP,
          "it is a symbolic link, which has no mode of its own on Linux",
          "Leave links out.");
    }
    try {
      // Without following it is opened for reading, which its own mode may deny and which waits on
      // a FIFO: then by path, which was no link a moment ago.
      if (type == FileType.REGULAR || type == FileType.DIRECTORY) {
        setModeOpened(mode);
      } else {
        Files.setAttribute(path, "unix:mode", mode);
      }
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, place, e);
    }
    if ((mode & 02000) != 0 && (stat(action).mode() & 02000) == 0) {
      throw NioFailures.of(
          action,
          place,
          Errno.EPERM,
          "the system dropped the sgid bit since the caller is not in the file's group",
          "Run as root or as a member of its group.");
    }
  }

  private void setModeOpened(int mode) throws IOException {
    try {
      Files.setAttribute(path, "unix:mode", mode, LinkOption.NOFOLLOW_LINKS);
    } catch (java.nio.file.AccessDeniedException e) {
      Files.setAttribute(path, "unix:mode", mode);
    }
  }

  void setOwner(long uid, long gid) throws IOException {
    String action = "set the owner " + uid + ":" + gid + " of";
    if (uid < -1 || uid > 0xfffffffeL || gid < -1 || gid > 0xfffffffeL) {
      throw NioFailures.of(
          action,
          place,
          Errno.EINVAL,
          "that is not a pair of owner and group",
          "Pass numbers from 0 to 4294967294, or -1 to leave one.");
    }
    stat(action);
    try {
      if (uid != -1) {
        Files.setAttribute(path, "unix:uid", (int) uid, LinkOption.NOFOLLOW_LINKS);
      }
      if (gid != -1) {
        Files.setAttribute(path, "unix:gid", (int) gid, LinkOption.NOFOLLOW_LINKS);
      }
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, place, e);
    }
  }

  void setTimes(FileTime atime, FileTime mtime) throws IOException {
    String action = "set the times " + atime + ", " + mtime + " of";
    FileType type = stat(action).type();
    if (type != FileType.REGULAR && type != FileType.DIRECTORY && type != FileType.SYMLINK) {
      throw NioFailures.unsupported(
          action, place, "it would have to open this " + type + ", which may wait for ever");
    }
    try {
      Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setTimes(coarse(action, mtime), coarse(action, atime), null);
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, place, e);
    }
  }

  /** The time for java.nio, or a refusal where it would store another one without a word. */
  private java.nio.file.attribute.FileTime coarse(String action, FileTime time) throws IOException {
    long mostSeconds = Long.MAX_VALUE / 1_000_000_000 - 1;
    if (time.nanos() % 1_000 != 0
        || (time.seconds() < 0 && time.nanos() != 0)
        || Math.abs(time.seconds()) > mostSeconds) {
      throw NioFailures.unsupported(
          action,
          place,
          "it keeps microseconds from 1970 on, whole seconds before, and 292 years of either");
    }
    return time.nanos() == 0
        ? java.nio.file.attribute.FileTime.from(time.seconds(), TimeUnit.SECONDS)
        : java.nio.file.attribute.FileTime.from(
            Instant.ofEpochSecond(time.seconds(), time.nanos()));
  }
}
