// SPDX-License-Identifier: Apache-2.0
// Volatile files, leases, group locks, layout swaps, mirrors, and hints.
#include "stub.h"
#include <stdio.h>

int create_volatile(const char *directory, int mdt, int flags, mode_t mode) {
  static uint32_t counter;
  if (mdt >= MDTS) {
    return -ENODEV;
  }
  char path[PATH_MAX], index[8] = "";
  if (mdt >= 0) {
    snprintf(index, sizeof index, "%.4X", (unsigned)mdt & 0xffff);
  }
  int length = snprintf(path, sizeof path, "%s/.\x0c\x13\x14\x12:VOLATILE:%s:%.4X", directory,
                        index, __atomic_add_fetch(&counter, 1, __ATOMIC_SEQ_CST) & 0xffff);
  if (length >= (int)sizeof path) {
    return -ENAMETOOLONG;
  }
  flags |= O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  if ((flags & O_ACCMODE) == O_RDONLY) {
    flags |= O_RDWR;
  }
  // A file without a name is none of the directory's, whose times stay: not so on the disk below.
  struct stat before;
  bool known = sys_stat(AT_FDCWD, directory, &before) == 0;
  int fd = stub_openat(AT_FDCWD, path, flags, mode);
  if (fd >= 0) {
    SYS(unlinkat, AT_FDCWD, path, 0); // where the file system does not do it itself
  }
  if (known) {
    struct timespec times[2] = {before.st_atim, before.st_mtim};
    SYS(utimensat, AT_FDCWD, directory, times, 0);
  }
  return fd;
}

EXPORT int llapi_create_volatile_idx(const char *directory, int mdt, int flags) {
  ENTER(llapi_create_volatile_idx);
  int fd = create_volatile(directory, mdt, flags, 0600);
  return fd < 0 ? fail(-fd) : fd;
}

static struct inode *locked_regular(int fd, int *rc) {
  struct stat st;
  struct inode *inode = NULL;
  if (sys_stat(fd, "", &st)) {
    *rc = -EBADF;
  } else {
    inode = locked_of_fd(fd);
    *rc = inode && S_ISREG(inode->mode) ? 0 : -ENOTTY;
  }
  return *rc ? NULL : inode;
}

/** Opens or makes a file with a layout, as llapi_file_open_param does. */
static int open_param(int fd, const struct llapi_stripe_param *param) {
  int rc;
  stub_lock();
  struct inode *inode = locked_regular(fd, &rc);
  if (!rc && inode->lov) {
    rc = -EEXIST;
  }
  if (!rc) {
    uint32_t count = param->lsp_is_specific ? (uint32_t)param->lsp_stripe_count : 0;
    rc = locked_lov_plain(inode, param->lsp_stripe_size, param->lsp_stripe_offset,
                          param->lsp_stripe_count, param->lsp_stripe_pattern, param->lsp_pool,
                          count, (const void *)((const char *)param + sizeof *param));
  }
  stub_unlock();
  return rc;
}

EXPORT int llapi_create_volatile_param(const char *directory, int mdt, int flags, mode_t mode,
                                       const struct llapi_stripe_param *param) {
  ENTER(llapi_create_volatile_param);
  int fd = create_volatile(directory, mdt, flags | (param ? O_LOV_DELAY_CREATE : 0), mode);
  int rc = fd < 0 ? fd : param ? open_param(fd, param) : 0;
  if (rc < 0) {
    stub_close(fd);
    return fail(-rc);
  }
  return fd;
}

EXPORT int llapi_file_open_param(const char *path, int flags, mode_t mode,
                                 const struct llapi_stripe_param *param) {
  ENTER(llapi_file_open_param);
  int fd = stub_openat(AT_FDCWD, path, flags | O_LOV_DELAY_CREATE, mode);
  int rc = fd < 0 ? fd : open_param(fd, param);
  if (rc < 0) {
    stub_close(fd);
    if (fd >= 0 && (flags & O_CREAT) && rc != -EEXIST) {
      unlink(path);
    }
    return fail(-rc);
  }
  return fd;
}

