// SPDX-License-Identifier: Apache-2.0
// The ioctls of the client that are called by number.
#include "stub.h"
#include <stdarg.h>

int stub_lease_set(int fd, const struct ll_ioc_lease *data);
int stub_lease_check(int fd);
int stub_group(int fd, uint64_t gid, bool take);
int stub_swap(int fd1, int fd2, uint64_t dv1, uint64_t dv2, uint64_t flags);
int stub_mirror_set(int fd, uint32_t id);

/** What progress needs is in the action; the descriptor only names the mount. */
static int locked_keep_alive(const struct hsm_progress *progress) {
  if (SYS(geteuid, 0) != 0) {
    return -EPERM;
  }
  return locked_progress(&progress->hp_fid, progress->hp_cookie, &progress->hp_extent,
                         progress->hp_flags, progress->hp_errval, 0, NULL);
}

static long locked_of_inode(int fd, struct inode *inode, unsigned long request, void *data) {
  switch (request) {
    case LL_IOC_HSM_PROGRESS:
      return locked_keep_alive(data);
    case LL_IOC_HSM_IMPORT:
      return locked_import(inode, fd, data);
    case LL_IOC_HSM_STATE_GET: {
      if (!S_ISREG(inode->mode)) {
        return -ENOTTY;
      }
      struct hsm_user_state *state = data;
      *state = (struct hsm_user_state){.hus_states = inode->hsm, .hus_archive_id = inode->archive};
      return 0;
    }
    case LL_IOC_DATA_VERSION: {
      if (!S_ISREG(inode->mode)) {
        return -ENOTTY;
      }
      struct ioc_data_version *version = data;
      version->idv_version = inode->hsm & HS_RELEASED ? 0 : inode->version;
      version->idv_layout_version = inode->lov ? inode->lov->generation : 0;
      return 0;
    }
    case LL_IOC_LOV_GETSTRIPE:
    case LL_IOC_LOV_GETSTRIPE_NEW:
      return locked_lov_ioctl(inode, data, XATTR_SIZE_MAX);
    case LL_IOC_LOV_SETSTRIPE:
    case LL_IOC_LOV_SETSTRIPE_NEW: {
      if (S_ISREG(inode->mode) && inode->lov) {
        return -EEXIST;
      }
      uint32_t magic, size;
      memcpy(&magic, data, 4);
      memcpy(&size, (char *)data + 4, 4);
      const struct lov_user_md_v3 *lum = data;
      if (magic == LOV_USER_MAGIC_SPECIFIC) {
        size = (uint32_t)(sizeof *lum +
                          lum->lmm_stripe_count * sizeof(struct lov_user_ost_data_v1));
      } else if (magic != LOV_USER_MAGIC_COMP_V1) {
        size = magic == LOV_USER_MAGIC_V3 ? sizeof *lum : sizeof(struct lov_user_md_v1);
      }
      return locked_lov_set(inode, data, size);
    }
    case LL_IOC_PATH2FID:
      *(struct lu_fid *)data = inode->fid;
      return 0;
    case LL_IOC_GET_MDTIDX:
      *(int *)data = inode->mdt;
      return 0;
    case LL_IOC_FID2MDTIDX:
      return mdt_of(data) < 0 ? -ENOENT : mdt_of(data);
    case FS_IOC_FSGETXATTR: {
      struct fsxattr *attributes = data;
      memset(attributes, 0, sizeof *attributes);
      attributes->fsx_xflags = inode->xflags;
      attributes->fsx_projid = inode->project;
      return 0;
    }
    case FS_IOC_FSSETXATTR: {
      const struct fsxattr *attributes = data;
      if (SYS(geteuid, 0) != 0) {
        return -EPERM;
      }
      inode->xflags = attributes->fsx_xflags;
      inode->project = attributes->fsx_projid;
      if (!inode->is_volatile) {
        locked_simple_record(inode, CL_SETATTR, 0x14);
      }
      return 0;
    }
    case LL_IOC_LOV_SWAP_LAYOUTS: {
      const struct lustre_swap_layouts *swap = data;
      return stub_swap(fd, (int)swap->sl_fd, swap->sl_dv1, swap->sl_dv2, swap->sl_flags);
    }
    case LL_IOC_SET_LEASE:
      return stub_lease_set(fd, data);
    case LL_IOC_GET_LEASE:
      return stub_lease_check(fd);
    case LL_IOC_GROUP_LOCK:
      return stub_group(fd, (uintptr_t)data, true);
    case LL_IOC_GROUP_UNLOCK:
      return stub_group(fd, (uintptr_t)data, false);
    case LL_IOC_FLR_SET_MIRROR:
      return stub_mirror_set(fd, (uint32_t)(uintptr_t)data);
    default:
      return -ENOTTY;
  }
}

/** IOC_MDC_GETFILESTRIPE: the layout of an entry of an open directory, without opening it. */
static long locked_get_file_stripe(int fd, void *data) {
  struct place place;
  char name[NAME_MAX + 1];
  strncpy(name, data, NAME_MAX);
  name[NAME_MAX] = 0;
  locked_resolve(fd, name, &place);
  long r = !place.ours ? -ENOTTY
           : place.inode ? locked_lov_ioctl(place.inode, data, XATTR_SIZE_MAX)
                         : -ENOENT;
  release_place(&place);
  return r;
}

static bool is_lustres(unsigned long request) {
  unsigned type = request >> 8 & 0xff;
  return type == 'f' || type == 'i' || request == FS_IOC_FSGETXATTR ||
         request == FS_IOC_FSSETXATTR;
}

EXPORT int ioctl(int fd, unsigned long request, ...) {
  va_list list;
  va_start(list, request);
  void *data = va_arg(list, void *);
  va_end(list);
  request &= 0xfffffffful; // the kernel's width
  if (!stub_root[0] || !is_lustres(request)) {
    return (int)settle(SYS(ioctl, fd, request, data));
  }
  ENTER_ERRNO(ioctl);
  if (request == OBD_IOC_CHLG_SET_FLAGS) {
    uint64_t flags = (uintptr_t)data; // by value
    int rc = stub_changelog_flags(fd, flags);
    return (int)settle(rc == -ENOTTY ? SYS(ioctl, fd, request, data) : rc);
  }
  stub_lock();
  struct inode *inode = locked_of_fd(fd);
  long r;
  struct opened *opened = locked_opened(fd);
  if (!inode) {
    r = 1;
  } else if (opened && (opened->flags & O_PATH)) {
    r = -EBADF;
  } else if (request == IOC_MDC_GETFILESTRIPE) {
    r = locked_get_file_stripe(fd, data);
  } else {
    r = locked_of_inode(fd, inode, request, data);
  }
  stub_unlock();
  return (int)settle(!inode ? SYS(ioctl, fd, request, data) : r);
}
