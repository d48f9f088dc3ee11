// SPDX-License-Identifier: Apache-2.0
// The copytool's side: registration, the pipe, and the life of an action.
#include "stub.h"
#include <stdio.h>
#include <sys/ioctl.h>

#define COPYTOOL_MAGIC 0xC0BE2001u
#define ACTION_MAGIC 0x19880429u
#define PIPE_ROOM 65536     // what the pipe of a real mount holds
#define PIPE_SIZE (1 << 20) // so that a message is never torn here

struct copytool {
  uint32_t magic;
  struct copytool *next;
  int read_fd, write_fd, mount_fd, fids_fd;
  int count;
  bool all, dead, is_agent;
  uint32_t *archives;
  uint8_t *buffer;
};

/** As the library's own struct hsm_copyaction_private begins: some callers take it apart. */
struct running {
  uint32_t magic;
  int32_t source_fd, data_fd;
  const struct copytool *copytool;
  uint64_t version;
  uint16_t flags, error;
  uint32_t padding;
  struct hsm_action_item item;
  struct statx attributes;
  // from here on the stub's own
  struct inode *inode, *restored;
  struct stat st;
};
_Static_assert(offsetof(struct running, source_fd) == 4, "source_fd");
_Static_assert(offsetof(struct running, data_fd) == 8, "data_fd");
_Static_assert(offsetof(struct running, copytool) == 16, "ct_priv");
_Static_assert(offsetof(struct running, version) == 24, "copy.hc_data_version");
_Static_assert(offsetof(struct running, item) == 40, "copy.hc_hai");
_Static_assert(offsetof(struct running, attributes) == 112, "statx");
_Static_assert(offsetof(struct running, inode) == 368, "hsm_copyaction_private");

static struct copytool *copytools;

void locked_copytools_reset(void) {
  for (struct copytool *ct = copytools; ct; ct = ct->next) {
    if (ct->write_fd >= 0) {
      SYS(close, ct->write_fd);
      ct->write_fd = -1;
    }
    ct->is_agent = false;
    ct->dead = true;
  }
  copytools = NULL;
}

int locked_copytool_handles(void) {
  int count = 0;
  for (struct copytool *ct = copytools; ct; ct = ct->next) {
    count++;
  }
  return count;
}

bool locked_any_agent(void) {
  for (struct copytool *ct = copytools; ct; ct = ct->next) {
    if (ct->is_agent) {
      return true;
    }
  }
  return false;
}

static bool wants(const struct copytool *ct, uint32_t archive) {
  for (int i = 0; i < ct->count; i++) {
    if (ct->archives[i] == archive) {
      return true;
    }
  }
  return ct->all;
}

bool locked_serves(uint32_t archive) {
  for (struct copytool *ct = copytools; ct; ct = ct->next) {
    if (ct->is_agent && wants(ct, archive)) {
      return true;
    }
  }
  return false;
}

bool locked_deliver(const uint8_t *message, size_t size) {
  for (struct copytool *ct = copytools; ct; ct = ct->next) {
    int waiting = 0;
    if (ct->write_fd >= 0 && SYS(ioctl, ct->read_fd, FIONREAD, &waiting) == 0 &&
        (size_t)waiting + size > PIPE_ROOM) {
      return false;
    }
  }
  for (struct copytool *ct = copytools; ct; ct = ct->next) {
    if (ct->write_fd >= 0) {
      SYS(write, ct->write_fd, message, size);
    }
  }
  return true;
}