// ---- leases

static int locked_merge(struct inode *inode, int victim_fd) {
  int rc;
  struct inode *victim = locked_regular(victim_fd, &rc);
  if (rc) {
    return rc;
  }
  struct layout *one = inode->lov, *two = victim->lov;
  if (!one || !two) {
    return -EINVAL;
  }
  uint32_t count = one->components + two->components, mirror = 0;
  struct layout *both = calloc(1, sizeof *both + count * sizeof(struct component));
  both->composite = true;
  both->flags = 1;
  both->generation = one->generation + 1;
  both->components = count;
  memcpy(both->component, one->component, one->components * sizeof(struct component));
  memcpy(both->component + one->components, two->component,
         two->components * sizeof(struct component));
  for (uint32_t i = 0, in_mirror = 0; i < count; i++) {
    struct component *component = &both->component[i];
    if (component->start == 0) {
      mirror++;
      in_mirror = 0;
    }
    component->id = mirror << 16 | ++in_mirror;
    component->flags |= component->has_objects ? LCME_FL_INIT : 0;
  }
  locked_lov_replace(inode, both);
  locked_lov_replace(victim, NULL);
  return 0;
}

/** Takes a mirror away; its layout goes to the victim file where one is given. */
static int locked_split(struct inode *inode, uint32_t mirror, int victim_fd) {
  struct layout *layout = inode->lov;
  int rc = layout && layout->composite ? 0 : -EINVAL;
  struct inode *victim = !rc && victim_fd >= 0 ? locked_regular(victim_fd, &rc) : NULL;
  if (rc) {
    return rc;
  }
  uint32_t kept = 0, taken = 0, mirrors = 0;
  struct layout *other =
      calloc(1, sizeof *other + layout->components * sizeof(struct component));
  for (uint32_t i = 0; i < layout->components; i++) {
    struct component component = layout->component[i];
    if (component.id >> 16 == mirror) {
      other->component[taken++] = component;
    } else {
      mirrors += component.start == 0;
      layout->component[kept++] = component;
    }
  }
  bool in_sync = false;
  for (uint32_t i = 0; i < kept; i++) {
    in_sync |= !(layout->component[i].flags & LCME_FL_STALE);
  }
  if (!taken || !in_sync) {
    // What was moved together is put in its order again.
    memcpy(&layout->component[kept], other->component, taken * sizeof(struct component));
    free(other);
    return -EINVAL;
  }
  layout->components = kept;
  layout->generation++;
  layout->flags = mirrors > 1 ? layout->flags : 0;
  other->composite = true;
  other->components = taken;
  if (victim) {
    locked_lov_replace(victim, other);
  } else {
    free(other);
  }
  return 0;
}

static void locked_synced(struct inode *inode, uint32_t count, const uint32_t *ids) {
  struct layout *layout = inode->lov;
  bool stale = false;
  for (uint32_t i = 0; layout && i < layout->components; i++) {
    for (uint32_t k = 0; k < count; k++) {
      if (layout->component[i].id == ids[k]) {
        layout->component[i].flags &= ~LCME_FL_STALE;
      }
    }
    stale |= layout->component[i].flags & LCME_FL_STALE;
  }
  if (layout) {
    layout->generation++;
    layout->flags = stale ? 2 : 1;
  }
}

