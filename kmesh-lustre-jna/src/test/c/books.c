// SPDX-License-Identifier: Apache-2.0
// The books: inodes, their names and FIDs, and the open descriptors.
#include "stub.h"
#include <stdio.h>

#define BUCKETS 4096
#define MOST_FDS 65536

char stub_root[PATH_MAX], stub_dot_lustre[PATH_MAX], stub_fsname[32];
dev_t stub_device;
unsigned stub_mounts;

static pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static struct inode *inodes[BUCKETS];
static struct opened *descriptors[MOST_FDS];
static uint32_t next_oid[MDTS];
static int next_mdt;
static uint64_t next_version;

// A second chain, by FID, lies beside the first: an inode number is used again, a FID never.
struct by_fid {
  struct by_fid *next;
  struct inode *inode;
};
static struct by_fid *fids[BUCKETS];

void stub_lock(void) { pthread_mutex_lock(&mutex); }
void stub_unlock(void) { pthread_mutex_unlock(&mutex); }
void stub_changed(void) { pthread_cond_broadcast(&change); }

void stub_wait(const struct timespec *until) {
  if (until) {
    pthread_cond_timedwait(&change, &mutex, until);
  } else {
    pthread_cond_wait(&change, &mutex);
  }
}

static unsigned fid_bucket(const struct lu_fid *fid) {
  return (unsigned)(fid->f_oid * 31 + fid->f_seq) % BUCKETS;
}

bool same_fid(const struct lu_fid *a, const struct lu_fid *b) {
  return a->f_seq == b->f_seq && a->f_oid == b->f_oid && a->f_ver == b->f_ver;
}

struct inode *locked_by_ino(ino_t ino) {
  for (struct inode *i = inodes[ino % BUCKETS]; i; i = i->next) {
    if (i->ino == ino) {
      return i;
    }
  }
  return NULL;
}

struct inode *locked_by_fid(const struct lu_fid *fid) {
  for (struct by_fid *f = fids[fid_bucket(fid)]; f; f = f->next) {
    if (same_fid(&f->inode->fid, fid)) {
      return f->inode;
    }
  }
  return NULL;
}

int mdt_of(const struct lu_fid *fid) {
  if (fid->f_seq == ROOT_SEQ) {
    return 0;
  }
  uint64_t index = (fid->f_seq - 0x200000401ull) >> 30;
  return fid->f_seq >= 0x200000401ull && index < MDTS && (fid->f_seq & 0x3fffffff) == 0x401
             ? (int)index
             : -1;
}

uint64_t locked_new_version(void) { return ++next_version; }

struct inode *locked_new(ino_t ino, mode_t mode, struct inode *parent, const char *name) {
  struct inode **at = &inodes[ino % BUCKETS];
  while (*at && (*at)->ino != ino) {
    at = &(*at)->next;
  }
  if (*at) { // the number is used again: what had it is gone for good, though its FID stays known
    (*at)->gone = true;
    *at = (*at)->next;
  }
  struct inode *inode = calloc(1, sizeof *inode);
  inode->ino = ino;
  inode->mode = mode & S_IFMT;
  if (!parent) {
    inode->fid = (struct lu_fid){ROOT_SEQ, 1, 0};
  } else {
    inode->mdt = S_ISDIR(mode) ? next_mdt++ % MDTS : parent->mdt;
    inode->fid.f_seq = 0x200000401ull + ((uint64_t)inode->mdt << 30);
    inode->fid.f_oid = ++next_oid[inode->mdt];
    locked_link(inode, parent, name);
  }
  inode->next = inodes[ino % BUCKETS];
  inodes[ino % BUCKETS] = inode;
  struct by_fid *entry = calloc(1, sizeof *entry);
  entry->inode = inode;
  entry->next = fids[fid_bucket(&inode->fid)];
  fids[fid_bucket(&inode->fid)] = entry;
  return inode;
}

