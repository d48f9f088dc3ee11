// SPDX-License-Identifier: Apache-2.0
// The changelogs of both MDTs: records as the servers send them, users, and the character device
// through which a client reads and clears them.
#include "stub.h"
#include <stdio.h>
#include <sys/eventfd.h>

#define NID_LOOPBACK 0x0009000000000000ull
#define USERS 16
#define MOST_RECORD 1200

struct kept {
  struct kept *next;
  uint64_t index;
  size_t size;
  uint8_t bytes[];
};

static struct {
  struct kept *first, *last;
  uint64_t next_index;
  uint32_t next_user;
  struct {
    uint32_t id; // 0: none
    uint64_t cleared;
  } users[USERS];
} logs[MDTS];
static uint32_t mask = 0x1ffffff;

void locked_changelogs_reset(void) {
  for (int mdt = 0; mdt < MDTS; mdt++) {
    while (logs[mdt].first) {
      struct kept *first = logs[mdt].first;
      logs[mdt].first = first->next;
      free(first);
    }
    memset(&logs[mdt], 0, sizeof logs[mdt]);
    logs[mdt].next_index = 1;
  }
  mask = 0x1ffffff;
}

static bool has_users(int mdt) {
  for (int i = 0; i < USERS; i++) {
    if (logs[mdt].users[i].id) {
      return true;
    }
  }
  return false;
}

static void append(uint8_t **at, const void *bytes, size_t size) {
  memcpy(*at, bytes, size);
  *at += size;
}

static void job_id(char job[LUSTRE_JOBID_SIZE]) {
  char name[16] = "";
  int fd = (int)SYS(openat, AT_FDCWD, "/proc/thread-self/comm", O_RDONLY, 0);
  if (fd >= 0) {
    long n = SYS(read, fd, name, 15);
    SYS(close, fd);
    name[n > 0 ? n : 0] = 0;
    name[strcspn(name, "\n")] = 0;
    for (char *c = name; *c; c++) {
      if (*c <= ' ') {
        *c = '_';
      }
    }
  }
  memset(job, 0, LUSTRE_JOBID_SIZE);
  snprintf(job, LUSTRE_JOBID_SIZE, "%.15s.%u", name, (unsigned)SYS(getuid, 0));
}

void locked_record(int mdt, const struct record *record) {
  if (mdt < 0 || mdt >= MDTS || !has_users(mdt) || !(mask >> record->type & 1)) {
    return;
  }
  uint8_t buffer[MOST_RECORD];
  struct changelog_rec *rec = (void *)buffer;
  memset(buffer, 0, sizeof *rec);
  uint64_t extra = CLFE_UIDGID | CLFE_NID | (record->open_flags ? CLFE_OPEN : 0) |
                   (record->xattr ? CLFE_XATTR : 0);
  rec->cr_flags = record->flags | CLF_JOBID | CLF_EXTRA_FLAGS | 0x1000 |
                  (record->type == CL_RENAME ? CLF_RENAME : 0);
  rec->cr_type = record->type;
  rec->cr_index = logs[mdt].next_index++;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  rec->cr_time = (uint64_t)now.tv_sec << 30 | (uint64_t)now.tv_nsec;
  rec->cr_tfid = record->inode ? record->inode->fid : record->fid;
  if (record->parent) {
    rec->cr_pfid = record->parent->fid;
  } else {
    rec->cr_pfid = (struct lu_fid){0xdeadbeef, 0xdead, 0}; // leftover memory, as seen
  }
  uint8_t *at = buffer + sizeof *rec;
  if (record->type == CL_RENAME) {
    append(&at, &record->moved->fid, sizeof(struct lu_fid));
    append(&at, &record->moved_from->fid, sizeof(struct lu_fid));
  }
  char job[LUSTRE_JOBID_SIZE];
  job_id(job);
  append(&at, job, sizeof job);
  append(&at, &extra, sizeof extra);
  uint64_t owner[2] = {(uint64_t)SYS(geteuid, 0), (uint64_t)SYS(getegid, 0)};
  append(&at, owner, sizeof owner);
  struct changelog_ext_nid nid = {.cr_nid = NID_LOOPBACK};
  append(&at, &nid, sizeof nid);
  if (extra & CLFE_OPEN) {
    uint32_t mode = rec->cr_flags;
    append(&at, &mode, sizeof mode);
  }
  if (extra & CLFE_XATTR) {
    char xattr[256] = "";
    strncpy(xattr, record->xattr, sizeof xattr - 1);
    append(&at, xattr, sizeof xattr);
  }
  uint8_t *name = at;
  if (record->name) {
    append(&at, record->name, strlen(record->name));
  }
  if (record->old_name) {
    append(&at, record->name, 0);
    *at++ = 0;
    append(&at, record->old_name, strlen(record->old_name));
  }
  rec->cr_namelen = (uint16_t)(at - name);
  size_t size = (size_t)(at - buffer);
  struct kept *kept = calloc(1, sizeof *kept + size);
  kept->index = rec->cr_index;
  kept->size = size;
  memcpy(kept->bytes, buffer, size);
  if (logs[mdt].first) {
    logs[mdt].last->next = kept;
  } else {
    logs[mdt].first = kept;
  }
  logs[mdt].last = kept;
  stub_changed();
}