static int locked_lease_end(struct opened *opened, const struct ll_ioc_lease *data) {
  struct inode *inode = opened->inode;
  bool held = inode->lease == opened && !opened->lease_broken;
  int mode = held ? (int)inode->lease_mode : 0;
  if (!held && data->lil_flags) {
    return -ESTALE;
  }
  int rc = 0;
  if (data->lil_flags & LL_LEASE_LAYOUT_MERGE) {
    rc = data->lil_count == 1 ? locked_merge(inode, (int)data->lil_ids[0]) : -EINVAL;
  } else if (data->lil_flags & LL_LEASE_LAYOUT_SPLIT) {
    rc = data->lil_count == 2
             ? locked_split(inode, data->lil_ids[1], (int)data->lil_ids[0])
             : -EINVAL;
  } else if (data->lil_flags & LL_LEASE_RESYNC_DONE) {
    locked_synced(inode, data->lil_count, (const void *)((const char *)data + sizeof *data));
    locked_simple_record(inode, CL_RESYNC, 0);
  }
  if (data->lil_flags) {
    locked_simple_record(inode, CL_LAYOUT, 0);
  }
  if (inode->lease == opened) {
    inode->lease = NULL;
  }
  return rc ? rc : mode;
}

int stub_lease_set(int fd, const struct ll_ioc_lease *data) {
  int rc;
  stub_lock();
  struct inode *inode = locked_regular(fd, &rc);
  struct opened *opened = locked_opened(fd);
  if (!rc && (!opened || opened->kind != OPEN_INODE)) {
    rc = -EBADF;
  }
  if (!rc) {
    switch (data->lil_mode) {
      case LL_LEASE_RDLCK:
      case LL_LEASE_WRLCK:
        if (inode->lease || (data->lil_mode == LL_LEASE_WRLCK
                                 ? inode->opens > 1
                                 : inode->writers > ((opened->flags & O_ACCMODE) != O_RDONLY))) {
          rc = -EBUSY;
        } else {
          bool stale = false;
          for (uint32_t i = 0; inode->lov && i < inode->lov->components; i++) {
            stale |= inode->lov->component[i].flags & LCME_FL_STALE;
          }
          if ((data->lil_flags & LL_LEASE_RESYNC) && !stale) {
            rc = -EALREADY;
            break;
          }
          inode->lease = opened;
          inode->lease_mode = data->lil_mode;
          opened->lease_broken = false;
        }
        break;
      case LL_LEASE_UNLCK:
        rc = locked_lease_end(opened, data);
        break;
      default:
        rc = -EINVAL;
    }
  }
  stub_unlock();
  return rc;
}

int stub_lease_check(int fd) {
  int rc;
  stub_lock();
  struct inode *inode = locked_regular(fd, &rc);
  struct opened *opened = locked_opened(fd);
  if (!rc && opened && inode->lease == opened && !opened->lease_broken) {
    rc = (int)inode->lease_mode;
  }
  stub_unlock();
  return rc;
}

static int lease(int fd, const struct ll_ioc_lease *data) {
  int rc = stub_lease_set(fd, data);
  return rc < 0 ? fail(-rc) : rc;
}

EXPORT int llapi_lease_set(int fd, const struct ll_ioc_lease *data) {
  ENTER(llapi_lease_set);
  return lease(fd, data);
}
EXPORT int llapi_lease_acquire(int fd, int mode) {
  ENTER(llapi_lease_acquire);
  if (mode != LL_LEASE_RDLCK && mode != LL_LEASE_WRLCK) {
    return fail(EINVAL);
  }
  struct ll_ioc_lease data = {.lil_mode = (uint32_t)mode};
  return lease(fd, &data);
}
EXPORT int llapi_lease_release(int fd) {
  ENTER(llapi_lease_release);
  struct ll_ioc_lease data = {.lil_mode = LL_LEASE_UNLCK};
  return lease(fd, &data);
}
EXPORT int llapi_lease_release_intent(int fd, struct ll_ioc_lease *data) {
  ENTER(llapi_lease_release_intent);
  return data->lil_mode == LL_LEASE_UNLCK ? lease(fd, data) : fail(EINVAL);
}
EXPORT int llapi_lease_check(int fd) {
  ENTER(llapi_lease_check);
  int rc = stub_lease_check(fd);
  return rc < 0 ? fail(-rc) : rc;
}

