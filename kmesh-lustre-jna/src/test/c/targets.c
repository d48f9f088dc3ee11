// SPDX-License-Identifier: Apache-2.0
// MDTs, OSTs, pools, quota: 1 GiB in each target, a quarter of it used.
#include "stub.h"
#include <stdio.h>
#include <sys/ioctl.h>

#define STATFS_MDT LL_STATFS_LMV
#define BLOCKS 262144ull // of 4 KiB

static bool in_mount(const char *path) {
  stub_lock();
  struct place place;
  locked_resolve(AT_FDCWD, path, &place);
  release_place(&place);
  stub_unlock();
  return place.ours;
}

static bool fd_in_mount(int fd) {
  stub_lock();
  bool is = locked_of_fd(fd) != NULL;
  stub_unlock();
  return is;
}

static void name_target(struct obd_uuid *uuid, const char *type, int index) {
  memset(uuid, 0, sizeof *uuid);
  snprintf(uuid->uuid, sizeof uuid->uuid, "%.20s-%s%04x_UUID", stub_fsname, type, index & 0xffff);
}

EXPORT int llapi_get_obd_count(char *path, int *count, int is_mdt) {
  ENTER(llapi_get_obd_count);
  if (!in_mount(path)) {
    return fail(ENOTTY);
  }
  *count = is_mdt ? MDTS : OSTS;
  return 0;
}

static int statfs_of(uint32_t type, uint32_t index, struct obd_statfs *out,
                     struct obd_uuid *uuid) {
  bool mdt = (type & 3) == STATFS_MDT;
  if (index >= (uint32_t)(mdt ? MDTS : OSTS)) {
    return fail(ENODEV);
  }
  memset(out, 0, sizeof *out);
  out->os_type = LL_SUPER_MAGIC;
  out->os_blocks = BLOCKS;
  out->os_bfree = BLOCKS * 3 / 4;
  out->os_bavail = BLOCKS * 3 / 4;
  out->os_files = 1 << 20;
  out->os_ffree = 1 << 19;
  out->os_bsize = 4096;
  out->os_namelen = NAME_MAX;
  out->os_maxbytes = INT64_MAX;
  if (uuid) {
    name_target(uuid, mdt ? "MDT" : "OST", (int)index);
  }
  return 0;
}

EXPORT int llapi_obd_statfs(char *path, uint32_t type, uint32_t index, struct obd_statfs *out,
                            struct obd_uuid *uuid) {
  ENTER(llapi_obd_statfs);
  return in_mount(path) ? statfs_of(type, index, out, uuid) : fail(ENODEV);
}

EXPORT int llapi_obd_fstatfs(int fd, uint32_t type, uint32_t index, struct obd_statfs *out,
                             struct obd_uuid *uuid) {
  ENTER(llapi_obd_fstatfs);
  return fd_in_mount(fd) ? statfs_of(type, index, out, uuid) : fail(ENOTTY);
}

static int uuids(int fd, struct obd_uuid *out, int *count, const char *type, int number) {
  if (!fd_in_mount(fd)) {
    return fail(ENOTTY);
  }
  for (int i = 0; i < number && i < *count; i++) {
    name_target(&out[i], type, i);
  }
  int room = *count;
  *count = number;
  return room < number ? -EOVERFLOW : 0;
}
EXPORT int llapi_lov_get_uuids(int fd, struct obd_uuid *out, int *count) {
  ENTER(llapi_lov_get_uuids);
  return uuids(fd, out, count, "OST", OSTS);
}
EXPORT int llapi_lmv_get_uuids(int fd, struct obd_uuid *out, int *count) {
  ENTER(llapi_lmv_get_uuids);
  return uuids(fd, out, count, "MDT", MDTS);
}

// ---- pools

static const char *const pools[] = {"disk", "flash"};

static int put(char **list, int *entries, int most, char **at, char *end, const char *text) {
  size_t length = strlen(text) + 1;
  if (*entries >= most || (size_t)(end - *at) < length) {
    return -EOVERFLOW;
  }
  memcpy(*at, text, length);
  list[(*entries)++] = *at;
  *at += length;
  return 0;
}

EXPORT int llapi_get_poollist(const char *name, char **list, int most, char *buffer, int size) {
  ENTER(llapi_get_poollist);
  if (strchr(name, '/') ? !in_mount(name) : strcmp(name, stub_fsname) != 0 || !stub_root[0]) {
    return fail(ENODEV);
  }
  int count = 0;
  char *at = buffer;
  for (int i = 0; i < 2; i++) {
    char full[64];
    snprintf(full, sizeof full, "%s.%s", stub_fsname, pools[i]);
    int rc = put(list, &count, most, &at, buffer + size, full);
    if (rc) {
      return fail(-rc);
    }
  }
  return count;
}

