// SPDX-License-Identifier: Apache-2.0
// Extended attributes: those that Lustre makes itself, and the rest of the backing file system.
#include "stub.h"
#include <stdio.h>
#include <sys/xattr.h>

#define LINK_EA_MAGIC 0x11eaf1dfu

/** Where an attribute is asked: by descriptor, or by a path whose last name is not followed. */
struct target {
  struct place place;
  struct inode *inode;
  int fd; // -1: by path
  const char *path;
};

static void locked_target(struct target *target, int fd, const char *path) {
  target->fd = fd;
  target->path = path;
  if (path) {
    locked_resolve(AT_FDCWD, path, &target->place);
    target->inode = target->place.inode;
    if (target->place.ours && target->place.by_fid) {
      bool self = target->place.kind == AT_SELF;
      target->fd = self ? target->place.dirfd : -1;
      target->path = self ? NULL : target->place.path;
    }
  } else {
    target->place.own_fd = -1;
    target->inode = locked_of_fd(fd);
  }
}

static bool is_lov(const char *name) {
  return strcmp(name, "lustre.lov") == 0 || strcmp(name, "trusted.lov") == 0;
}

static const char *const made_here[] = {"lustre.lov",   "trusted.lma",  "trusted.lov",
                                        "trusted.hsm", "trusted.link", NULL};

/** The size of an attribute that Lustre makes, written to value; 0 when there is none. */
static long own(struct inode *inode, const char *name, uint8_t *value) {
  if (is_lov(name)) {
    return locked_lov_xattr(inode, value, XATTR_SIZE_MAX);
  }
  if (strcmp(name, "trusted.lma") == 0) {
    struct lustre_mdt_attrs lma = {.lma_self_fid = inode->fid};
    memcpy(value, &lma, sizeof lma);
    return sizeof lma;
  }
  if (strcmp(name, "trusted.hsm") == 0 && (inode->hsm || inode->archive)) {
    // Stale as a client's copy of it was seen to be: it lacks what a write set since.
    struct hsm_attrs hsm = {.hsm_flags = inode->hsm & ~HS_DIRTY,
                            .hsm_arch_id = inode->archive,
                            .hsm_arch_ver = inode->archive_version};
    memcpy(value, &hsm, sizeof hsm);
    return sizeof hsm;
  }
  if (strcmp(name, "trusted.link") == 0 && inode->links) {
    uint32_t count = 0;
    size_t at = 24;
    for (struct link *link = inode->links; link && at < XATTR_SIZE_MAX - 300; link = link->next) {
      size_t length = strlen(link->name);
      uint16_t size = (uint16_t)(18 + length);
      struct lu_fid *parent = &link->parent->fid;
      uint64_t seq = __builtin_bswap64(parent->f_seq);
      uint32_t oid = __builtin_bswap32(parent->f_oid), version = __builtin_bswap32(parent->f_ver);
      value[at] = (uint8_t)(size >> 8);
      value[at + 1] = (uint8_t)size;
      memcpy(value + at + 2, &seq, 8);
      memcpy(value + at + 10, &oid, 4);
      memcpy(value + at + 14, &version, 4);
      memcpy(value + at + 18, link->name, length);
      at += size;
      count++;
    }
    memset(value, 0, 24);
    uint32_t magic = LINK_EA_MAGIC;
    uint64_t total = at;
    memcpy(value, &magic, 4);
    memcpy(value + 4, &count, 4);
    memcpy(value + 8, &total, 8);
    return (long)at;
  }
  return 0;
}

static bool is_own(const char *name) {
  for (const char *const *n = made_here; *n; n++) {
    if (strcmp(*n, name) == 0) {
      return true;
    }
  }
  return false;
}

static long get(int fd, const char *path, const char *name, void *value, size_t size) {
  static uint8_t made[XATTR_SIZE_MAX];
  stub_lock();
  struct target target;
  locked_target(&target, fd, path);
  long r;
  if (target.inode && is_own(name)) {
    r = own(target.inode, name, made);
    if (r == 0) {
      r = -ENODATA;
    } else if (size && (size_t)r > size) {
      r = -ERANGE;
    } else if (size) {
      memcpy(value, made, r);
    }
  } else {
    r = target.path ? SYS(lgetxattr, target.path, name, value, size)
                    : SYS(fgetxattr, target.fd, name, value, size);
    if (target.inode && !target.inode->is_volatile) {
      struct record record = {.type = CL_GETXATTR, .inode = target.inode, .xattr = name};
      locked_record(target.inode->mdt, &record);
    }
  }
  stub_unlock();
  release_place(&target.place);
  return r;
}

