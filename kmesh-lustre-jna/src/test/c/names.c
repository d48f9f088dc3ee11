// SPDX-License-Identifier: Apache-2.0
// The functions that open, make, move and remove names, over libc's.
#include "stub.h"
#include <dirent.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>

#define DELAY_CREATE 0x2100 // O_NOCTTY | FASYNC
#define PROJINHERIT 0x200
#define CREATED 0x8
#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

bool is_volatile_name(const char *name) { return strncmp(name, ".\x0c\x13\x14\x12:", 6) == 0; }

static uint32_t open_flags(int flags, bool created) {
  int access = flags & O_ACCMODE;
  return (access != O_WRONLY ? MDS_FMODE_READ : 0) | (access != O_RDONLY ? MDS_FMODE_WRITE : 0) |
         (flags & O_CREAT ? 0x40 : 0) | (flags & O_TRUNC ? 0x200 : 0) | (created ? CREATED : 0);
}

static void inherit(struct inode *inode, struct inode *parent) {
  if (parent->xflags & PROJINHERIT) {
    inode->project = parent->project;
    inode->xflags |= S_ISDIR(inode->mode) ? PROJINHERIT : 0;
  }
  if (S_ISDIR(inode->mode) && parent->lov) {
    inode->lov = copy_layout(parent->lov);
  }
}

static struct inode *made(struct place *place, uint32_t type) {
  struct stat st;
  if (sys_stat(place->dirfd, place->path, &st)) {
    return NULL;
  }
  struct inode *inode = locked_new(st.st_ino, st.st_mode, place->parent, place->name);
  inherit(inode, place->parent);
  struct record record = {
      .type = type, .inode = inode, .parent = place->parent, .name = place->name};
  locked_record(inode->mdt, &record);
  return inode;
}

/** Whoever opens what another holds by lease breaks the lease. */
static void break_lease(struct inode *inode, int flags) {
  struct opened *holder = inode->lease;
  if (holder && (inode->lease_mode == LL_LEASE_WRLCK || (flags & O_ACCMODE) != O_RDONLY)) {
    holder->lease_broken = true;
    inode->lease = NULL;
  }
}

static int open_ours(struct place *place, int flags, mode_t mode) {
  bool is_volatile = place->kind == AT_ENTRY && (flags & O_CREAT) && place->name &&
                     is_volatile_name(place->name);
  bool delayed = (flags & DELAY_CREATE) == DELAY_CREATE;
  int kernel_flags = flags & ~(O_ASYNC | O_DIRECT); // not every backing file system has it
  const char *path = place->path;
  char link[64];
  if (place->kind == AT_SELF) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", place->dirfd);
    path = link;
    kernel_flags &= ~O_NOFOLLOW;
  }
  int fd = (int)SYS(openat, place->kind == AT_SELF ? AT_FDCWD : place->dirfd, path, kernel_flags,
                    mode);
  if (fd < 0) {
    return fd;
  }
  struct opened *opened = calloc(1, sizeof *opened);
  opened->flags = flags;
  if (place->kind == AT_DOT_LUSTRE || place->kind == AT_FIDS) {
    opened->kind = place->kind == AT_FIDS ? OPEN_FIDS : OPEN_DOT_LUSTRE;
    locked_track(fd, opened);
    return fd;
  }
  struct inode *inode = place->inode;
  bool created = (flags & O_CREAT) && !inode;
  if (created && is_volatile) {
    struct stat st;
    sys_stat(fd, "", &st);
    inode = locked_new(st.st_ino, st.st_mode, place->parent, place->name);
    inode->is_volatile = true;
    SYS(unlinkat, place->dirfd, place->path, 0);
    locked_unlink(inode, place->parent, place->name);
    if (!delayed) {
      locked_lov_default(inode, place->parent);
    }
  } else if (created) {
    inode = made(place, CL_CREATE);
    if (inode && !delayed) {
      locked_lov_default(inode, place->parent);
    }
  } else {
    struct stat st;
    sys_stat(fd, "", &st);
    if (!inode || inode->ino != st.st_ino) { // a link was followed
      inode = locked_of_fd(fd);
    }
  }
  if (!inode) {
    free(opened);
    return fd; // it led out of the file system
  }
  opened->inode = inode;
  locked_track(fd, opened);
  if (flags & O_PATH) {
    return fd;
  }
  break_lease(inode, flags);
  inode->opens++;
  inode->writers += (flags & O_ACCMODE) != O_RDONLY;
  if (!S_ISREG(inode->mode)) {
    return fd;
  }
  struct record record = {.type = CL_OPEN,
                          .flags = open_flags(flags, created),
                          .inode = inode,
                          .open_flags = open_flags(flags, created)};
  if (!inode->is_volatile) {
    locked_record(inode->mdt, &record);
  }
  if (!created && (flags & O_TRUNC)) {
    locked_lov_released(inode, false);
    inode->hsm &= ~HS_RELEASED;
    locked_modified(inode, opened);
    locked_simple_record(inode, CL_TRUNC, 0xe);
  }
  return fd;
}

static void ended(struct opened *opened);