void locked_simple_record(struct inode *inode, uint32_t type, uint16_t flags) {
  struct record record = {.type = type, .inode = inode, .flags = flags};
  if ((type == CL_TRUNC || type == CL_LAYOUT) && inode->links) {
    record.parent = inode->links->parent;
  }
  locked_record(inode->mdt, &record);
}

void locked_hsm_record(struct inode *inode, uint32_t event, int error, bool dirty) {
  bool fits = error >= 0 && error <= (int)CLF_HSM_MAXERROR;
  uint16_t code = fits ? (uint16_t)error : CLF_HSM_ERROVERFLOW;
  uint16_t flags = (uint16_t)(code | event << CLF_HSM_EVENT_L |
                              (dirty ? CLF_HSM_DIRTY << CLF_HSM_FLAG_L : 0));
  struct record record = {.type = CL_HSM, .inode = inode, .flags = flags};
  locked_record(inode->mdt, &record);
}

// ---- the device

static int mdt_of_name(const char *name) {
  size_t length = strlen(stub_fsname);
  if (!stub_root[0] || strncmp(name, stub_fsname, length) != 0 ||
      strncmp(name + length, "-MDT", 4) != 0) {
    return -1;
  }
  char *end;
  const char *digits = name + length + 4;
  long index = strtol(digits, &end, 16);
  return end - digits == 4 && !*end && index >= 0 && index < MDTS ? (int)index : -1;
}

int stub_changelog_open(const char *path, int flags) {
  int scripted = stub_enter("changelog_device");
  if (scripted) {
    return -scripted;
  }
  stub_lock();
  int mdt = mdt_of_name(path + strlen("/dev/changelog-"));
  int fd = -ENOENT;
  if (mdt >= 0) {
    fd = (int)SYS(eventfd2, 1, flags & O_CLOEXEC ? EFD_CLOEXEC : 0);
    if (fd >= 0) {
      struct opened *opened = calloc(1, sizeof *opened);
      opened->kind = OPEN_CHANGELOG;
      opened->flags = flags;
      opened->mdt = mdt;
      locked_track(fd, opened);
    }
  }
  stub_unlock();
  return fd;
}

static bool large_nid;

/** Lets records come from an IPv6 address, which is told in the newer form only. */
EXPORT void stub_large_nid(int on) {
  stub_lock();
  large_nid = on;
  stub_unlock();
}

