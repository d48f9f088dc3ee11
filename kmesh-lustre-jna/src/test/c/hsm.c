// SPDX-License-Identifier: Apache-2.0
// The client side of HSM: states, requests, release, import.
#include "stub.h"

#define SETTABLE_BY_USERS HSM_USER_MASK
#define MOST_REQUEST 1706 // MDS_MAXREQSIZE / 3

/** The file of an inode as the kernel has it, opened past the books. */
static int open_backing(struct inode *inode, int flags) {
  char path[PATH_MAX];
  if (locked_path_of(inode, path)) {
    return (int)SYS(openat, AT_FDCWD, path, flags | O_CLOEXEC | O_NOFOLLOW, 0);
  }
  return -ENOENT;
}

/** Punches the data out of a file and keeps its size and times. */
static int drop_data(int fd, const struct stat *st) {
  int rc = (int)SYS(ftruncate, fd, 0);
  if (!rc) {
    rc = (int)SYS(ftruncate, fd, st->st_size);
  }
  struct timespec times[2] = {st->st_atim, st->st_mtim};
  return rc ? rc : (int)SYS(utimensat, fd, NULL, times, 0);
}

int locked_release_file(const struct lu_fid *fid) {
  struct inode *inode = locked_by_fid(fid);
  if (!inode || inode->gone) {
    return -ENOENT;
  }
  if (!S_ISREG(inode->mode)) {
    return -EPERM;
  }
  if (inode->hsm & HS_RELEASED) {
    return 0;
  }
  if (!(inode->hsm & HS_ARCHIVED) || inode->hsm & (HS_DIRTY | HS_NORELEASE | HS_LOST)) {
    return -EPERM;
  }
  if (inode->opens) {
    return -EBUSY;
  }
  if (inode->version != inode->archive_version) {
    return -EPERM;
  }
  int fd = open_backing(inode, O_WRONLY);
  if (fd < 0) {
    return fd;
  }
  struct stat st;
  sys_stat(fd, "", &st);
  int rc = drop_data(fd, &st);
  SYS(close, fd);
  if (!rc) {
    inode->hsm |= HS_RELEASED;
    locked_lov_released(inode, true);
    locked_hsm_record(inode, HE_RELEASE, 0, false);
    locked_simple_record(inode, CL_LAYOUT, 0);
  }
  return rc;
}

/** A file's descriptor that is of this file system, or a negative errno. */
static int locked_file(int fd, struct inode **inode) {
  struct stat st;
  if (sys_stat(fd, "", &st)) {
    return -EBADF;
  }
  *inode = locked_of_fd(fd);
  return *inode && S_ISREG((*inode)->mode) ? 0 : -ENOTTY;
}

EXPORT int llapi_hsm_state_get_fd(int fd, struct hsm_user_state *out) {
  ENTER(llapi_hsm_state_get_fd);
  stub_lock();
  struct inode *inode;
  int rc = locked_file(fd, &inode);
  if (!rc) {
    // What a request does right now is filled in by nobody.
    *out = (struct hsm_user_state){.hus_states = inode->hsm, .hus_archive_id = inode->archive};
  }
  stub_unlock();
  return rc ? fail(-rc) : 0;
}

EXPORT int llapi_hsm_state_get(const char *path, struct hsm_user_state *out) {
  ENTER(llapi_hsm_state_get);
  int fd = stub_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  if (fd < 0) {
    return fail(-fd);
  }
  int rc = llapi_hsm_state_get_fd(fd, out);
  stub_close(fd);
  return rc;
}