EXPORT int llapi_get_poolmembers(const char *name, char **list, int most, char *buffer,
                                 int size) {
  ENTER(llapi_get_poolmembers);
  const char *dot = strchr(name, '.');
  if (!dot || (size_t)(dot - name) != strlen(stub_fsname) ||
      strncmp(name, stub_fsname, strlen(stub_fsname)) != 0) {
    return fail(dot ? ENOENT : EINVAL);
  }
  int pool = strcmp(dot + 1, pools[0]) == 0 ? 0 : strcmp(dot + 1, pools[1]) == 0 ? 1 : -1;
  if (pool < 0) {
    return fail(ENOENT);
  }
  int count = 0;
  char *at = buffer;
  for (int i = 0; i < 2; i++) {
    struct obd_uuid uuid;
    name_target(&uuid, "OST", pool * 2 + i);
    int rc = put(list, &count, most, &at, buffer + size, uuid.uuid);
    if (rc) {
      return fail(-rc);
    }
  }
  return count;
}

static int search(const char *fsname, const char *pool, const char *target, const char *type,
                  int number) {
  if ((fsname && strcmp(fsname, stub_fsname) != 0) || !stub_root[0]) {
    return fail(ENODEV);
  }
  if (pool && !locked_pool_exists(pool)) {
    return fail(ENOENT);
  }
  int first = pool && strcmp(pool, pools[1]) == 0 ? 2 : 0;
  number = pool ? first + 2 : number;
  if (!target) {
    return 1;
  }
  for (int i = first; i < number; i++) {
    struct obd_uuid uuid;
    name_target(&uuid, type, i);
    if (strncmp(uuid.uuid, target, strlen(target)) == 0) {
      return 1;
    }
  }
  return 0;
}
EXPORT int llapi_search_ost(const char *fsname, const char *pool, const char *ost) {
  ENTER(llapi_search_ost);
  return search(fsname, pool, ost, "OST", OSTS);
}
EXPORT int llapi_search_mdt(const char *fsname, const char *pool, const char *mdt) {
  ENTER(llapi_search_mdt);
  return search(fsname, pool, mdt, "MDT", MDTS);
}

// ---- quota

static void count_usage(const char *directory, const struct if_quotactl *asked, uint64_t *bytes,
                        uint64_t *inodes);

static void count_one(const char *path, const struct if_quotactl *asked, uint64_t *bytes,
                      uint64_t *inodes) {
  struct stat st;
  if (sys_stat(AT_FDCWD, path, &st)) {
    return;
  }
  struct inode *inode = locked_learn_path(path);
  uint32_t id = asked->qc_type == 0   ? st.st_uid
                : asked->qc_type == 1 ? st.st_gid
                : inode               ? inode->project
                                      : 0;
  if (id == asked->qc_id) {
    *bytes += (uint64_t)st.st_blocks * 512;
    (*inodes)++;
  }
  if (S_ISDIR(st.st_mode)) {
    count_usage(path, asked, bytes, inodes);
  }
}

static void count_usage(const char *directory, const struct if_quotactl *asked, uint64_t *bytes,
                        uint64_t *inodes) {
  int fd = (int)SYS(openat, AT_FDCWD, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  char entries[8192];
  long n;
  while (fd >= 0 && (n = SYS(getdents64, fd, entries, sizeof entries)) > 0) {
    for (long at = 0; at < n;) {
      uint16_t size;
      memcpy(&size, entries + at + 16, 2);
      const char *name = entries + at + 19;
      char path[PATH_MAX];
      if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
          snprintf(path, sizeof path, "%s/%s", directory, name) < PATH_MAX) {
        count_one(path, asked, bytes, inodes);
      }
      at += size;
    }
  }
  if (fd >= 0) {
    SYS(close, fd);
  }
}

EXPORT int llapi_quotactl(char *mount, struct if_quotactl *asked) {
  ENTER(llapi_quotactl);
  if (!in_mount(mount)) {
    return fail(ENODEV);
  }
  if (asked->qc_type >= 3) {
    return fail(EINVAL);
  }
  switch (asked->qc_cmd) {
    case LUSTRE_Q_GETQUOTA:
      stub_lock();
      uint64_t bytes = 0, inodes = 0;
      count_one(stub_root, asked, &bytes, &inodes);
      stub_unlock();
      memset(&asked->qc_dqblk, 0, sizeof asked->qc_dqblk);
      asked->qc_dqblk.dqb_curspace = bytes;
      asked->qc_dqblk.dqb_curinodes = inodes;
      asked->qc_dqblk.dqb_bhardlimit = asked->qc_id ? 1 << 20 : 0; // in KiB
      asked->qc_dqblk.dqb_ihardlimit = asked->qc_id ? 1000 : 0;
      asked->qc_dqblk.dqb_valid = 0x3f;
      return 0;
    case LUSTRE_Q_GETINFO:
      memset(&asked->qc_dqinfo, 0, sizeof asked->qc_dqinfo);
      asked->qc_dqinfo.dqi_bgrace = asked->qc_dqinfo.dqi_igrace = 604800;
      return 0;
    default:
      return fail(EOPNOTSUPP);
  }
}