/** A record as the device gives it: with a NID in the newer form when that was asked for. */
static void deliver(const struct kept *kept, uint64_t flags, uint8_t *out) {
  memcpy(out, kept->bytes, kept->size);
  const struct changelog_rec *rec = (const void *)out;
  size_t at = sizeof *rec + (rec->cr_flags & CLF_RENAME ? 32 : 0) + LUSTRE_JOBID_SIZE;
  if (!(flags & CHANGELOG_FLAG_NID_BE)) {
    if (large_nid) {
      memset(out + at + 8 + 16, 0xff, 8); // any
    }
    return;
  }
  uint64_t extra;
  memcpy(&extra, out + at, 8);
  extra |= CLFE_NID_BE;
  memcpy(out + at, &extra, 8);
  uint8_t loopback[24] = {0, 9}, tcp6[24] = {12, 2, 0, 0, 0xfd, [19] = 7};
  const uint8_t *nid = large_nid ? tcp6 : loopback;
  memcpy(out + at + 8 + 16, nid, 24);
}

long stub_changelog_read(int fd, void *buffer, size_t size) {
  stub_lock();
  struct opened *opened = locked_opened(fd);
  size_t used = 0;
  unsigned mount = stub_mounts;
  for (;;) {
    bool too_small = false;
    for (struct kept *kept = logs[opened->mdt].first; kept; kept = kept->next) {
      if (kept->index < opened->next_record) {
        continue;
      }
      if (kept->size > size - used) {
        too_small = true; // seen: no room for the next record reads as the end
        break;
      }
      deliver(kept, opened->changelog_flags, (uint8_t *)buffer + used);
      used += kept->size;
      opened->next_record = kept->index + 1;
    }
    if (used || too_small || !(opened->changelog_flags & CHANGELOG_FLAG_FOLLOW)) {
      break;
    }
    if (opened->flags & O_NONBLOCK) {
      stub_unlock();
      return -EAGAIN;
    }
    stub_wait(NULL);
    if (stub_mounts != mount || locked_opened(fd) != opened) {
      break;
    }
  }
  stub_unlock();
  return (long)used;
}

long stub_changelog_seek(int fd, long offset, int whence) {
  stub_lock();
  struct opened *opened = locked_opened(fd);
  uint64_t target = whence == SEEK_CUR ? opened->next_record + (uint64_t)offset : (uint64_t)offset;
  long r;
  if ((whence != SEEK_SET && whence != SEEK_CUR) || offset < 0 || target < opened->next_record) {
    r = -EINVAL;
  } else {
    opened->next_record = target;
    r = (long)target;
  }
  stub_unlock();
  return r;
}

static void purge(int mdt) {
  uint64_t least = UINT64_MAX;
  for (int i = 0; i < USERS; i++) {
    if (logs[mdt].users[i].id && logs[mdt].users[i].cleared < least) {
      least = logs[mdt].users[i].cleared;
    }
  }
  while (logs[mdt].first && (logs[mdt].first->index <= least)) {
    struct kept *first = logs[mdt].first;
    logs[mdt].first = first->next;
    free(first);
  }
}

long stub_changelog_write(int fd, const void *buffer, size_t size) {
  if (size != sizeof(struct changelog_setinfo)) {
    return -EINVAL;
  }
  struct changelog_setinfo info;
  memcpy(&info, buffer, sizeof info);
  stub_lock();
  int mdt = locked_opened(fd)->mdt;
  long r = -ENOENT;
  for (int i = 0; i < USERS; i++) {
    if (info.cs_id && logs[mdt].users[i].id == info.cs_id) {
      uint64_t last = logs[mdt].next_index - 1;
      uint64_t upto = info.cs_recno ? info.cs_recno : last;
      if (upto > last || upto < logs[mdt].users[i].cleared) {
        r = -EINVAL;
      } else {
        logs[mdt].users[i].cleared = upto;
        purge(mdt);
        r = (long)size;
      }
    }
  }
  stub_unlock();
  return r;
}