EXPORT int llapi_hsm_copytool_register(struct copytool **out, const char *mount, int count,
                                       int *archives, int read_flags) {
  ENTER(llapi_hsm_copytool_register);
  if (!out || !mount || (count > 0 && !archives) || count < 0) {
    return -EINVAL;
  }
  for (int i = 0; i < count; i++) {
    if (archives[i] < 0) {
      return -EINVAL;
    }
  }
  char real[PATH_MAX];
  if (!realpath(mount, real) || strcmp(real, stub_root) != 0) {
    return fail(ENOENT); // there is no .lustre/fid below it
  }
  if (SYS(geteuid, 0) != 0) {
    return fail(EPERM);
  }
  int ends[2];
  int rc = (int)SYS(pipe2, ends, O_CLOEXEC);
  if (rc) {
    return fail(-rc);
  }
  SYS(fcntl, ends[0], F_SETPIPE_SZ, PIPE_SIZE);
  SYS(fcntl, ends[0], F_SETFL, read_flags);
  SYS(fcntl, ends[1], F_SETFL, O_NONBLOCK);
  char fids[PATH_MAX + 16];
  snprintf(fids, sizeof fids, "%s/.lustre/fid", stub_root);
  struct copytool *ct = calloc(1, sizeof *ct);
  ct->magic = COPYTOOL_MAGIC;
  ct->read_fd = ends[0];
  ct->write_fd = ends[1];
  ct->mount_fd = stub_openat(AT_FDCWD, stub_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  ct->fids_fd = stub_openat(AT_FDCWD, fids, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  ct->all = count == 0;
  ct->is_agent = true;
  ct->count = count;
  ct->archives = calloc((size_t)count + 1, sizeof(uint32_t));
  for (int i = 0; i < count; i++) {
    ct->archives[i] = (uint32_t)archives[i];
    ct->all |= archives[i] == 0;
  }
  ct->buffer = malloc(HAL_MAXSIZE + sizeof(struct kuc_hdr));
  stub_lock();
  ct->next = copytools;
  copytools = ct;
  *out = ct;
  locked_cdt_wake();
  stub_unlock();
  return 0;
}

EXPORT int llapi_hsm_copytool_unregister(struct copytool **handle) {
  ENTER(llapi_hsm_copytool_unregister);
  if (!handle || !*handle || (*handle)->magic != COPYTOOL_MAGIC) {
    return -EINVAL;
  }
  struct copytool *ct = *handle;
  stub_lock();
  for (struct copytool **at = &copytools; *at; at = &(*at)->next) {
    if (*at == ct) {
      *at = ct->next;
      break;
    }
  }
  // Seen: the agent goes with whichever leaves first, and the other's pipe with it.
  for (struct copytool *other = copytools; other; other = other->next) {
    other->is_agent = false;
    other->dead = true;
    SYS(close, other->write_fd);
    other->write_fd = -1;
  }
  stub_unlock();
  if (ct->write_fd >= 0) {
    SYS(close, ct->write_fd);
  }
  SYS(close, ct->read_fd);
  stub_close(ct->mount_fd);
  stub_close(ct->fids_fd);
  free(ct->archives);
  free(ct->buffer);
  ct->magic = 0;
  free(ct);
  *handle = NULL;
  return 0;
}

EXPORT int llapi_hsm_copytool_get_fd(struct copytool *ct) {
  ENTER(llapi_hsm_copytool_get_fd);
  return ct && ct->magic == COPYTOOL_MAGIC ? ct->read_fd : -EINVAL;
}

static int read_all(int fd, uint8_t *to, size_t size, bool started) {
  size_t at = 0;
  while (at < size) {
    long n = SYS(read, fd, to + at, size - at);
    if (n == 0) {
      return -EPIPE;
    }
    if (n == -EAGAIN && (at || started)) {
      continue; // the rest of a message is on its way
    }
    if (n < 0) {
      return (int)n;
    }
    at += (size_t)n;
  }
  return 0;
}

EXPORT int llapi_hsm_copytool_recv(struct copytool *ct, struct hsm_action_list **list,
                                   int *size) {
  ENTER(llapi_hsm_copytool_recv);
  if (!ct || ct->magic != COPYTOOL_MAGIC || !list || !size) {
    return -EINVAL;
  }
  memset(ct->buffer, 0, HAL_MAXSIZE + sizeof(struct kuc_hdr));
  for (;;) {
    struct kuc_hdr *header = (void *)ct->buffer;
    int rc = read_all(ct->read_fd, ct->buffer, sizeof *header, false);
    if (rc) {
      return rc == -EPIPE ? rc : fail(-rc);
    }
    if (header->kuc_magic != KUC_MAGIC || header->kuc_msglen < sizeof *header) {
      return -EPROTO;
    }
    size_t payload = header->kuc_msglen - sizeof *header;
    rc = read_all(ct->read_fd, ct->buffer + sizeof *header, payload, true);
    if (rc) {
      return rc;
    }
    if (header->kuc_transport == KUC_TRANSPORT_GENERIC &&
        header->kuc_msgtype == KUC_MSG_SHUTDOWN) {
      return -ESHUTDOWN;
    }
    if (header->kuc_transport != KUC_TRANSPORT_HSM || header->kuc_msgtype != HMT_ACTION_LIST ||
        payload < sizeof(struct hsm_action_list)) {
      return -EPROTO;
    }
    struct hsm_action_list *hal = (void *)(ct->buffer + sizeof *header);
    if (wants(ct, hal->hal_archive_id)) {
      *list = hal;
      *size = (int)payload;
      return 0;
    }
    int flags = (int)SYS(fcntl, ct->read_fd, F_GETFL, 0);
    if (flags & O_NONBLOCK) {
      return fail(EAGAIN);
    }
  }
}

/** Puts bytes into the pipes as they are: a message with its header. */
EXPORT int stub_script_message(const uint8_t *bytes, size_t size) {
  stub_lock();
  bool sent = locked_deliver(bytes, size);
  stub_unlock();
  return sent ? 0 : -EAGAIN;
}

/** Puts the bytes of an action list into the pipes, whatever they are. */
EXPORT int stub_script_action_list(const uint8_t *bytes, size_t size) {
  if (size > UINT16_MAX - sizeof(struct kuc_hdr)) {
    return -EINVAL;
  }
  uint8_t *message = malloc(size + sizeof(struct kuc_hdr));
  *(struct kuc_hdr *)message =
      (struct kuc_hdr){.kuc_magic = KUC_MAGIC,
                       .kuc_transport = KUC_TRANSPORT_HSM,
                       .kuc_msgtype = HMT_ACTION_LIST,
                       .kuc_msglen = (uint16_t)(size + sizeof(struct kuc_hdr))};
  memcpy(message + sizeof(struct kuc_hdr), bytes, size);
  int rc = stub_script_message(message, size + sizeof(struct kuc_hdr));
  free(message);
  return rc;
}

/** Ends all pipes: by the kernel's message when asked so, else by their end; the agents are gone. */
EXPORT int stub_end_pipes(int by_message) {
  struct kuc_hdr message = {.kuc_magic = KUC_MAGIC,
                            .kuc_transport = KUC_TRANSPORT_GENERIC,
                            .kuc_msgtype = KUC_MSG_SHUTDOWN,
                            .kuc_msglen = sizeof message};
  stub_lock();
  for (struct copytool *ct = copytools; ct; ct = ct->next) {
    if (by_message && ct->write_fd >= 0) {
      SYS(write, ct->write_fd, &message, sizeof message);
    }
    ct->is_agent = false;
    ct->dead = true;
    if (!by_message && ct->write_fd >= 0) {
      SYS(close, ct->write_fd);
      ct->write_fd = -1;
    }
  }
  stub_unlock();
  return 0;
}

// ---- an action

static void by_fid_path(char path[PATH_MAX], const struct lu_fid *fid) {
  snprintf(path, PATH_MAX, "%.*s/.lustre/fid/[0x%llx:0x%x:0x%x]", PATH_MAX - 80, stub_root,
           (unsigned long long)fid->f_seq, fid->f_oid, fid->f_ver);
}

int create_volatile(const char *directory, int mdt, int flags, mode_t mode);

static int begin_restore(struct running *running, int mdt, int open_flags) {
  stub_lock();
  struct inode *inode = locked_by_fid(&running->item.hai_fid);
  char directory[PATH_MAX];
  int rc = inode && !inode->gone && inode->links ? 0 : -ENOENT;
  if (!rc && !locked_path_of(inode->links->parent, directory)) {
    rc = -ENOENT;
  }
  char path[PATH_MAX];
  if (!rc && (!locked_path_of(inode, path) || sys_stat(AT_FDCWD, path, &running->st))) {
    rc = -ENOENT;
  }
  running->inode = inode;
  stub_unlock();
  if (rc) {
    return rc;
  }
  running->data_fd = create_volatile(directory, mdt, open_flags | O_RDWR, 0600);
  if (running->data_fd < 0) {
    return running->data_fd;
  }
  SYS(fchown, running->data_fd, running->st.st_uid, running->st.st_gid);
  stub_lock();
  running->restored = locked_of_fd(running->data_fd);
  running->item.hai_dfid = running->restored->fid;
  stub_unlock();
  return 0;
}

static void free_running(struct running *running) {
  if (running->source_fd >= 0) {
    stub_close(running->source_fd);
  }
  if (running->data_fd >= 0) {
    stub_close(running->data_fd);
  }
  running->magic = 0;
  free(running);
}

EXPORT int llapi_hsm_action_begin(struct running **out, const struct copytool *ct,
                                  const struct hsm_action_item *item, int mdt, int open_flags,
                                  bool is_error) {
  ENTER(llapi_hsm_action_begin);
  if (!out || !ct || ct->magic != COPYTOOL_MAGIC || !item) {
    return -EINVAL;
  }
  struct running *running = calloc(1, sizeof *running);
  running->magic = ACTION_MAGIC;
  running->item = *item;
  running->item.hai_len = sizeof *item;
  running->source_fd = running->data_fd = -1;
  int rc = 0;
  if (!is_error) {
    if (item->hai_action == HSMA_ARCHIVE) {
      char path[PATH_MAX];
      by_fid_path(path, &item->hai_dfid);
      running->source_fd = stub_openat(
          AT_FDCWD, path, O_RDONLY | O_NOATIME | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
      rc = running->source_fd < 0 ? running->source_fd : 0;
    } else if (item->hai_action == HSMA_RESTORE) {
      rc = begin_restore(running, mdt, open_flags);
    }
    // Only the coordinator tells whether a REMOVE is known, and it is not asked.
    if (!rc && item->hai_action != HSMA_REMOVE) {
      stub_lock();
      struct hsm_extent nothing = {0, 0};
      rc = locked_progress(&item->hai_fid, item->hai_cookie, &nothing, 0, 0, 0, NULL);
      if (!rc && item->hai_action == HSMA_ARCHIVE) {
        running->inode = locked_of_fd(running->source_fd);
        running->version = running->inode ? running->inode->version : 0;
      }
      stub_unlock();
    }
  }
  if (rc) {
    free_running(running);
    return fail(-rc);
  }
  running->copytool = ct;
  *out = running;
  return 0;
}

/** Moves the restored data into the file; its times stay what they were. */
static int locked_move_in(struct running *running) {
  struct inode *inode = running->inode;
  char path[PATH_MAX];
  int to = -ENOENT;
  if (inode && locked_path_of(inode, path)) {
    to = (int)SYS(openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0);
  }
  if (to < 0) {
    return to;
  }
  struct stat st;
  sys_stat(running->data_fd, "", &st);
  int rc = copy_content(running->data_fd, to, st.st_size);
  struct timespec times[2] = {running->st.st_atim, running->st.st_mtim};
  if (!rc) {
    rc = (int)SYS(utimensat, to, NULL, times, 0);
  }
  SYS(close, to);
  return rc;
}

static int locked_end(struct running *running, const struct hsm_extent *extent, uint32_t flags,
                      int error) {
  const struct hsm_action_item *item = &running->item;
  int result = 0;
  if (!error && item->hai_action == HSMA_ARCHIVE && running->inode &&
      running->inode->version != running->version) {
    error = EBUSY;
    flags &= ~HP_FLAG_RETRY;
    result = -EBUSY;
  }
  if (!error && item->hai_action == HSMA_RESTORE && running->restored) {
    int rc;
    struct action *action = locked_action_by_cookie(&item->hai_fid, item->hai_cookie, &rc);
    bool its_own = action && (!action->volatile_fid.f_seq ||
                              same_fid(&action->volatile_fid, &running->restored->fid));
    if (its_own && !action->cancelled) {
      rc = locked_move_in(running);
      if (rc) {
        return rc;
      }
    }
  }
  int rc = locked_progress(&item->hai_fid, item->hai_cookie, extent, flags | HP_FLAG_COMPLETED,
                           error, running->version, running->restored);
  return rc ? rc : result;
}

EXPORT int llapi_hsm_action_end(struct running **handle, const struct hsm_extent *extent,
                                int flags, int error) {
  ENTER(llapi_hsm_action_end);
  if (!handle || !*handle || (*handle)->magic != ACTION_MAGIC || !extent) {
    return -EINVAL;
  }
  stub_lock();
  int rc = locked_end(*handle, extent, (uint32_t)flags, error < 0 ? -error : error);
  stub_unlock();
  free_running(*handle);
  *handle = NULL;
  return rc ? fail(-rc) : 0;
}

EXPORT int llapi_hsm_action_progress(struct running *running, const struct hsm_extent *extent,
                                     uint64_t total, int flags) {
  ENTER(llapi_hsm_action_progress);
  (void)total;
  if (!running || running->magic != ACTION_MAGIC || !extent ||
      extent->offset + extent->length < extent->offset) {
    return -EINVAL;
  }
  stub_lock();
  int rc = locked_progress(&running->item.hai_fid, running->item.hai_cookie, extent,
                           (uint32_t)flags, 0, 0, running->restored);
  stub_unlock();
  return rc ? fail(-rc) : 0;
}

EXPORT int llapi_hsm_action_get_fd(const struct running *running) {
  ENTER(llapi_hsm_action_get_fd);
  if (!running || running->magic != ACTION_MAGIC) {
    return -EINVAL;
  }
  int fd = running->item.hai_action == HSMA_ARCHIVE   ? running->source_fd
           : running->item.hai_action == HSMA_RESTORE ? running->data_fd
                                                      : -1;
  if (fd < 0) {
    return -EINVAL;
  }
  int copy = dup(fd);
  return copy < 0 ? -errno : copy;
}

EXPORT int llapi_hsm_action_get_dfid(const struct running *running, struct lu_fid *fid) {
  ENTER(llapi_hsm_action_get_dfid);
  if (running->magic != ACTION_MAGIC || (running->item.hai_action != HSMA_ARCHIVE &&
                                         running->item.hai_action != HSMA_RESTORE)) {
    return -EINVAL;
  }
  *fid = running->item.hai_dfid;
  return 0;
}

EXPORT int llapi_get_agent_uuid(char *path, char *out, size_t size) {
  ENTER(llapi_get_agent_uuid);
  stub_lock();
  struct place place;
  locked_resolve(AT_FDCWD, path, &place);
  release_place(&place);
  stub_unlock();
  if (!place.ours) {
    return fail(ENODEV);
  }
  snprintf(out, size, "b42330e3-38e1-432c-bec1-e4c2fb445ce5\n"); // the newline was seen
  return 0;
}
