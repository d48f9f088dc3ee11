// SPDX-License-Identifier: Apache-2.0
// Mounts, FIDs and paths.
#include "stub.h"
#include <stdio.h>

static bool locked_in_mount(const char *path) {
  struct place place;
  locked_resolve(AT_FDCWD, path, &place);
  release_place(&place);
  return place.ours;
}

static bool in_mount(const char *path) {
  stub_lock();
  bool is = path && *path && locked_in_mount(path);
  stub_unlock();
  return is;
}

EXPORT int llapi_search_mounts(const char *path, int index, char *directory, char *fsname) {
  ENTER(llapi_search_mounts);
  bool found = path && *path ? in_mount(path) : index == 0 && stub_root[0];
  if (!found) {
    return fail(ENODEV);
  }
  if (directory) {
    strcpy(directory, stub_root);
  }
  if (fsname) {
    strcpy(fsname, stub_fsname);
  }
  return 0;
}

EXPORT int llapi_search_fsname(const char *path, char *fsname) {
  ENTER(llapi_search_fsname);
  char real[PATH_MAX];
  if (!in_mount(path)) {
    return fail(realpath(path, real) ? ENODEV : errno);
  }
  strcpy(fsname, stub_fsname);
  return 0;
}

EXPORT int llapi_search_rootpath(char *path, const char *fsname) {
  ENTER(llapi_search_rootpath);
  if (!stub_root[0] || strcmp(fsname, stub_fsname) != 0) {
    return fail(ENODEV);
  }
  strcpy(path, stub_root);
  return 0;
}

EXPORT int llapi_search_rootpath_by_dev(char *path, dev_t device) {
  ENTER(llapi_search_rootpath_by_dev);
  if (!stub_root[0] || device != stub_device) {
    return fail(ENODEV);
  }
  strcpy(path, stub_root);
  return 0;
}