/** Whatever had a new descriptor's number before was closed past the stub. */
static void forget(int fd) {
  if (locked_opened(fd)) {
    stub_lock();
    struct opened *last = locked_untrack(fd);
    if (last) {
      ended(last);
    }
    stub_unlock();
  }
}

int stub_openat(int dirfd, const char *path, int flags, mode_t mode) {
  if (path && strncmp(path, "/dev/changelog-", 15) == 0 && stub_root[0]) {
    return stub_changelog_open(path, flags);
  }
  stub_lock();
  struct place place;
  locked_resolve(dirfd, path, &place);
  int r;
  if (place.ours) {
    r = open_ours(&place, flags, mode);
    stub_unlock();
  } else {
    stub_unlock();
    r = (int)SYS(openat, dirfd, path, flags, mode);
    forget(r);
  }
  release_place(&place);
  return r;
}

static bool needs_mode(int flags) { return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE; }

#define OPENAT(name)                                                     \
  EXPORT int name(int dirfd, const char *path, int flags, ...) {         \
    mode_t mode = 0;                                                     \
    if (needs_mode(flags)) {                                             \
      va_list list;                                                      \
      va_start(list, flags);                                             \
      mode = va_arg(list, mode_t);                                       \
      va_end(list);                                                      \
    }                                                                    \
    return (int)settle(stub_openat(dirfd, path, flags, mode));           \
  }
OPENAT(openat)
OPENAT(openat64)

#define OPEN(name)                                                       \
  EXPORT int name(const char *path, int flags, ...) {                    \
    mode_t mode = 0;                                                     \
    if (needs_mode(flags)) {                                             \
      va_list list;                                                      \
      va_start(list, flags);                                             \
      mode = va_arg(list, mode_t);                                       \
      va_end(list);                                                      \
    }                                                                    \
    return (int)settle(stub_openat(AT_FDCWD, path, flags, mode));        \
  }
OPEN(open)
OPEN(open64)

/** The last descriptor of an open file goes: what it wrote becomes DIRTY now. */
static void ended(struct opened *opened) {
  struct inode *inode = opened->inode;
  if (opened->kind == OPEN_INODE && !(opened->flags & O_PATH)) {
    inode->opens--;
    inode->writers -= (opened->flags & O_ACCMODE) != O_RDONLY;
    if (inode->lease == opened) {
      inode->lease = NULL;
    }
    if (S_ISREG(inode->mode) && !inode->is_volatile) {
      if (opened->wrote && (inode->hsm & HS_EXISTS) && !(inode->hsm & (HS_DIRTY | HS_RELEASED))) {
        inode->hsm |= HS_DIRTY;
        locked_hsm_record(inode, HE_STATE, 0, true);
      }
      locked_simple_record(inode, CL_CLOSE, open_flags(opened->flags & ~O_CREAT, false));
    }
  }
  free(opened);
}

int stub_close(int fd) {
  stub_lock();
  struct opened *opened = locked_opened(fd);
  int r;
  if (opened) {
    struct opened *last = locked_untrack(fd);
    r = (int)SYS(close, fd);
    if (last) {
      ended(last);
      stub_changed();
    }
    stub_unlock();
  } else {
    stub_unlock();
    r = (int)SYS(close, fd);
  }
  return r;
}

EXPORT int close(int fd) { return (int)settle(stub_close(fd)); }

/** libc closes the descriptor of a directory stream by itself. */
EXPORT int closedir(DIR *stream) {
  int (*next)(DIR *) = (int (*)(DIR *))(uintptr_t)dlsym(RTLD_NEXT, "closedir");
  forget(dirfd(stream));
  return next(stream);
}

static long duplicated(int fd, long copy) {
  stub_lock();
  struct opened *opened = locked_opened(fd);
  if (copy >= 0 && opened) {
    locked_track((int)copy, opened);
  }
  stub_unlock();
  return copy;
}

EXPORT int dup(int fd) { return (int)settle(duplicated(fd, SYS(dup, fd))); }

#define FCNTL(name)                                                      \
  EXPORT int name(int fd, int command, ...) {                            \
    va_list list;                                                        \
    va_start(list, command);                                             \
    long argument = va_arg(list, long);                                  \
    va_end(list);                                                        \
    long r = SYS(fcntl, fd, command, argument);                          \
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) {              \
      duplicated(fd, r);                                                 \
    }                                                                    \
    return (int)settle(r);                                               \
  }
FCNTL(fcntl)
FCNTL(fcntl64)

static int make(int dirfd, const char *path, uint32_t type, mode_t mode, dev_t device,
                const char *target) {
  stub_lock();
  struct place place;
  locked_resolve(dirfd, path, &place);
  long r = type == CL_MKDIR      ? SYS(mkdirat, place.dirfd, place.path, mode)
           : type == CL_SOFTLINK ? SYS(symlinkat, target, place.dirfd, place.path)
                                 : SYS(mknodat, place.dirfd, place.path, mode, device);
  if (r == 0 && place.ours && place.parent) {
    made(&place, type);
  }
  stub_unlock();
  release_place(&place);
  return (int)r;
}

