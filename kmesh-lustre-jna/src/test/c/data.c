// SPDX-License-Identifier: Apache-2.0
// Reading and changing data: what touches a released file waits for its restore first.
#include "stub.h"

/** Counts a change of data. */
void locked_modified(struct inode *inode, struct opened *opened) {
  inode->version = locked_new_version();
  if (opened) {
    opened->wrote = true;
  }
}

/** Makes the data of a descriptor's file be there; 0 or a negative errno. */
static int need_data(int fd) {
  stub_lock();
  struct opened *opened = locked_opened(fd);
  int rc = 0;
  if (opened && opened->kind == OPEN_INODE && (opened->inode->hsm & HS_RELEASED)) {
    rc = locked_restore_for(opened->inode);
  }
  stub_unlock();
  return rc;
}

static void written(int fd, uint64_t end) {
  stub_lock();
  struct opened *opened = locked_opened(fd);
  if (opened && opened->kind == OPEN_INODE && S_ISREG(opened->inode->mode)) {
    locked_modified(opened->inode, opened);
    locked_lov_written(opened->inode, end);
  }
  stub_unlock();
}

static bool is_changelog(int fd) {
  // Without the lock: whoever uses a descriptor keeps it open meanwhile.
  struct opened *opened = locked_opened(fd);
  return opened && opened->kind == OPEN_CHANGELOG;
}

static long stub_pread(int fd, void *buffer, size_t size, off_t offset) {
  int rc = need_data(fd);
  return rc ? rc : SYS(pread64, fd, buffer, size, offset);
}

static long stub_pwrite(int fd, const void *buffer, size_t size, off_t offset) {
  int rc = need_data(fd);
  if (rc) {
    return rc;
  }
  long r = SYS(pwrite64, fd, buffer, size, offset);
  if (r > 0) {
    written(fd, offset + r);
  }
  return r;
}

EXPORT ssize_t pread(int fd, void *buffer, size_t size, off_t offset) {
  return settle(stub_pread(fd, buffer, size, offset));
}
EXPORT ssize_t pread64(int fd, void *buffer, size_t size, off_t offset) {
  return settle(stub_pread(fd, buffer, size, offset));
}
EXPORT ssize_t pwrite(int fd, const void *buffer, size_t size, off_t offset) {
  return settle(stub_pwrite(fd, buffer, size, offset));
}
EXPORT ssize_t pwrite64(int fd, const void *buffer, size_t size, off_t offset) {
  return settle(stub_pwrite(fd, buffer, size, offset));
}

EXPORT ssize_t read(int fd, void *buffer, size_t size) {
  if (is_changelog(fd)) {
    return settle(stub_changelog_read(fd, buffer, size));
  }
  int rc = need_data(fd);
  return settle(rc ? rc : SYS(read, fd, buffer, size));
}

EXPORT ssize_t write(int fd, const void *buffer, size_t size) {
  if (is_changelog(fd)) {
    return settle(stub_changelog_write(fd, buffer, size));
  }
  int rc = need_data(fd);
  if (rc) {
    return settle(rc);
  }
  long r = SYS(write, fd, buffer, size);
  if (r > 0 && locked_opened(fd)) {
    written(fd, SYS(lseek, fd, 0, SEEK_CUR));
  }
  return settle(r);
}

static long stub_lseek(int fd, off_t offset, int whence) {
  if (is_changelog(fd)) {
    return stub_changelog_seek(fd, offset, whence);
  }
  if (whence == SEEK_DATA || whence == SEEK_HOLE) {
    int rc = need_data(fd);
    if (rc) {
      return rc;
    }
  }
  return SYS(lseek, fd, offset, whence);
}
EXPORT off_t lseek(int fd, off_t offset, int whence) {
  return settle(stub_lseek(fd, offset, whence));
}
EXPORT off_t lseek64(int fd, off_t offset, int whence) {
  return settle(stub_lseek(fd, offset, whence));
}

static long stub_ftruncate(int fd, off_t size) {
  stub_lock();
  struct opened *opened = locked_opened(fd);
  struct inode *inode = opened && opened->kind == OPEN_INODE ? opened->inode : NULL;
  int rc = 0;
  if (inode && (inode->hsm & HS_RELEASED) && size > 0) {
    rc = locked_restore_for(inode);
  }
  if (!rc) {
    rc = (int)SYS(ftruncate, fd, size);
  }
  if (!rc && inode) {
    if (inode->hsm & HS_RELEASED) { // to 0: nothing is restored
      inode->hsm &= ~HS_RELEASED;
      locked_lov_released(inode, false);
    }
    locked_modified(inode, opened);
    if (!inode->is_volatile) {
      locked_simple_record(inode, CL_TRUNC, 0xe);
    }
  }
  stub_unlock();
  return rc;
}
EXPORT int ftruncate(int fd, off_t size) { return (int)settle(stub_ftruncate(fd, size)); }
EXPORT int ftruncate64(int fd, off_t size) { return (int)settle(stub_ftruncate(fd, size)); }

static long stub_fallocate(int fd, int mode, off_t offset, off_t length) {
  int rc = need_data(fd);
  if (rc) {
    return rc;
  }
  long r = SYS(fallocate, fd, mode, offset, length);
  if (r == 0) {
    written(fd, offset + length);
  }
  return r;
}
EXPORT int fallocate(int fd, int mode, off_t offset, off_t length) {
  return (int)settle(stub_fallocate(fd, mode, offset, length));
}
EXPORT int fallocate64(int fd, int mode, off_t offset, off_t length) {
  return (int)settle(stub_fallocate(fd, mode, offset, length));
}

/** Makes the content of one backing file that of another; holes stay holes. */
int copy_content(int from, int to, off_t size) {
  static char buffer[1 << 16];
  long r = SYS(ftruncate, to, 0);
  if (!r) {
    r = SYS(ftruncate, to, size);
  }
  off_t at = 0;
  while (!r && at < size) {
    off_t data = SYS(lseek, from, at, SEEK_DATA);
    if (data < 0) {
      return data == -ENXIO ? 0 : (int)data;
    }
    long n = SYS(pread64, from, buffer, sizeof buffer, data);
    if (n < 0) {
      return (int)n;
    }
    if (n == 0) {
      break;
    }
    if (data + n > size) {
      n = size - data;
    }
    long w = SYS(pwrite64, to, buffer, n, data);
    if (w != n) {
      return w < 0 ? (int)w : -EIO;
    }
    at = data + n;
  }
  return (int)r;
}