int stub_changelog_flags(int fd, uint64_t flags) {
  stub_lock();
  struct opened *opened = locked_opened(fd);
  int rc = opened && opened->kind == OPEN_CHANGELOG ? 0 : -ENOTTY;
  if (!rc) {
    opened->changelog_flags = flags;
  }
  stub_unlock();
  return rc;
}

// ---- what only a server does

/** Registers a user, as lctl changelog_register does; its number, as in "cl1". */
EXPORT int stub_changelog_register(int mdt) {
  stub_lock();
  int id = -EINVAL;
  for (int i = 0; mdt >= 0 && mdt < MDTS && id < 0 && i < USERS; i++) {
    if (!logs[mdt].users[i].id) {
      id = (int)++logs[mdt].next_user;
      logs[mdt].users[i].id = (uint32_t)id;
      logs[mdt].users[i].cleared = logs[mdt].next_index - 1;
    }
  }
  stub_unlock();
  return id;
}

EXPORT int stub_changelog_deregister(int mdt, int id) {
  stub_lock();
  int rc = -ENOENT;
  for (int i = 0; mdt >= 0 && mdt < MDTS && i < USERS; i++) {
    if (id > 0 && logs[mdt].users[i].id == (uint32_t)id) {
      logs[mdt].users[i].id = 0;
      purge(mdt);
      rc = 0;
    }
  }
  stub_unlock();
  return rc;
}

/** Lets an index be used by nothing, as after a server's purge. */
EXPORT void stub_changelog_skip(int mdt, uint64_t count) {
  stub_lock();
  logs[mdt % MDTS].next_index += count;
  stub_unlock();
}

EXPORT void stub_changelog_mask(uint32_t types) {
  stub_lock();
  mask = types;
  stub_unlock();
}

// ---- the library

#define READ_SIZE 4096

struct reader {
  int fd;
  uint32_t flags, extra;
  size_t filled, at;
  uint8_t buffer[READ_SIZE];
};
static int readers;

int locked_changelog_handles(void) { return readers; }

EXPORT int llapi_changelog_start(void **priv, uint32_t flags, const char *mdt, long long start) {
  ENTER(llapi_changelog_start);
  char path[PATH_MAX];
  snprintf(path, sizeof path, "/dev/changelog-%s", mdt);
  int fd = stub_root[0] ? stub_changelog_open(path, O_RDONLY | O_CLOEXEC) : -ENOENT;
  if (fd < 0) {
    return fail(-fd);
  }
  if (start) {
    long r = stub_changelog_seek(fd, start, SEEK_SET);
    if (r < 0) {
      close(fd);
      return fail((int)-r);
    }
  }
  stub_changelog_flags(fd, flags & (CHANGELOG_FLAG_FOLLOW | CHANGELOG_FLAG_NID_BE));
  struct reader *reader = calloc(1, sizeof *reader);
  reader->fd = fd;
  reader->flags = flags;
  *priv = reader;
  __atomic_add_fetch(&readers, 1, __ATOMIC_SEQ_CST);
  return 0;
}

EXPORT int llapi_changelog_set_xflags(void *priv, uint32_t extra) {
  ENTER(llapi_changelog_set_xflags);
  struct reader *reader = priv;
  if (!reader) {
    return fail(EINVAL);
  }
  reader->extra = extra;
  return 0;
}

EXPORT int llapi_changelog_get_fd(void *priv) {
  ENTER(llapi_changelog_get_fd);
  struct reader *reader = priv;
  return reader ? reader->fd : -EINVAL;
}

EXPORT int llapi_changelog_in_buf(void *priv) {
  ENTER(llapi_changelog_in_buf);
  struct reader *reader = priv;
  return reader && reader->at < reader->filled;
}