EXPORT int mkdirat(int dirfd, const char *path, mode_t mode) {
  return (int)settle(make(dirfd, path, CL_MKDIR, mode, 0, NULL));
}
EXPORT int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
EXPORT int symlinkat(const char *target, int dirfd, const char *path) {
  return (int)settle(make(dirfd, path, CL_SOFTLINK, 0, 0, target));
}
EXPORT int symlink(const char *target, const char *path) {
  return symlinkat(target, AT_FDCWD, path);
}
int stub_mknodat(int dirfd, const char *path, mode_t mode, dev_t device) {
  return make(dirfd, path, CL_MKNOD, mode, device, NULL);
}
EXPORT int mknodat(int dirfd, const char *path, mode_t mode, dev_t device) {
  return (int)settle(stub_mknodat(dirfd, path, mode, device));
}

EXPORT int linkat(int from, const char *path, int to, const char *to_path, int flags) {
  stub_lock();
  struct place source, target;
  locked_resolve(from, path, &source);
  locked_resolve(to, to_path, &target);
  long r;
  if (source.by_fid && source.kind == AT_ENTRY) {
    r = SYS(linkat, source.dirfd, source.path, target.dirfd, target.path, 0);
  } else {
    r = SYS(linkat, source.dirfd, source.path, target.dirfd, target.path, flags);
  }
  if (r == 0 && source.ours && source.inode && target.ours && target.parent) {
    locked_link(source.inode, target.parent, target.name);
    struct record record = {.type = CL_HARDLINK,
                            .inode = source.inode,
                            .parent = target.parent,
                            .name = target.name};
    locked_record(source.inode->mdt, &record);
  }
  stub_unlock();
  release_place(&source);
  release_place(&target);
  return (int)settle(r);
}
EXPORT int link(const char *path, const char *to) {
  return linkat(AT_FDCWD, path, AT_FDCWD, to, 0);
}

/** The last name of an inode went. */
static uint16_t last_name_gone(struct inode *inode) {
  uint16_t flags = CLF_UNLINK_LAST;
  if (inode->hsm & HS_EXISTS) {
    flags |= CLF_UNLINK_HSM_EXISTS;
    locked_queue_remove(inode);
  }
  return flags;
}

int stub_unlinkat(int dirfd, const char *path, int flags) {
  stub_lock();
  struct place place;
  locked_resolve(dirfd, path, &place);
  long r = SYS(unlinkat, place.dirfd, place.path, flags);
  struct inode *inode = place.inode;
  if (r == 0 && place.ours && inode && place.parent) {
    bool is_directory = S_ISDIR(inode->mode);
    bool last = locked_unlink(inode, place.parent, place.name) || is_directory;
    struct record record = {.type = is_directory ? CL_RMDIR : CL_UNLINK,
                            .flags = last ? last_name_gone(inode) : 0,
                            .inode = inode,
                            .parent = place.parent,
                            .name = place.name};
    locked_record(inode->mdt, &record);
  }
  stub_unlock();
  release_place(&place);
  return (int)r;
}
EXPORT int unlinkat(int dirfd, const char *path, int flags) {
  return (int)settle(stub_unlinkat(dirfd, path, flags));
}
EXPORT int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
EXPORT int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int stub_renameat2(int from, const char *path, int to, const char *to_path, unsigned flags) {
  int scripted = flags ? stub_enter("renameat2") : 0; // a client may refuse all flags
  if (scripted) {
    return -scripted;
  }
  stub_lock();
  struct place source, target;
  locked_resolve(from, path, &source);
  locked_resolve(to, to_path, &target);
  bool ours = source.ours && source.inode && target.ours && target.parent && source.parent;
  long r = SYS(renameat2, source.dirfd, source.path, target.dirfd, target.path, flags);
  if (r == 0 && ours && (flags & RENAME_EXCHANGE)) {
    locked_link(source.inode, target.parent, target.name);
    locked_unlink(source.inode, source.parent, source.name);
    locked_link(target.inode, source.parent, source.name);
    locked_unlink(target.inode, target.parent, target.name);
  } else if (r == 0 && ours && source.inode != target.inode) {
    struct record record = {.type = CL_RENAME,
                            .inode = target.inode,
                            .parent = target.parent,
                            .name = target.name,
                            .moved = source.inode,
                            .moved_from = source.parent,
                            .old_name = source.name};
    if (target.inode) {
      bool last = locked_unlink(target.inode, target.parent, target.name);
      record.flags = last ? last_name_gone(target.inode) : 0;
    }
    locked_link(source.inode, target.parent, target.name);
    locked_unlink(source.inode, source.parent, source.name);
    locked_record(target.parent->mdt, &record);
  }
  stub_unlock();
  release_place(&source);
  release_place(&target);
  return (int)r;
}
EXPORT int renameat(int from, const char *path, int to, const char *to_path) {
  return (int)settle(stub_renameat2(from, path, to, to_path, 0));
}
EXPORT int renameat2(int from, const char *path, int to, const char *to_path, unsigned flags) {
  return (int)settle(stub_renameat2(from, path, to, to_path, flags));
}
EXPORT int rename(const char *path, const char *to) {
  return renameat(AT_FDCWD, path, AT_FDCWD, to);
}
