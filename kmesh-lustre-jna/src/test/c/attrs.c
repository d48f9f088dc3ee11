// SPDX-License-Identifier: Apache-2.0
// Attributes: stat, mode, owner, times, and syscall(2), through which some callers ask for them.
#include "stub.h"
#include <linux/stat.h>
#include <stdarg.h>
#include <stdio.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#define SATTR_MODE 0x14
#define SATTR_OWNER 0xe4

int stub_mknodat(int dirfd, const char *path, mode_t mode, dev_t device);
int stub_renameat2(int from, const char *path, int to, const char *to_path, unsigned flags);
int stub_unlinkat(int dirfd, const char *path, int flags);

/** What a released file keeps of blocks, in 512 bytes. */
static uint64_t released_blocks(uint64_t size) { return size ? 1 : 0; }

static bool is_released(struct inode *inode) {
  return inode && S_ISREG(inode->mode) && (inode->hsm & HS_RELEASED);
}

static long stub_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *out) {
  stub_lock();
  struct place place;
  locked_resolve(dirfd, path, &place);
  if (place.kind == AT_SELF && place.ours) {
    flags |= AT_EMPTY_PATH;
  }
  long r = SYS(statx, place.dirfd, place.path, flags, mask, out);
  if (r == 0 && is_released(place.inode)) {
    out->stx_blocks = released_blocks(out->stx_size);
  }
  stub_unlock();
  release_place(&place);
  return r;
}

static long stub_fstatat(int dirfd, const char *path, struct stat *out, int flags) {
  stub_lock();
  struct place place;
  locked_resolve(dirfd, path, &place);
  if (place.kind == AT_SELF && place.ours) {
    flags |= AT_EMPTY_PATH;
  }
  long r = SYS(newfstatat, place.dirfd, place.path, out, flags);
  if (r == 0 && is_released(place.inode)) {
    out->st_blocks = released_blocks(out->st_size);
  }
  stub_unlock();
  release_place(&place);
  return r;
}

EXPORT int statx(int dirfd, const char *restrict path, int flags, unsigned mask,
                 struct statx *restrict out) {
  return (int)settle(stub_statx(dirfd, path, flags, mask, out));
}

static void attribute_record(struct inode *inode, uint32_t type, uint16_t flags) {
  if (inode && !inode->is_volatile) {
    locked_simple_record(inode, type, flags);
  }
}

static long stub_fchmodat(int dirfd, const char *path, mode_t mode, int flags) {
  stub_lock();
  struct place place;
  locked_resolve(dirfd, path, &place);
  long r;
  if (place.kind == AT_SELF && place.ours) {
    r = SYS(fchmod, place.dirfd, mode);
  } else if (flags) {
    r = SYS(fchmodat2, place.dirfd, place.path, mode, flags);
  } else {
    r = SYS(fchmodat, place.dirfd, place.path, mode);
  }
  if (r == 0) {
    attribute_record(place.inode, CL_SETATTR, SATTR_MODE);
  }
  stub_unlock();
  release_place(&place);
  return r;
}
EXPORT int chmod(const char *path, mode_t mode) {
  return (int)settle(stub_fchmodat(AT_FDCWD, path, mode, 0));
}
EXPORT int fchmodat(int dirfd, const char *path, mode_t mode, int flags) {
  return (int)settle(stub_fchmodat(dirfd, path, mode, flags));
}
EXPORT int fchmod(int fd, mode_t mode) {
  long r = SYS(fchmod, fd, mode);
  if (r == 0) {
    stub_lock();
    attribute_record(locked_of_fd(fd), CL_SETATTR, SATTR_MODE);
    stub_unlock();
  }
  return (int)settle(r);
}

EXPORT int fchownat(int dirfd, const char *path, uid_t uid, gid_t gid, int flags) {
  stub_lock();
  struct place place;
  locked_resolve(dirfd, path, &place);
  if (place.kind == AT_SELF && place.ours) {
    flags |= AT_EMPTY_PATH;
  }
  long r = SYS(fchownat, place.dirfd, place.path, uid, gid, flags);
  if (r == 0) {
    attribute_record(place.inode, CL_SETATTR, SATTR_OWNER);
  }
  stub_unlock();
  release_place(&place);
  return (int)settle(r);
}
EXPORT int fchown(int fd, uid_t uid, gid_t gid) {
  long r = SYS(fchown, fd, uid, gid);
  if (r == 0) {
    stub_lock();
    attribute_record(locked_of_fd(fd), CL_SETATTR, SATTR_OWNER);
    stub_unlock();
  }
  return (int)settle(r);
}