void locked_link(struct inode *inode, struct inode *parent, const char *name) {
  struct link **end = &inode->links;
  for (; *end; end = &(*end)->next) {
    if ((*end)->parent == parent && strcmp((*end)->name, name) == 0) {
      return;
    }
  }
  *end = calloc(1, sizeof **end);
  (*end)->parent = parent;
  strncpy((*end)->name, name, NAME_MAX);
}

bool locked_unlink(struct inode *inode, struct inode *parent, const char *name) {
  for (struct link **at = &inode->links; *at; at = &(*at)->next) {
    if ((*at)->parent == parent && strcmp((*at)->name, name) == 0) {
      struct link *gone = *at;
      *at = gone->next;
      free(gone);
      break;
    }
  }
  if (!inode->links) {
    inode->gone = true;
  }
  return !inode->links;
}

bool locked_path_of(struct inode *inode, char *path) {
  if (inode->fid.f_seq == ROOT_SEQ) {
    strcpy(path, stub_root);
    return true;
  }
  if (!inode->links || !locked_path_of(inode->links->parent, path)) {
    return false;
  }
  size_t length = strlen(path);
  if (length + strlen(inode->links->name) + 2 > PATH_MAX) {
    return false;
  }
  path[length] = '/';
  strcpy(path + length + 1, inode->links->name);
  return true;
}

int locked_relative_path(struct inode *inode, int index, char *path, size_t size) {
  char whole[PATH_MAX];
  const char *text = "/";
  if (inode->fid.f_seq != ROOT_SEQ) {
    struct link *link = inode->links;
    for (int i = 0; link && i < index; i++) {
      link = link->next;
    }
    if (!link || !locked_path_of(link->parent, whole)) {
      return -ENOENT;
    }
    size_t length = strlen(whole);
    if (length + strlen(link->name) + 2 > sizeof whole) {
      return -ENAMETOOLONG;
    }
    whole[length] = '/';
    strcpy(whole + length + 1, link->name);
    text = whole + strlen(stub_root) + 1;
  }
  if (strlen(text) + 1 > size) {
    return -ERANGE;
  }
  strcpy(path, text);
  return 0;
}

struct inode *locked_learn_path(const char *absolute) {
  size_t root = strlen(stub_root);
  if (!root || strncmp(absolute, stub_root, root) != 0 ||
      (absolute[root] && absolute[root] != '/')) {
    return NULL;
  }
  struct stat st;
  if (sys_stat(AT_FDCWD, stub_root, &st)) {
    return NULL;
  }
  struct inode *at = locked_by_ino(st.st_ino);
  char so_far[PATH_MAX];
  strcpy(so_far, stub_root);
  const char *rest = absolute + root;
  while (at && *rest) {
    while (*rest == '/') {
      rest++;
    }
    size_t length = strcspn(rest, "/");
    if (!length) {
      break;
    }
    char name[NAME_MAX + 1];
    if (length > NAME_MAX || strlen(so_far) + length + 2 > sizeof so_far) {
      return NULL;
    }
    memcpy(name, rest, length);
    name[length] = 0;
    rest += length;
    strcat(so_far, "/");
    strcat(so_far, name);
    if (sys_stat(AT_FDCWD, so_far, &st) || st.st_dev != stub_device) {
      return NULL;
    }
    struct inode *next = locked_by_ino(st.st_ino);
    if (next && !next->gone) {
      locked_link(next, at, name);
    } else {
      next = locked_new(st.st_ino, st.st_mode, at, name);
    }
    at = next;
  }
  return at;
}

struct opened *locked_opened(int fd) { return fd >= 0 && fd < MOST_FDS ? descriptors[fd] : NULL; }

void locked_track(int fd, struct opened *opened) {
  if (fd < 0 || fd >= MOST_FDS) {
    return;
  }
  opened->references++;
  descriptors[fd] = opened;
}

struct opened *locked_untrack(int fd) {
  struct opened *opened = locked_opened(fd);
  if (!opened) {
    return NULL;
  }
  descriptors[fd] = NULL;
  return --opened->references == 0 ? opened : NULL;
}

int locked_fd_of(struct inode *inode) {
  for (int fd = 0; fd < MOST_FDS; fd++) {
    if (descriptors[fd] && descriptors[fd]->kind == OPEN_INODE && descriptors[fd]->inode == inode) {
      return fd;
    }
  }
  return -1;
}