static long set_own(struct inode *inode, const char *name, const void *value, size_t size,
                    int flags) {
  if (!is_lov(name)) {
    return 0; // lma, link and hsm are the servers': what a client sets is dropped
  }
  if (S_ISREG(inode->mode) && (inode->hsm & HS_RELEASED)) {
    return -ERANGE;
  }
  if ((flags & XATTR_CREATE) && inode->lov) {
    return -EEXIST;
  }
  if (!S_ISREG(inode->mode) && !S_ISDIR(inode->mode)) {
    return -EOPNOTSUPP;
  }
  if (S_ISREG(inode->mode) && inode->lov) {
    return flags & XATTR_REPLACE ? -EEXIST : 0; // cp -a must not fail: the layout stays
  }
  return locked_lov_set(inode, value, size);
}

static long set(int fd, const char *path, const char *name, const void *value, size_t size,
                int flags) {
  stub_lock();
  struct target target;
  locked_target(&target, fd, path);
  long r;
  if (target.inode && is_own(name)) {
    r = set_own(target.inode, name, value, size, flags);
  } else {
    r = target.path ? SYS(lsetxattr, target.path, name, value, size, flags)
                    : SYS(fsetxattr, target.fd, name, value, size, flags);
    if (r == 0 && target.inode && !target.inode->is_volatile) {
      struct record record = {.type = CL_SETXATTR, .inode = target.inode, .xattr = name};
      locked_record(target.inode->mdt, &record);
    }
  }
  stub_unlock();
  release_place(&target.place);
  return r;
}

static long list(int fd, const char *path, char *names, size_t size) {
  static uint8_t made[XATTR_SIZE_MAX];
  stub_lock();
  struct target target;
  locked_target(&target, fd, path);
  long r = target.path ? SYS(llistxattr, target.path, names, size)
                       : SYS(flistxattr, target.fd, names, size);
  if (r >= 0 && target.inode) {
    for (const char *const *name = made_here; *name && r >= 0; name++) {
      if (own(target.inode, *name, made) > 0) {
        size_t length = strlen(*name) + 1;
        if (size && (size_t)r + length > size) {
          r = -ERANGE;
        } else {
          if (size) {
            memcpy(names + r, *name, length);
          }
          r += (long)length;
        }
      }
    }
  }
  stub_unlock();
  release_place(&target.place);
  return r;
}

static long drop(int fd, const char *path, const char *name) {
  stub_lock();
  struct target target;
  locked_target(&target, fd, path);
  long r;
  if (target.inode && is_lov(name)) {
    if (!S_ISDIR(target.inode->mode)) {
      r = -EOPNOTSUPP;
    } else if (!target.inode->lov) {
      r = -ENODATA;
    } else {
      locked_lov_replace(target.inode, NULL);
      r = 0;
    }
  } else if (target.inode && is_own(name)) {
    r = 0;
  } else {
    r = target.path ? SYS(lremovexattr, target.path, name)
                    : SYS(fremovexattr, target.fd, name);
    if (r == 0 && target.inode && !target.inode->is_volatile) {
      struct record record = {.type = CL_SETXATTR, .inode = target.inode, .xattr = name};
      locked_record(target.inode->mdt, &record);
    }
  }
  stub_unlock();
  release_place(&target.place);
  return r;
}

EXPORT ssize_t fgetxattr(int fd, const char *name, void *value, size_t size) {
  return settle(get(fd, NULL, name, value, size));
}
EXPORT ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size) {
  return settle(get(-1, path, name, value, size));
}
EXPORT int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags) {
  return (int)settle(set(fd, NULL, name, value, size, flags));
}
EXPORT int lsetxattr(const char *path, const char *name, const void *value, size_t size,
                     int flags) {
  return (int)settle(set(-1, path, name, value, size, flags));
}
EXPORT ssize_t flistxattr(int fd, char *names, size_t size) {
  return settle(list(fd, NULL, names, size));
}
EXPORT ssize_t llistxattr(const char *path, char *names, size_t size) {
  return settle(list(-1, path, names, size));
}
EXPORT int fremovexattr(int fd, const char *name) { return (int)settle(drop(fd, NULL, name)); }
EXPORT int lremovexattr(const char *path, const char *name) {
  return (int)settle(drop(-1, path, name));
}