static long stub_utimensat(int dirfd, const char *path, const struct timespec *times, int flags) {
  stub_lock();
  struct place place;
  locked_resolve(dirfd, path, &place);
  bool by_number = !path || (place.kind == AT_SELF && place.ours);
  long r = by_number ? SYS(utimensat, place.dirfd, NULL, times, 0)
                     : SYS(utimensat, place.dirfd, place.path, times, flags);
  if (r == 0) {
    attribute_record(place.inode, CL_MTIME, 0);
  }
  stub_unlock();
  release_place(&place);
  return r;
}
EXPORT int utimensat(int dirfd, const char *path, const struct timespec times[2], int flags) {
  return (int)settle(stub_utimensat(dirfd, path, times, flags));
}
EXPORT int futimens(int fd, const struct timespec times[2]) {
  return (int)settle(stub_utimensat(fd, NULL, times, 0));
}

static long patch_magic(int fd, long r, void *out) {
  if (r == 0) {
    stub_lock();
    struct opened *opened = locked_opened(fd);
    if (opened ? opened->kind != OPEN_CHANGELOG : locked_of_fd(fd) != NULL) {
      *(long *)out = LL_SUPER_MAGIC; // f_type is the first long of struct statfs
    }
    stub_unlock();
  }
  return r;
}
EXPORT int fstatfs(int fd, void *out) {
  return (int)settle(patch_magic(fd, SYS(fstatfs, fd, out), out));
}
EXPORT int fstatfs64(int fd, void *out) { return fstatfs(fd, out); }

/** Whether a path names a changelog's device, which is none of the kernel's here. */
static bool is_device(const char *path) {
  if (!stub_root[0] || strncmp(path, "/dev/changelog-", 15) != 0) {
    return false;
  }
  int fd = stub_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  if (fd >= 0) {
    stub_close(fd);
  }
  return fd >= 0;
}
EXPORT int access(const char *path, int mode) {
  return is_device(path) ? 0 : (int)settle(SYS(faccessat, AT_FDCWD, path, mode));
}

#define STAT(name)                                                                     \
  EXPORT int name(const char *restrict path, struct stat *restrict out) {              \
    if (is_device(path)) {                                                             \
      *out = (struct stat){.st_mode = S_IFCHR | 0600, .st_nlink = 1, .st_blksize = 4096}; \
      return 0;                                                                        \
    }                                                                                  \
    return (int)settle(stub_fstatat(AT_FDCWD, path, out, 0));                          \
  }
STAT(stat)
int stat64_of_files(const char *restrict path, struct stat *restrict out) __asm__("stat64");
STAT(stat64_of_files)

EXPORT long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long a[6];
  for (int i = 0; i < 6; i++) {
    a[i] = va_arg(list, long);
  }
  va_end(list);
  switch (number) {
    case SYS_statx:
      return settle(stub_statx((int)a[0], (char *)a[1], (int)a[2], (unsigned)a[3], (void *)a[4]));
    case SYS_newfstatat:
      return settle(stub_fstatat((int)a[0], (char *)a[1], (void *)a[2], (int)a[3]));
    case SYS_mknodat:
      return settle(stub_mknodat((int)a[0], (char *)a[1], (mode_t)a[2], (dev_t)a[3]));
    case SYS_renameat2:
      return settle(
          stub_renameat2((int)a[0], (char *)a[1], (int)a[2], (char *)a[3], (unsigned)a[4]));
    case SYS_fchmodat2:
      return settle(stub_fchmodat((int)a[0], (char *)a[1], (mode_t)a[2], (int)a[3]));
    default:
      return settle(sys6(number, a[0], a[1], a[2], a[3], a[4], a[5]));
  }
}