/** Keeps of a record what was asked for, as the library does in user space. */
static size_t repack(const uint8_t *raw, const struct reader *reader, uint8_t *out) {
  const struct changelog_rec *rec = (const void *)raw;
  struct changelog_rec *kept = (void *)out;
  memset(out, 0, CR_MAXSIZE);
  memcpy(out, raw, sizeof *rec);
  const uint8_t *from = raw + sizeof *rec;
  uint8_t *to = out + sizeof *rec;
  if (rec->cr_flags & CLF_RENAME) {
    append(&to, from, 32);
    from += 32;
  }
  if (rec->cr_flags & CLF_JOBID) {
    if (reader->flags & CHANGELOG_FLAG_JOBID) {
      append(&to, from, 32);
    } else {
      kept->cr_flags &= ~CLF_JOBID;
    }
    from += 32;
  }
  if (rec->cr_flags & CLF_EXTRA_FLAGS) {
    uint64_t extra;
    memcpy(&extra, from, 8);
    from += 8;
    bool wanted = reader->flags & CHANGELOG_FLAG_EXTRA_FLAGS;
    uint64_t given = extra & (reader->extra | CLFE_NID_BE);
    if (wanted) {
      append(&to, &given, 8);
    } else {
      kept->cr_flags &= ~CLF_EXTRA_FLAGS;
    }
    static const struct {
      uint32_t bit;
      size_t size;
    } parts[] = {{CLFE_UIDGID, 16}, {CLFE_NID, 24}, {CLFE_OPEN, 4}, {CLFE_XATTR, 256}};
    for (int i = 0; i < 4; i++) {
      if (extra & parts[i].bit) {
        if (wanted && (given & parts[i].bit)) {
          append(&to, from, parts[i].size);
        }
        from += parts[i].size;
      }
    }
  }
  append(&to, from, rec->cr_namelen);
  return (size_t)(from - raw) + rec->cr_namelen;
}

EXPORT int llapi_changelog_recv(void *priv, struct changelog_rec **out) {
  ENTER(llapi_changelog_recv);
  struct reader *reader = priv;
  if (!reader || !out) {
    return -EINVAL;
  }
  *out = NULL;
  if (reader->at >= reader->filled) {
    long n = stub_changelog_read(reader->fd, reader->buffer, sizeof reader->buffer);
    if (n <= 0) {
      return n < 0 ? fail((int)-n) : 1;
    }
    reader->filled = (size_t)n;
    reader->at = 0;
  }
  uint8_t *record = malloc(CR_MAXSIZE);
  reader->at += repack(reader->buffer + reader->at, reader, record);
  *out = (void *)record;
  return 0;
}

EXPORT int llapi_changelog_free(struct changelog_rec **record) {
  ENTER(llapi_changelog_free);
  free(*record);
  *record = NULL;
  return 0;
}

EXPORT int llapi_changelog_fini(void **priv) {
  ENTER(llapi_changelog_fini);
  struct reader *reader = *priv;
  if (!reader) {
    return fail(EINVAL);
  }
  close(reader->fd);
  free(reader);
  *priv = NULL;
  __atomic_sub_fetch(&readers, 1, __ATOMIC_SEQ_CST);
  return 0;
}

EXPORT int llapi_changelog_clear(const char *mdt, const char *user, long long end) {
  ENTER(llapi_changelog_clear);
  if (end < 0) {
    return -EINVAL;
  }
  char path[PATH_MAX];
  snprintf(path, sizeof path, "/dev/changelog-%s", mdt);
  int fd = stub_root[0] ? stub_changelog_open(path, O_WRONLY | O_CLOEXEC) : -ENOENT;
  if (fd < 0) {
    return fail(-fd);
  }
  char *rest = NULL;
  unsigned long id = strncmp(user, "cl", 2) == 0 ? strtoul(user + 2, &rest, 10) : 0;
  long r = -EINVAL;
  if (rest && rest != user + 2 && (!*rest || *rest == '-')) {
    struct changelog_setinfo info = {.cs_recno = (uint64_t)end, .cs_id = (uint32_t)id};
    r = stub_changelog_write(fd, &info, sizeof info);
  }
  close(fd);
  return r < 0 ? fail((int)-r) : 0;
}