EXPORT int llapi_root_path_open(const char *device, int *fd) {
  ENTER(llapi_root_path_open);
  if (!stub_root[0] || (strcmp(device, stub_fsname) != 0 && !in_mount(device))) {
    return fail(ENODEV);
  }
  *fd = stub_openat(AT_FDCWD, stub_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  return *fd < 0 ? fail(-*fd) : 0;
}

static int instance(const char *path, char *name, size_t size, const char *what) {
  if (!in_mount(path)) {
    return fail(ENOTTY);
  }
  if (strlen(what) + 1 > size) {
    return fail(ENAMETOOLONG);
  }
  strcpy(name, what);
  return 0;
}

EXPORT int llapi_get_fsname(const char *path, char *name, size_t size) {
  ENTER(llapi_get_fsname);
  return instance(path, name, size, stub_fsname);
}
EXPORT int llapi_get_instance(const char *path, char *name, size_t size) {
  ENTER(llapi_get_instance);
  return instance(path, name, size, "ffff888000000001");
}
EXPORT int llapi_get_fsname_instance(const char *path, char *name, size_t size, char *other,
                                     size_t other_size) {
  ENTER(llapi_get_fsname_instance);
  int rc = instance(path, name, size, stub_fsname);
  return rc ? rc : instance(path, other, other_size, "ffff888000000001");
}
EXPORT int llapi_getname(const char *path, char *name, size_t size) {
  ENTER(llapi_getname);
  char both[64];
  snprintf(both, sizeof both, "%s-ffff888000000001", stub_fsname);
  return instance(path, name, size, both);
}

EXPORT int llapi_is_lustre_mnttype(const char *type) {
  stub_enter("llapi_is_lustre_mnttype");
  return strcmp(type, "lustre") == 0 || strcmp(type, "lustre_tgt") == 0;
}

EXPORT int llapi_get_version_string(char *version, unsigned size) {
  ENTER_ERRNO(llapi_get_version_string);
  const char *text = "2.17.57_62_gstub";
  if (!version || size == 0) {
    errno = EINVAL;
    return -1;
  }
  if (strlen(text) + 1 > size) {
    errno = EOVERFLOW;
    return -1;
  }
  strcpy(version, text);
  return 0;
}

EXPORT int llapi_path2fid(const char *path, struct lu_fid *fid) {
  ENTER(llapi_path2fid);
  struct stat st;
  stub_lock();
  struct place place;
  locked_resolve(AT_FDCWD, path, &place);
  int rc = 0;
  if (place.ours && place.inode) {
    *fid = place.inode->fid;
  } else if (place.ours) {
    rc = -ENOENT;
  } else {
    rc = sys_stat(AT_FDCWD, path, &st);
    rc = rc ? rc : -ENODATA; // what a running Lustre's library said outside of it
  }
  stub_unlock();
  release_place(&place);
  return rc ? fail(-rc) : 0;
}

EXPORT int llapi_fd2fid(int fd, struct lu_fid *fid) {
  ENTER(llapi_fd2fid);
  struct stat st;
  int rc = sys_stat(fd, "", &st);
  stub_lock();
  struct inode *inode = rc ? NULL : locked_of_fd(fd);
  if (inode) {
    *fid = inode->fid;
  }
  stub_unlock();
  return rc ? fail(-rc) : inode ? 0 : fail(ENODATA);
}

static int locked_fid2path(const struct lu_fid *fid, char *path, int size, long long *record,
                           int *link) {
  struct inode *inode = locked_by_fid(fid);
  if (!inode || (inode->gone && !inode->is_volatile) || (!inode->links && inode->is_volatile)) {
    return -ENOENT;
  }
  int count = 0;
  for (struct link *l = inode->links; l; l = l->next) {
    count++;
  }
  int index = link && *link > 0 && *link < count ? *link : 0;
  int rc = locked_relative_path(inode, index, path, size < 0 ? 0 : (size_t)size);
  if (!rc && link && (*link == index) && index + 1 < count) {
    *link = index + 1;
  }
  if (record) {
    *record = -1;
  }
  return rc;
}

EXPORT int llapi_fid2path(const char *device, const char *text, char *path, int size,
                          long long *record, int *link) {
  ENTER(llapi_fid2path);
  struct lu_fid fid;
  const char *rest;
  if (!parse_fid(text, &fid, &rest)) {
    return fail(EINVAL);
  }
  if (!stub_root[0] || (strcmp(device, stub_fsname) != 0 && !in_mount(device))) {
    return fail(ENODEV);
  }
  stub_lock();
  int rc = locked_fid2path(&fid, path, size, record, link);
  stub_unlock();
  return rc ? fail(-rc) : 0;
}

EXPORT int llapi_fid2path_at(int fd, const struct lu_fid *fid, char *path, int size,
                             long long *record, int *link) {
  ENTER(llapi_fid2path_at);
  stub_lock();
  struct stat st;
  int rc = sys_stat(fd, "", &st) ? -EBADF : locked_of_fd(fd) ? 0 : -ENOTTY;
  if (!rc) {
    rc = locked_fid2path(fid, path, size, record, link);
  }
  stub_unlock();
  return rc ? fail(-rc) : 0;
}

static int locked_parent(struct inode *inode, unsigned number, struct lu_fid *parent, char *name,
                         size_t size) {
  struct link *link = inode->links;
  for (; link && number; number--) {
    link = link->next;
  }
  if (!link) {
    return -ENODATA;
  }
  if (name && size) {
    if (strlen(link->name) + 1 > size) {
      return -EOVERFLOW;
    }
    strcpy(name, link->name);
  }
  *parent = link->parent->fid;
  return 0;
}

EXPORT int llapi_fd2parent(int fd, unsigned number, struct lu_fid *parent, char *name,
                           size_t size) {
  ENTER(llapi_fd2parent);
  stub_lock();
  struct stat st;
  struct inode *inode = locked_of_fd(fd);
  int rc = sys_stat(fd, "", &st) ? -EBADF
           : inode               ? locked_parent(inode, number, parent, name, size)
                                 : -ENOTTY;
  stub_unlock();
  return rc ? fail(-rc) : 0;
}

EXPORT int llapi_path2parent(const char *path, unsigned number, struct lu_fid *parent,
                             char *name, size_t size) {
  ENTER(llapi_path2parent);
  int fd = stub_openat(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
  if (fd < 0) {
    return fail(-fd);
  }
  int rc = llapi_fd2parent(fd, number, parent, name, size);
  stub_close(fd);
  return rc;
}

EXPORT int llapi_fid_parse(const char *text, struct lu_fid *fid, char **end) {
  ENTER(llapi_fid_parse);
  const char *rest = text;
  if (!parse_fid(text, fid, &rest)) {
    return fail(EINVAL);
  }
  if (end) {
    *end = (char *)(uintptr_t)rest;
  }
  return 0;
}

static int open_by_fid(const struct lu_fid *fid, int flags) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.*s/.lustre/fid/[0x%llx:0x%x:0x%x]", PATH_MAX - 80, stub_root,
           (unsigned long long)fid->f_seq, fid->f_oid, fid->f_ver);
  int fd = stub_openat(AT_FDCWD, path, flags, 0);
  return fd == -ENOENT ? fail(ESTALE) : fd < 0 ? fail(-fd) : fd;
}