int locked_state_set(struct inode *inode, uint64_t set, uint64_t clear, uint32_t archive) {
  if ((set | clear) & ~(uint64_t)HSM_FLAGS_MASK) {
    return -EINVAL;
  }
  if (((set | clear) & ~(uint64_t)SETTABLE_BY_USERS) && SYS(geteuid, 0) != 0) {
    return -EPERM;
  }
  uint32_t flags = (inode->hsm | (uint32_t)set) & ~(uint32_t)clear;
  if (((flags & HS_DIRTY) && !(flags & HS_EXISTS)) ||
      ((flags & HS_RELEASED) && (flags & HS_DIRTY)) ||
      ((flags & HS_RELEASED) && !(flags & HS_ARCHIVED)) ||
      ((flags & HS_LOST) && !(flags & HS_ARCHIVED))) {
    return -EINVAL;
  }
  if (archive) {
    if (!(flags & HS_EXISTS)) {
      return 0; // all of it is dropped, and nobody is told
    }
    inode->archive = archive;
  }
  if (flags != inode->hsm) {
    inode->hsm = flags;
    locked_hsm_record(inode, HE_STATE, 0, flags & HS_DIRTY);
    stub_changed();
  }
  return 0;
}

EXPORT int llapi_hsm_state_set_fd(int fd, uint64_t set, uint64_t clear, uint32_t archive) {
  ENTER(llapi_hsm_state_set_fd);
  stub_lock();
  struct inode *inode;
  int rc = locked_file(fd, &inode);
  if (!rc) {
    rc = locked_state_set(inode, set, clear, archive);
  }
  stub_unlock();
  return rc ? fail(-rc) : 0;
}

EXPORT int llapi_hsm_state_set(const char *path, uint64_t set, uint64_t clear, uint32_t archive) {
  ENTER(llapi_hsm_state_set);
  int fd = stub_openat(AT_FDCWD, path, O_WRONLY | O_LOV_DELAY_CREATE | O_NONBLOCK | O_CLOEXEC, 0);
  if (fd < 0) {
    return fail(-fd);
  }
  int rc = llapi_hsm_state_set_fd(fd, set, clear, archive);
  stub_close(fd);
  return rc;
}

EXPORT int llapi_hsm_current_action(const char *path, struct hsm_current_action *out) {
  ENTER(llapi_hsm_current_action);
  int fd = stub_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  if (fd < 0) {
    return fail(-fd);
  }
  stub_lock();
  struct inode *inode;
  int rc = locked_file(fd, &inode);
  if (!rc) {
    struct action *action = locked_action_of(inode);
    *out = (struct hsm_current_action){.hca_state = HPS_WAITING, .hca_action = HUA_NONE};
    if (action) {
      out->hca_state = action->state == WAITING ? HPS_WAITING : HPS_RUNNING;
      out->hca_action = action->kind == HSMA_ARCHIVE   ? HUA_ARCHIVE
                        : action->kind == HSMA_RESTORE ? HUA_RESTORE
                                                       : HUA_REMOVE;
      out->hca_location.length = action->done;
    }
  }
  stub_unlock();
  stub_close(fd);
  return rc ? fail(-rc) : 0;
}

struct request {
  struct hsm_request head;
  struct hsm_user_item items[];
};

EXPORT struct request *llapi_hsm_user_request_alloc(int items, int data) {
  stub_enter("llapi_hsm_user_request_alloc");
  size_t size = sizeof(struct request) + (size_t)items * sizeof(struct hsm_user_item) +
                (size_t)data;
  // Without zeros in it, as releases up to 2.14 return it.
  return memset(malloc(size), 0xa5, size);
}

EXPORT int llapi_hsm_request(const char *path, const struct request *request) {
  ENTER(llapi_hsm_request);
  stub_lock();
  struct place place;
  locked_resolve(AT_FDCWD, path, &place);
  release_place(&place);
  int rc;
  uint64_t size = sizeof *request +
                  (uint64_t)request->head.hr_itemcount * sizeof(struct hsm_user_item) +
                  request->head.hr_data_len;
  if (!place.ours || !place.inode) {
    rc = -ENODEV;
  } else if (size >= MOST_REQUEST) {
    rc = -E2BIG;
  } else {
    const struct hsm_request *head = &request->head;
    rc = locked_request(head->hr_action, head->hr_archive_id, head->hr_flags, head->hr_itemcount,
                        request->items, request->items + head->hr_itemcount, head->hr_data_len);
  }
  stub_unlock();
  return rc ? fail(-rc) : 0;
}