// ---- group locks

int stub_group(int fd, uint64_t gid, bool take) {
  int rc;
  stub_lock();
  locked_regular(fd, &rc);
  struct opened *opened = locked_opened(fd);
  if (!rc && (!gid || !opened)) {
    rc = -EINVAL;
  } else if (!rc && take && opened->group) {
    rc = -EINVAL; // one descriptor holds one
  } else if (!rc && !take && opened->group != gid) {
    rc = -EINVAL;
  } else if (!rc) {
    opened->group = take ? gid : 0;
  }
  stub_unlock();
  return rc;
}

#define GROUP(name, type, take)            \
  EXPORT int name(int fd, type gid) {      \
    ENTER(name);                           \
    int rc = stub_group(fd, (uint64_t)gid, take); \
    return rc ? fail(-rc) : 0;             \
  }
GROUP(llapi_group_lock, int, true)
GROUP(llapi_group_unlock, int, false)
GROUP(llapi_group_lock64, uint64_t, true)
GROUP(llapi_group_unlock64, uint64_t, false)

// ---- swapping

/** Exchanges the data of two backing files through a third. */
static int exchange_data(int one, int two) {
  struct stat first, second;
  sys_stat(one, "", &first);
  sys_stat(two, "", &second);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", one);
  int from = (int)SYS(openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  snprintf(path, sizeof path, "/proc/self/fd/%d", two);
  int to = (int)SYS(openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  int third = (int)SYS(openat, AT_FDCWD, "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  int rc = from < 0 ? from : to < 0 ? to : third < 0 ? third : 0;
  rc = rc ? rc : copy_content(from, third, first.st_size);
  rc = rc ? rc : copy_content(to, from, second.st_size);
  rc = rc ? rc : copy_content(third, to, first.st_size);
  struct timespec times[2] = {first.st_atim, first.st_mtim};
  rc = rc ? rc : (int)SYS(utimensat, from, NULL, times, 0);
  times[0] = second.st_atim;
  times[1] = second.st_mtim;
  rc = rc ? rc : (int)SYS(utimensat, to, NULL, times, 0);
  SYS(close, from);
  SYS(close, to);
  SYS(close, third);
  return rc;
}

static bool is_clean(const struct inode *inode) {
  return (inode->hsm & HS_ARCHIVED) && !(inode->hsm & HS_DIRTY);
}

/** What becomes of an archived file: taken for a migration where both versions are known. */
static void locked_swapped(struct inode *inode, bool clean, bool both) {
  if (clean && both) {
    inode->archive_version = inode->version;
  } else if (clean) {
    inode->hsm |= HS_DIRTY;
    locked_hsm_record(inode, HE_STATE, 0, true);
  }
}

static int locked_swap(int fd1, int fd2, uint64_t dv1, uint64_t dv2, uint64_t flags) {
  int rc;
  struct inode *one = locked_regular(fd1, &rc);
  struct inode *two = rc ? NULL : locked_regular(fd2, &rc);
  if (rc) {
    return rc;
  }
  if (one == two) {
    return -EINVAL;
  }
  if ((one->hsm | two->hsm) & HS_RELEASED) {
    return -EOPNOTSUPP;
  }
  struct opened *opened = locked_opened(fd1);
  if ((flags & SWAP_LAYOUTS_CLOSE) && (!opened || one->lease != opened || opened->lease_broken)) {
    return -ESTALE;
  }
  if (flags & SWAP_LAYOUTS_CLOSE) { // the client takes both versions itself, under the lease
    dv1 = one->version;
    dv2 = two->version;
  }
  bool both = (flags & (SWAP_LAYOUTS_WITH_DV12 | SWAP_LAYOUTS_CLOSE)) || (dv1 && dv2);
  bool check1 = flags & (SWAP_LAYOUTS_CHECK_DV1 | SWAP_LAYOUTS_WITH_DV12);
  bool check2 = flags & (SWAP_LAYOUTS_CHECK_DV2 | SWAP_LAYOUTS_WITH_DV12);
  if ((check1 && dv1 != one->version) || (check2 && dv2 != two->version)) {
    return -EAGAIN;
  }
  bool clean1 = is_clean(one), clean2 = is_clean(two);
  if (both && ((clean1 && one->archive_version != dv1) ||
               (clean2 && two->archive_version != dv2))) {
    return -EPERM;
  }
  rc = exchange_data(fd1, fd2);
  if (rc) {
    return rc;
  }
  struct layout *layout = one->lov;
  one->lov = two->lov;
  two->lov = layout;
  uint64_t version = one->version;
  one->version = two->version;
  two->version = version;
  locked_swapped(one, clean1, both);
  locked_swapped(two, clean2, both);
  if (flags & SWAP_LAYOUTS_CLOSE) {
    one->lease = NULL;
  }
  locked_simple_record(one, CL_LAYOUT, 0);
  locked_simple_record(two, CL_LAYOUT, 0);
  return 0;
}

int stub_swap(int fd1, int fd2, uint64_t dv1, uint64_t dv2, uint64_t flags) {
  stub_lock();
  int rc = locked_swap(fd1, fd2, dv1, dv2, flags);
  stub_unlock();
  return rc;
}

EXPORT int llapi_fswap_layouts(int fd1, int fd2, uint64_t dv1, uint64_t dv2, uint64_t flags) {
  ENTER(llapi_fswap_layouts);
  int rc = stub_swap(fd1, fd2, dv1, dv2, flags);
  return rc ? fail(-rc) : 0;
}

EXPORT int llapi_fswap_layouts_grouplock(int fd1, int fd2, uint64_t dv1, uint64_t dv2, int gid,
                                         uint64_t flags) {
  ENTER(llapi_fswap_layouts_grouplock);
  int rc = gid ? stub_group(fd1, (uint64_t)gid, true) : 0;
  if (!rc) {
    rc = stub_swap(fd1, fd2, dv1, dv2, flags);
    if (gid) {
      stub_group(fd1, (uint64_t)gid, false);
    }
  }
  return rc ? fail(-rc) : 0;
}

EXPORT int llapi_swap_layouts(const char *path1, const char *path2, uint64_t dv1, uint64_t dv2,
                              uint64_t flags) {
  ENTER(llapi_swap_layouts);
  int one = stub_openat(AT_FDCWD, path1, O_RDWR | O_CLOEXEC, 0);
  int two = one < 0 ? one : stub_openat(AT_FDCWD, path2, O_RDWR | O_CLOEXEC, 0);
  int rc = two < 0 ? two : stub_swap(one, two, dv1, dv2, flags);
  if (one >= 0) {
    stub_close(one);
  }
  if (two >= 0) {
    stub_close(two);
  }
  return rc ? fail(-rc) : 0;
}

// ---- mirrors: the data of all of them is the same here, only flags differ

int stub_mirror_set(int fd, uint32_t id) {
  int rc;
  stub_lock();
  struct inode *inode = locked_regular(fd, &rc);
  bool found = id == 0;
  for (uint32_t i = 0; !rc && inode->lov && i < inode->lov->components; i++) {
    found |= inode->lov->component[i].id >> 16 == id;
  }
  stub_unlock();
  return rc ? rc : found ? 0 : -EINVAL;
}

EXPORT int llapi_mirror_set(int fd, unsigned id) {
  ENTER(llapi_mirror_set);
  int rc = stub_mirror_set(fd, id);
  return rc ? fail(-rc) : 0;
}
EXPORT int llapi_mirror_clear(int fd) {
  ENTER(llapi_mirror_clear);
  int rc = stub_mirror_set(fd, 0);
  return rc ? fail(-rc) : 0;
}
EXPORT int llapi_mirror_copy(int fd, unsigned from, unsigned to, off_t at, size_t count) {
  ENTER(llapi_mirror_copy);
  (void)at;
  (void)count;
  int rc = stub_mirror_set(fd, from);
  rc = rc ? rc : stub_mirror_set(fd, to);
  return rc ? fail(-rc) : 0;
}
EXPORT ssize_t llapi_mirror_copy_many(int fd, uint16_t from, uint16_t *to, size_t count) {
  ENTER(llapi_mirror_copy_many);
  int rc = stub_mirror_set(fd, from);
  for (size_t i = 0; !rc && i < count; i++) {
    rc = stub_mirror_set(fd, to[i]);
  }
  return rc ? fail(-rc) : (ssize_t)count;
}
EXPORT ssize_t llapi_mirror_read(int fd, unsigned id, void *buffer, size_t count, off_t at) {
  ENTER(llapi_mirror_read);
  int rc = stub_mirror_set(fd, id);
  long r = rc ? rc : SYS(pread64, fd, buffer, count, at);
  return r < 0 ? fail((int)-r) : r;
}
/** A layout as the library holds it: opaque to its callers. */
struct held_layout {
  uint32_t magic;
  struct layout *layout;
};
#define HELD_MAGIC 0x11AD1107u

EXPORT struct held_layout *llapi_layout_get_by_fd(int fd, uint32_t flags) {
  (void)flags;
  int scripted = stub_enter("llapi_layout_get_by_fd"), rc;
  if (scripted) {
    errno = scripted;
    return NULL;
  }
  struct held_layout *held = NULL;
  stub_lock();
  struct inode *inode = locked_regular(fd, &rc);
  if (!rc && !inode->lov) {
    rc = -ENODATA;
  } else if (!rc) {
    held = calloc(1, sizeof *held);
    held->magic = HELD_MAGIC;
    held->layout = copy_layout(inode->lov);
  }
  stub_unlock();
  errno = -rc;
  return held;
}

EXPORT void llapi_layout_free(struct held_layout *held) {
  stub_enter("llapi_layout_free");
  if (held && held->magic == HELD_MAGIC) {
    held->magic = 0;
    free(held->layout);
    free(held);
  }
}

EXPORT int llapi_mirror_find_stale(struct held_layout *held, struct llapi_resync_comp *out,
                                   size_t size, uint16_t *ids, int count) {
  ENTER(llapi_mirror_find_stale);
  if (!held || held->magic != HELD_MAGIC) {
    return fail(EINVAL);
  }
  size_t found = 0;
  for (uint32_t i = 0; i < held->layout->components; i++) {
    const struct component *component = &held->layout->component[i];
    bool wanted = count == 0;
    for (int k = 0; k < count; k++) {
      wanted |= ids[k] == component->id >> 16;
    }
    if (!wanted || !(component->flags & LCME_FL_STALE)) {
      continue;
    }
    if (found >= size) {
      return fail(EINVAL);
    }
    out[found++] = (struct llapi_resync_comp){.lrc_start = component->start,
                                              .lrc_end = component->end,
                                              .lrc_mirror_id = component->id >> 16,
                                              .lrc_id = component->id};
  }
  return (int)found;
}

EXPORT int llapi_mirror_resync_many(int fd, void *layout, struct llapi_resync_comp *components,
                                    int count, uint64_t start, uint64_t end) {
  ENTER(llapi_mirror_resync_many);
  (void)layout;
  (void)start;
  (void)end;
  int rc;
  stub_lock();
  locked_regular(fd, &rc);
  stub_unlock();
  for (int i = 0; !rc && i < count; i++) {
    components[i].lrc_synced = true;
  }
  return rc ? fail(-rc) : 0;
}

// ---- layouts as they are read

EXPORT int llapi_file_get_stripe(const char *path, void *out) {
  ENTER(llapi_file_get_stripe);
  stub_lock();
  struct place place;
  locked_resolve(AT_FDCWD, path, &place);
  int rc;
  struct stat st;
  if (place.ours && place.inode) {
    rc = locked_lov_ioctl(place.inode, out, XATTR_SIZE_MAX);
  } else {
    rc = sys_stat(AT_FDCWD, path, &st);
    rc = rc ? rc : -ENOTTY;
  }
  stub_unlock();
  release_place(&place);
  return rc ? fail(-rc) : 0;
}

static int lum_file(int dirfd, const char *path, uint64_t *valid, struct statx *stx, void *out,
                    size_t size) {
  stub_lock();
  struct place place;
  locked_resolve(dirfd, path, &place);
  int rc = place.ours && place.inode ? 0 : place.ours ? -ENOENT : -ENOTTY;
  if (!rc && stx) {
    rc = (int)SYS(statx, place.dirfd, place.path, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH,
                  STATX_BASIC_STATS, stx);
  }
  if (!rc && valid) {
    *valid = STATX_BASIC_STATS;
  }
  if (!rc) {
    rc = locked_lov_ioctl(place.inode, out, size);
  }
  stub_unlock();
  release_place(&place);
  return rc ? fail(-rc) : 0;
}
EXPORT int llapi_get_lum_file(const char *path, uint64_t *valid, struct statx *stx, void *out,
                              size_t size) {
  ENTER(llapi_get_lum_file);
  return lum_file(AT_FDCWD, path, valid, stx, out, size);
}
EXPORT int llapi_get_lum_file_fd(int fd, const char *name, uint64_t *valid, struct statx *stx,
                                 void *out, size_t size) {
  ENTER(llapi_get_lum_file_fd);
  return lum_file(fd, name, valid, stx, out, size);
}

// ---- hints

EXPORT int llapi_ladvise(int fd, unsigned long long flags, int count,
                         struct lu_ladvise *advices) {
  ENTER_ERRNO(llapi_ladvise);
  (void)flags;
  int rc;
  stub_lock();
  locked_regular(fd, &rc);
  stub_unlock();
  if (!rc && (count < 1 || !advices)) {
    rc = -EINVAL;
  }
  for (int i = 0; !rc && i < count; i++) {
    bool known = advices[i].lla_advice >= 1 && advices[i].lla_advice <= 5;
    rc = known && advices[i].lla_start < advices[i].lla_end ? 0 : -EINVAL;
  }
  if (rc) {
    errno = -rc;
    return -1;
  }
  return 0;
}

EXPORT int llapi_heat_get(int fd, struct lu_heat *heat) {
  ENTER(llapi_heat_get);
  int rc;
  stub_lock();
  struct inode *inode = locked_regular(fd, &rc);
  if (!rc) {
    uint64_t values[4] = {1, inode->version & 0xff, 4096, 8192};
    uint32_t count = heat->lh_count < 4 ? heat->lh_count : 4;
    memcpy(heat->lh_heat, values, count * sizeof values[0]);
    heat->lh_count = count;
    heat->lh_flags = 0;
  }
  stub_unlock();
  return rc ? fail(-rc) : 0;
}
EXPORT int llapi_heat_set(int fd, uint64_t flags) {
  ENTER(llapi_heat_set);
  int rc;
  stub_lock();
  locked_regular(fd, &rc);
  stub_unlock();
  return rc ? fail(-rc) : flags & ~3ull ? fail(EINVAL) : 0;
}

EXPORT int llapi_pcc_state_get_fd(int fd, struct lu_pcc_state *state) {
  ENTER(llapi_pcc_state_get_fd);
  (void)state;
  int rc;
  stub_lock();
  locked_regular(fd, &rc);
  stub_unlock();
  return fail(rc ? -rc : EOPNOTSUPP);
}

EXPORT int llapi_file_flush(int fd) {
  ENTER(llapi_file_flush);
  int rc;
  stub_lock();
  locked_regular(fd, &rc);
  stub_unlock();
  return rc ? fail(-rc) : 0;
}
