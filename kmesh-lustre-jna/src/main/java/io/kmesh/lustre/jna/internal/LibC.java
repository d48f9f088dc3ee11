// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * The functions of libc as they are. Every pointer is an address in a {@code long}, as are {@code
 * size_t} and {@code off_t}: only 64-bit machines are served. Use {@link Calls}.
 */
final class LibC {
  static {
    // The process itself: its libc is loaded already, whatever its file is called (glibc, musl).
    Native.register(LibC.class, NativeLibrary.getProcess());
  }

  private LibC() {}

  static native int openat(int directory, long path, int flags, int mode);

  static native int close(int fd);

  static native long syscall(long number, long a1, long a2, long a3, long a4, long a5, long a6);

  static native int fcntl(int fd, int command, long argument);

  static native int mkdirat(int directory, long path, int mode);

  static native int symlinkat(long target, int directory, long path);

  static native long readlinkat(int directory, long path, long buffer, long size);

  static native int linkat(int from, long path, int to, long toPath, int flags);

  static native int renameat(int from, long path, int to, long toPath);

  static native int unlinkat(int directory, long path, int flags);

  static native int utimensat(int directory, long path, long times, int flags);

  static native int futimens(int fd, long times);

  static native int chmod(long path, int mode);

  static native int fchmod(int fd, int mode);

  static native int fchownat(int directory, long path, int uid, int gid, int flags);

  static native long fgetxattr(int fd, long name, long value, long size);

  static native int fsetxattr(int fd, long name, long value, long size, int flags);

  static native long flistxattr(int fd, long list, long size);

  static native int fremovexattr(int fd, long name);

  static native long lgetxattr(long path, long name, long value, long size);

  static native int lsetxattr(long path, long name, long value, long size, int flags);

  static native long llistxattr(long path, long list, long size);

  static native int lremovexattr(long path, long name);

  static native long pread(int fd, long buffer, long size, long offset);

  static native long pwrite(int fd, long buffer, long size, long offset);

  static native long lseek(int fd, long offset, int whence);

  static native int fallocate(int fd, int mode, long offset, long length);

  static native int ftruncate(int fd, long size);

  static native int fsync(int fd);

  static native int fdatasync(int fd);

  static native int syncfs(int fd);

  static native int fstatfs(int fd, long result);

  static native int poll(long fds, long count, int timeout);

  static native int eventfd(int initial, int flags);

  static native int timerfd_create(int clock, int flags);

  static native int timerfd_settime(int fd, int flags, long time, long before);

  static native long read(int fd, long buffer, long size);

  static native long write(int fd, long buffer, long size);

  static native int flock(int fd, int operation);

  static native int getsockname(int fd, long address, long length);

  static native int getpeername(int fd, long address, long length);

  static native int getsockopt(int fd, int level, int option, long value, long length);

  static native int setsockopt(int fd, int level, int option, long value, int length);
}