EXPORT int llapi_open_by_fid(const char *directory, const struct lu_fid *fid, int flags) {
  ENTER(llapi_open_by_fid);
  return in_mount(directory) ? open_by_fid(fid, flags) : fail(ENODEV);
}

EXPORT int llapi_open_by_fid_at(int fd, const struct lu_fid *fid, int flags) {
  ENTER(llapi_open_by_fid_at);
  stub_lock();
  bool ours = locked_of_fd(fd) != NULL;
  stub_unlock();
  return ours ? open_by_fid(fid, flags) : fail(ENODEV);
}

EXPORT int llapi_get_mdt_index_by_fid(int fd, const struct lu_fid *fid, int *mdt) {
  ENTER(llapi_get_mdt_index_by_fid);
  stub_lock();
  bool ours = locked_of_fd(fd) != NULL;
  stub_unlock();
  int index = mdt_of(fid);
  if (!ours || index < 0) {
    return fail(ours ? ENOENT : ENOTTY);
  }
  if (mdt) {
    *mdt = index;
  }
  return index;
}

EXPORT int llapi_file_fget_mdtidx(int fd, int *mdt) {
  ENTER(llapi_file_fget_mdtidx);
  stub_lock();
  struct inode *inode = locked_of_fd(fd);
  if (inode) {
    *mdt = inode->mdt;
  }
  stub_unlock();
  return inode ? 0 : fail(ENOTTY);
}

static int remove_fids(struct fid_array *array) {
  if (array->fa_nr > OBD_MAX_FIDS_IN_ARRAY) {
    return fail(E2BIG);
  }
  if (SYS(geteuid, 0) != 0) {
    return fail(EPERM);
  }
  for (uint32_t i = 0; i < array->fa_nr; i++) {
    int rc = 0;
    stub_lock();
    struct inode *inode = locked_by_fid(&array->fa_fids[i]);
    char path[PATH_MAX];
    if (!inode || inode->gone) {
      rc = -ENOENT;
    } else if (S_ISDIR(inode->mode)) {
      rc = -EISDIR;
    }
    while (!rc && inode->links && locked_path_of(inode, path)) {
      rc = unlink(path) ? -errno : 0;
    }
    stub_unlock();
    array->fa_fids[i].f_ver = (uint32_t)rc; // what became of it
  }
  return 0;
}

EXPORT int llapi_rmfid(const char *path, struct fid_array *array) {
  ENTER(llapi_rmfid);
  return in_mount(path) ? remove_fids(array) : fail(ENODEV);
}

EXPORT int llapi_rmfid_at(int fd, struct fid_array *array) {
  ENTER(llapi_rmfid_at);
  stub_lock();
  bool ours = locked_of_fd(fd) != NULL;
  stub_unlock();
  return ours ? remove_fids(array) : fail(ENOTTY);
}
