// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.OpenFlag;
import java.io.IOException;
import java.util.Set;

/** Opens and creates regular files: never through a link, never blocking on a FIFO. */
final class FileOpener {
  private static final int NEW_FILE_MODE = 0600;
  private static final int MOST_TRIES = 64;

  private final int directory;
  private final PathBytes name;
  private final Place place;
  private final Set<OpenFlag> flags;
  private final Scratch scratch = Scratch.ofThread();
  private boolean withoutAccessTime;

  FileOpener(int directory, PathBytes name, Place place, Set<OpenFlag> flags) {
    this.directory = directory;
    this.name = name;
    this.place = place;
    this.flags = flags;
  }

  JnaFile open() throws IOException {
    requireSensible();
    boolean create = flags.contains(OpenFlag.CREATE);
    boolean exclusive = flags.contains(OpenFlag.EXCLUSIVE);
    // Two calls tell what one O_CREAT does not: whether the file is new and needs its exact mode.
    for (int i = 0; i < MOST_TRIES; i++) {
      if (!exclusive) {
        int fd = openat(baseFlags() | Linux.O_NONBLOCK);
        if (fd >= 0) {
          return checked(fd, false);
        }
        if (fd != -Linux.ENOENT || !create) {
          throw failure(fd);
        }
      }
      int fd = openat(baseFlags() | Linux.O_CREAT | Linux.O_EXCL);
      if (fd >= 0) {
        return checked(fd, true);
      }
      if (fd != -Linux.EEXIST || exclusive) {
        throw failure(fd);
      }
    }
    throw Failures.refused(
        "open",
        place,
        Errno.EAGAIN,
        "it appeared and vanished " + MOST_TRIES + " times meanwhile",
        "Stop what creates and removes it.");
  }

  private void requireSensible() throws IOException {
    if (flags.contains(OpenFlag.EXCLUSIVE) && !flags.contains(OpenFlag.CREATE)) {
      throw Failures.refused(
          "open", place, Errno.EINVAL, "EXCLUSIVE is asked without CREATE", "Add CREATE.");
    }
    if (flags.contains(OpenFlag.TRUNCATE) && !flags.contains(OpenFlag.WRITE)) {
      throw Failures.refused(
          "open", place, Errno.EINVAL, "TRUNCATE is asked without WRITE", "Add WRITE.");
    }
  }

  private int baseFlags() {
    int access = Linux.O_RDONLY;
    if (flags.contains(OpenFlag.WRITE)) {
      access = flags.contains(OpenFlag.READ) ? Linux.O_RDWR : Linux.O_WRONLY;
    }
    return access
        | (flags.contains(OpenFlag.TRUNCATE) ? Linux.O_TRUNC : 0)
        | Calls.NOFOLLOW
        | Linux.O_NOCTTY;
  }

  private int openat(int openFlags) {
    long path = scratch.first(name);
    if (flags.contains(OpenFlag.NO_ACCESS_TIME)) {
      int fd = Calls.openat(directory, path, openFlags | Linux.O_NOATIME, NEW_FILE_MODE);
      withoutAccessTime = fd >= 0;
      if (fd != -Linux.EPERM) {
        return fd;
      }
    }
    return Calls.openat(directory, path, openFlags, NEW_FILE_MODE);
  }

  private JnaFile checked(int fd, boolean isNew) throws IOException {
    try {
      int r = Stats.askType(fd, scratch.empty(), scratch);
      if (r < 0) {
        throw Failures.of("open", place, r);
      }
      int mode = Stats.mode(scratch);
      if ((mode & Linux.S_IFMT) != 0100000) {
        throw notRegular(mode);
      }
      if (isNew && (mode & Linux.PERMISSIONS) != NEW_FILE_MODE) {
        r = Calls.fchmod(fd, NEW_FILE_MODE);
        if (r < 0) {
          throw Failures.of("set the mode 0600 of", place, r);
        }
      }
      if (!isNew) {
        // Regular files are opened without waiting only for the case that it is none; on Lustre the
        // flag would make reads under a group lock fail instead of wait.
        Calls.setStatusFlags(fd, withoutAccessTime ? Linux.O_NOATIME : 0);
      }
      return new JnaFile(new Fd(fd, false), place);
    } catch (IOException | RuntimeException | Error e) {
      Calls.close(fd);
      throw e;
    }
  }

  private IOException failure(int errno) throws IOException {
    boolean maybeOther = errno == -Linux.ENXIO || errno == -Linux.ENODEV || errno == -Linux.EISDIR;
    if (maybeOther && Stats.askType(directory, scratch.first(name), scratch) == 0) {
      int mode = Stats.mode(scratch);
      if ((mode & Linux.S_IFMT) != 0100000) {
        return notRegular(mode);
      }
    }
    return Failures.of("open", place, errno);
  }

  private IOException notRegular(int mode) {
    return Failures.refused(
        "open",
        place,
        Errno.EINVAL,
        "it is of type " + Stats.typeOrNull(mode) + ", not a regular file",
        "Ask its stat first.");
  }
}