int locked_import(struct inode *inode, int fd, const struct hsm_user_import *import) {
  if (SYS(geteuid, 0) != 0) {
    return -EPERM;
  }
  if (!inode->lov || !(inode->lov->component->pattern & LOV_PATTERN_F_RELEASED)) {
    return 0; // seen: an ordinary file stays as it is, and the call says 0
  }
  int rc = (int)SYS(ftruncate, fd, import->hui_size);
  if (!rc) {
    rc = (int)SYS(fchown, fd, import->hui_uid, import->hui_gid);
  }
  if (!rc) {
    rc = (int)SYS(fchmod, fd, import->hui_mode & 0777);
  }
  struct timespec times[2] = {{(time_t)import->hui_atime, import->hui_atime_ns},
                              {(time_t)import->hui_mtime, import->hui_mtime_ns}};
  if (!rc) {
    rc = (int)SYS(utimensat, fd, NULL, times, 0);
  }
  if (!rc) {
    inode->hsm = HS_EXISTS | HS_ARCHIVED | HS_RELEASED;
    inode->archive = import->hui_archive_id ? import->hui_archive_id : 1;
    inode->archive_version = 0;
    locked_simple_record(inode, CL_LAYOUT, 0);
    locked_hsm_record(inode, HE_STATE, 0, false);
    locked_simple_record(inode, CL_TRUNC, 0xe);
  }
  return rc;
}

EXPORT int llapi_hsm_import(const char *path, int archive, const struct stat *st,
                            unsigned long long stripe_size, int offset, int count,
                            uint32_t pattern, char *pool, struct lu_fid *fid) {
  ENTER(llapi_hsm_import);
  int fd = stub_openat(AT_FDCWD, path,
                       O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_LOV_DELAY_CREATE, 0600);
  if (fd < 0) {
    return fail(-fd);
  }
  stub_lock();
  struct inode *inode;
  int rc = locked_file(fd, &inode);
  if (!rc) {
    pattern = pattern ? pattern : LOV_PATTERN_RAID0;
    rc = pattern == LOV_PATTERN_RAID0
             ? locked_lov_plain(inode, stripe_size, offset, count,
                                pattern | LOV_PATTERN_F_RELEASED, pool, 0, NULL)
             : -EINVAL;
  }
  if (!rc) {
    struct hsm_user_import import = {.hui_size = (uint64_t)st->st_size,
                                     .hui_atime = (uint64_t)st->st_atim.tv_sec,
                                     .hui_mtime = (uint64_t)st->st_mtim.tv_sec,
                                     .hui_atime_ns = (uint32_t)st->st_atim.tv_nsec,
                                     .hui_mtime_ns = (uint32_t)st->st_mtim.tv_nsec,
                                     .hui_uid = st->st_uid,
                                     .hui_gid = st->st_gid,
                                     .hui_mode = st->st_mode,
                                     .hui_archive_id = (uint32_t)archive};
    rc = locked_import(inode, fd, &import);
  }
  if (!rc) {
    *fid = inode->fid;
  }
  stub_unlock();
  stub_close(fd);
  if (rc) {
    unlink(path);
    return fail(-rc);
  }
  return 0;
}

EXPORT int llapi_get_data_version(int fd, uint64_t *version, uint64_t flags) {
  ENTER(llapi_get_data_version);
  (void)flags;
  stub_lock();
  struct inode *inode;
  int rc = locked_file(fd, &inode);
  if (!rc) {
    *version = inode->hsm & HS_RELEASED ? 0 : inode->version;
  }
  stub_unlock();
  return rc ? fail(-rc) : 0;
}

EXPORT int llapi_hsm_data_version_set(int fd, uint64_t version) {
  ENTER(llapi_hsm_data_version_set);
  stub_lock();
  struct inode *inode;
  int rc = version ? locked_file(fd, &inode) : -EINVAL;
  if (!rc) {
    inode->version = version;
  }
  stub_unlock();
  return rc ? fail(-rc) : 0;
}
