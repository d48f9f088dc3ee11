// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import com.sun.jna.Native;

/**
 * System calls that are repeated when a signal interrupts them and that return a negative errno on
 * failure, as the kernel itself does. Addresses point into native memory that the caller keeps
 * reachable.
 */
public final class Calls {
  private static final LinuxAbi ABI = NativeLibc.abi();

  public static final int DIRECTORY = ABI.directoryFlag();
  public static final int NOFOLLOW = ABI.noFollowFlag();

  /** TFD_TIMER_ABSTIME. */
  public static final int ABSOLUTE_TIME = 1;

  public static final int DIRECT = ABI.directFlag();

  private Calls() {}

  private static long settle(long result) {
    return result >= 0 ? result : -Native.getLastError();
  }

  private static int settle(int result) {
    return result >= 0 ? result : -Native.getLastError();
  }

  public static int openat(int directory, long path, int flags, int mode) {
    int r;
    do {
      r = settle(LibC.openat(directory, path, flags | Linux.O_CLOEXEC, mode));
    } while (r == -Linux.EINTR);
    return r;
  }

  /** Not repeated: Linux has freed the number even when it says EINTR. */
  public static int close(int fd) {
    int r = settle(LibC.close(fd));
    return r == -Linux.EINTR ? 0 : r;
  }

  /** Sets O_NOATIME, O_NONBLOCK and their like, and clears those that are not named. */
  public static int setStatusFlags(int fd, int flags) {
    return settle(LibC.fcntl(fd, Linux.F_SETFL, flags));
  }

  public static int statx(int directory, long path, int flags, int mask, long buffer) {
    long r;
    do {
      r = settle(LibC.syscall(ABI.statx(), directory, path, flags, mask, buffer, 0));
    } while (r == -Linux.EINTR);
    return (int) r;
  }

  public static int fstatat(int directory, long path, int flags, long buffer) {
    long r;
    do {
      r = settle(LibC.syscall(ABI.fstatat(), directory, path, buffer, flags, 0, 0));
    } while (r == -Linux.EINTR);
    return (int) r;
  }

  public static int getdents64(int fd, long buffer, int size) {
    long r;
    do {
      r = settle(LibC.syscall(ABI.getdents64(), fd, buffer, size, 0, 0, 0));
    } while (r == -Linux.EINTR);
    return (int) r;
  }