struct inode *locked_of_fd(int fd) {
  if (!stub_root[0]) {
    return NULL;
  }
  struct opened *opened = locked_opened(fd);
  if (opened) {
    return opened->kind == OPEN_INODE ? opened->inode : NULL;
  }
  struct stat st;
  if (fd < 0 || sys_stat(fd, "", &st) || st.st_dev != stub_device) {
    return NULL;
  }
  struct inode *known = locked_by_ino(st.st_ino);
  if (known) {
    return known;
  }
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long length = SYS(readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  if (length <= 0) {
    return NULL;
  }
  path[length] = 0;
  return locked_learn_path(path);
}

bool parse_fid(const char *text, struct lu_fid *fid, const char **end) {
  while (*text == ' ' || *text == '\t') {
    text++;
  }
  bool bracket = *text == '[';
  if (bracket) {
    text++;
  }
  unsigned long long parts[3];
  for (int i = 0; i < 3; i++) {
    char *after;
    errno = 0;
    parts[i] = strtoull(text, &after, 0);
    if (after == text || errno || (i < 2 && *after != ':') || (i && parts[i] > UINT32_MAX)) {
      return false;
    }
    text = after + (i < 2);
  }
  if (bracket) {
    if (*text != ']') {
      return false;
    }
    text++;
  }
  *fid = (struct lu_fid){parts[0], (uint32_t)parts[1], (uint32_t)parts[2]};
  *end = text;
  return true;
}

/**
 * Makes a directory the root of an empty Lustre and forgets the one before. What is in it already
 * gets FIDs when it is first seen. NULL unmounts.
 */
EXPORT int stub_mount(const char *root, const char *fsname) {
  stub_lock();
  stub_mounts++;
  for (int fd = 0; fd < MOST_FDS; fd++) {
    descriptors[fd] = NULL; // what is still open of the one before is plain from now on
  }
  memset(inodes, 0, sizeof inodes);
  memset(fids, 0, sizeof fids);
  memset(next_oid, 0, sizeof next_oid);
  next_mdt = 0;
  next_version = 0x300000000ull;
  locked_copytools_reset();
  locked_cdt_reset();
  locked_changelogs_reset();
  stub_root[0] = 0;
  int rc = 0;
  if (root) {
    struct stat st;
    char real[PATH_MAX];
    if (!realpath(root, real) || sys_stat(AT_FDCWD, real, &st) || !S_ISDIR(st.st_mode)) {
      rc = -ENOENT;
    } else {
      snprintf(stub_fsname, sizeof stub_fsname, "%s", fsname ? fsname : "lustre");
      if (strlen(real) + 32 > PATH_MAX) {
        rc = -ENAMETOOLONG;
      } else {
        // Beside the root and not in it: a Lustre does not list it either.
        snprintf(stub_dot_lustre, PATH_MAX, "%.*s.dot-lustre", PATH_MAX - 32, real);
        SYS(mkdirat, AT_FDCWD, stub_dot_lustre, 0700);
        char fid[PATH_MAX + 8];
        snprintf(fid, sizeof fid, "%s/fid", stub_dot_lustre);
        SYS(mkdirat, AT_FDCWD, fid, 0700);
        stub_device = st.st_dev;
        strcpy(stub_root, real);
        locked_new(st.st_ino, st.st_mode, NULL, "");
      }
    }
  }
  stub_changed();
  stub_unlock();
  return rc;
}

/** How many descriptors and handles of the library are open now. */
EXPORT int stub_open_handles(void) {
  stub_lock();
  int count = locked_copytool_handles();
  for (int fd = 0; fd < MOST_FDS; fd++) {
    count += descriptors[fd] != NULL;
  }
  stub_unlock();
  return count;
}

__attribute__((constructor)) static void mount_what_the_environment_names(void) {
  const char *root = getenv("STUB_LUSTRE_ROOT");
  if (root && *root) {
    stub_mount(root, getenv("STUB_LUSTRE_FSNAME"));
  }
}