  public static int mkdirat(int directory, long path, int mode) {
    int r;
    do {
      r = settle(LibC.mkdirat(directory, path, mode));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int mknodat(int directory, long path, int mode, int device) {
    long r;
    do {
      r = settle(LibC.syscall(ABI.mknodat(), directory, path, mode, device, 0, 0));
    } while (r == -Linux.EINTR);
    return (int) r;
  }

  public static int symlinkat(long target, int directory, long path) {
    int r;
    do {
      r = settle(LibC.symlinkat(target, directory, path));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static long readlinkat(int directory, long path, long buffer, long size) {
    long r;
    do {
      r = settle(LibC.readlinkat(directory, path, buffer, size));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int linkat(int from, long path, int to, long toPath) {
    int r;
    do {
      r = settle(LibC.linkat(from, path, to, toPath, 0));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int renameat(int from, long path, int to, long toPath) {
    int r;
    do {
      r = settle(LibC.renameat(from, path, to, toPath));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int renameat2(int from, long path, int to, long toPath, int flags) {
    long r;
    do {
      r = settle(LibC.syscall(ABI.renameat2(), from, path, to, toPath, flags, 0));
    } while (r == -Linux.EINTR);
    return (int) r;
  }

  public static int unlinkat(int directory, long path, int flags) {
    int r;
    do {
      r = settle(LibC.unlinkat(directory, path, flags));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int utimensat(int directory, long path, long times, int flags) {
    int r;
    do {
      r = settle(LibC.utimensat(directory, path, times, flags));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int futimens(int fd, long times) {
    int r;
    do {
      r = settle(LibC.futimens(fd, times));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int chmod(long path, int mode) {
    int r;
    do {
      r = settle(LibC.chmod(path, mode));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int fchmod(int fd, int mode) {
    int r;
    do {
      r = settle(LibC.fchmod(fd, mode));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int fchmodat2(int directory, long path, int mode, int flags) {
    long r;
    do {
      r = settle(LibC.syscall(ABI.fchmodat2(), directory, path, mode, flags, 0, 0));
    } while (r == -Linux.EINTR);
    return (int) r;
  }

  public static int fchownat(int directory, long path, int uid, int gid, int flags) {
    int r;
    do {
      r = settle(LibC.fchownat(directory, path, uid, gid, flags));
    } while (r == -Linux.EINTR);
    return r;
  }

  /** By path when {@code path} is not 0 (the last name is not followed), else by descriptor. */
  public static long getxattr(int fd, long path, long name, long value, long size) {
    long r;
    do {
      r =
          settle(
              path == 0
                  ? LibC.fgetxattr(fd, name, value, size)
                  : LibC.lgetxattr(path, name, value, size));
    } while (r == -Linux.EINTR);
    return r;
  }

  /** By path when {@code path} is not 0 (the last name is not followed), else by descriptor. */
  public static int setxattr(int fd, long path, long name, long value, long size, int flags) {
    int r;
    do {
      r =
          settle(
              path == 0
                  ? LibC.fsetxattr(fd, name, value, size, flags)
                  : LibC.lsetxattr(path, name, value, size, flags));
    } while (r == -Linux.EINTR);
    return r;
  }

  /** By path when {@code path} is not 0 (the last name is not followed), else by descriptor. */
  public static long listxattr(int fd, long path, long list, long size) {
    long r;
    do {
      r = settle(path == 0 ? LibC.flistxattr(fd, list, size) : LibC.llistxattr(path, list, size));
    } while (r == -Linux.EINTR);
    return r;
  }

  /** By path when {@code path} is not 0 (the last name is not followed), else by descriptor. */
  public static int removexattr(int fd, long path, long name) {
    int r;
    do {
      r = settle(path == 0 ? LibC.fremovexattr(fd, name) : LibC.lremovexattr(path, name));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static long pread(int fd, long buffer, long size, long offset) {
    long r;
    do {
      r = settle(LibC.pread(fd, buffer, size, offset));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static long pwrite(int fd, long buffer, long size, long offset) {
    long r;
    do {
      r = settle(LibC.pwrite(fd, buffer, size, offset));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static long lseek(int fd, long offset, int whence) {
    long r;
    do {
      r = settle(LibC.lseek(fd, offset, whence));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int fallocate(int fd, int mode, long offset, long length) {
    int r;
    do {
      r = settle(LibC.fallocate(fd, mode, offset, length));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int ftruncate(int fd, long size) {
    int r;
    do {
      r = settle(LibC.ftruncate(fd, size));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int fsync(int fd) {
    int r;
    do {
      r = settle(LibC.fsync(fd));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int fdatasync(int fd) {
    int r;
    do {
      r = settle(LibC.fdatasync(fd));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int syncfs(int fd) {
    int r;
    do {
      r = settle(LibC.syncfs(fd));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int fstatfs(int fd, long result) {
    int r;
    do {
      r = settle(LibC.fstatfs(fd, result));
    } while (r == -Linux.EINTR);
    return r;
  }

  /** Not repeated: the caller counts the time that is left. */
  public static int poll(long fds, int count, int timeoutMillis) {
    return settle(LibC.poll(fds, count, timeoutMillis));
  }

  /** A counter to wake a poll: never blocks, closed when another program is started. */
  public static int eventfd() {
    return settle(LibC.eventfd(0, Linux.O_CLOEXEC | Linux.O_NONBLOCK));
  }

  /**
   * A timer to end a poll, of the clock that nobody sets: closed when another program is started.
   */
  public static int timerfd() {
    return settle(LibC.timerfd_create(Linux.CLOCK_MONOTONIC, Linux.O_CLOEXEC | Linux.O_NONBLOCK));
  }

  /** Sets a timer by {@code struct itimerspec}; relative unless {@link #ABSOLUTE_TIME}. */
  public static int timerfdSet(int fd, int flags, long time) {
    return settle(LibC.timerfd_settime(fd, flags, time, 0));
  }

  public static long read(int fd, long buffer, long size) {
    long r;
    do {
      r = settle(LibC.read(fd, buffer, size));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static long write(int fd, long buffer, long size) {
    long r;
    do {
      r = settle(LibC.write(fd, buffer, size));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int flock(int fd, int operation) {
    int r;
    do {
      r = settle(LibC.flock(fd, operation));
    } while (r == -Linux.EINTR);
    return r;
  }

  public static int getsockname(int fd, long address, long length) {
    return settle(LibC.getsockname(fd, address, length));
  }

  public static int getpeername(int fd, long address, long length) {
    return settle(LibC.getpeername(fd, address, length));
  }

  public static int getsockopt(int fd, int level, int option, long value, long length) {
    return settle(LibC.getsockopt(fd, level, option, value, length));
  }

  public static int setsockopt(int fd, int level, int option, long value, int length) {
    return settle(LibC.setsockopt(fd, level, option, value, length));
  }
}
