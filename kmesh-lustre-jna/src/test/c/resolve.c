// SPDX-License-Identifier: Apache-2.0
// Finds out whether a path lies in the file system, and what the kernel shall be given for it.
#include "stub.h"
#include <stdio.h>

static void self(struct place *place, int fd) {
  place->kind = AT_SELF;
  place->dirfd = fd;
  place->path = "";
  place->inode = locked_of_fd(fd);
  place->ours = place->inode != NULL;
}

/** A path that begins with a FID: the FID becomes the path of one of its names. */
static void by_fid(struct place *place, const char *path) {
  struct lu_fid fid;
  const char *rest;
  place->ours = true;
  place->by_fid = true;
  place->dirfd = AT_FDCWD;
  if (!parse_fid(path, &fid, &rest) || (*rest && *rest != '/')) {
    place->path = "/proc/self/no-such-fid";
    place->name = "";
    return;
  }
  struct inode *inode = locked_by_fid(&fid);
  if (inode && locked_path_of(inode, place->text)) {
    if (*rest) {
      char whole[PATH_MAX];
      int length = snprintf(whole, sizeof whole, "%s%s", place->text, rest);
      if (length < (int)sizeof whole) {
        locked_resolve(AT_FDCWD, whole, place);
        return;
      }
    }
    place->path = place->text;
    place->inode = inode;
    place->parent = inode->links ? inode->links->parent : NULL;
    place->name = inode->links ? inode->links->name : "";
    return;
  }
  int fd = inode && !*rest ? locked_fd_of(inode) : -1;
  if (fd >= 0 && inode->is_volatile) {
    self(place, fd);
    place->by_fid = true;
    return;
  }
  place->path = "/proc/self/no-such-fid";
  place->name = "";
}

/** Serves .lustre and what is below it; false when the path is none of these. */
static bool in_dot_lustre(struct place *place, const char *path) {
  size_t length = strcspn(path, "/");
  if (length != 7 || strncmp(path, ".lustre", 7) != 0) {
    return false;
  }
  place->ours = true;
  place->dirfd = AT_FDCWD;
  path += 7;
  path += strspn(path, "/");
  if (!*path) {
    place->kind = AT_DOT_LUSTRE;
    place->path = stub_dot_lustre;
    return true;
  }
  length = strcspn(path, "/");
  const char *below = path + length + strspn(path + length, "/");
  if (length == 3 && strncmp(path, "fid", 3) == 0 && *below) {
    by_fid(place, below);
    return true;
  }
  place->kind = length == 3 && strncmp(path, "fid", 3) == 0 ? AT_FIDS : AT_DOT_LUSTRE;
  snprintf(place->text, sizeof place->text, "%.*s/%s", PATH_MAX - 300, stub_dot_lustre, path);
  place->path = place->text;
  return true;
}

/** An entry of an open directory, or of one that a path names. */
static void entry(struct place *place, int dirfd, const char *path) {
  const char *slash = strrchr(path, '/');
  size_t length = strlen(path);
  if (slash && !slash[1]) { // a slash at the end: the directory itself
    slash = NULL;
    for (const char *p = path; *p && p < path + length - 1; p++) {
      if (*p == '/') {
        slash = p;
      }
    }
  }
  int parent_fd = dirfd;
  const char *name = path;
  if (slash) {
    char parent[PATH_MAX];
    size_t upto = slash == path ? 1 : (size_t)(slash - path);
    if (upto >= sizeof parent) {
      return;
    }
    memcpy(parent, path, upto);
    parent[upto] = 0;
    parent_fd = (int)SYS(openat, dirfd, parent, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    if (parent_fd < 0) {
      return;
    }
    place->own_fd = parent_fd;
    name = slash + 1;
  } else if (dirfd == AT_FDCWD) {
    return;
  }
  struct stat st;
  if (sys_stat(parent_fd, "", &st) || !S_ISDIR(st.st_mode)) {
    return;
  }
  if (place->own_fd >= 0) { // the text may not live as long as the place
    snprintf(place->text, sizeof place->text, "%s", name);
    name = place->text;
    place->dirfd = parent_fd;
    place->path = name;
  }
  if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strchr(name, '/')) {
    // Not a name: the kernel follows it; what it is comes out below.
    int fd = (int)SYS(openat, parent_fd, name, O_PATH | O_CLOEXEC, 0);
    if (fd < 0) {
      place->ours = locked_of_fd(parent_fd) != NULL;
      place->parent = locked_of_fd(parent_fd);
      place->name = name;
      return;
    }
    place->inode = locked_of_fd(fd);
    place->ours = place->inode != NULL;
    place->name = name;
    SYS(close, fd);
    return;
  }
  struct inode *parent = locked_of_fd(parent_fd);
  if (!parent) {
    return;
  }
  place->ours = true;
  place->parent = parent;
  place->name = name;
  if (strlen(name) <= NAME_MAX && !sys_stat(parent_fd, name, &st) && st.st_dev == stub_device) {
    struct inode *inode = locked_by_ino(st.st_ino);
    if (inode && !inode->gone) {
      locked_link(inode, parent, name);
    } else {
      inode = locked_new(st.st_ino, st.st_mode, parent, name);
    }
    place->inode = inode;
  }
}

void locked_resolve(int dirfd, const char *path, struct place *place) {
  char copy[PATH_MAX];
  if (path == place->text) {
    snprintf(copy, sizeof copy, "%s", path);
    path = copy;
  }
  memset(place, 0, offsetof(struct place, text));
  place->own_fd = -1;
  place->dirfd = dirfd;
  place->path = path;
  if (!stub_root[0]) {
    return;
  }
  if (!path || !*path) {
    struct opened *opened = locked_opened(dirfd);
    if (opened && opened->kind != OPEN_INODE) {
      return;
    }
    self(place, dirfd);
    place->path = path;
    return;
  }
  if (path[0] == '/') {
    int fd, used = 0;
    size_t root = strlen(stub_root);
    if (strncmp(path, stub_root, root) == 0 && (!path[root] || path[root] == '/')) {
      const char *rest = path + root + strspn(path + root, "/");
      if (in_dot_lustre(place, rest)) {
        return;
      }
      if (!*rest) {
        place->inode = locked_learn_path(stub_root);
        place->ours = place->inode != NULL;
        place->name = "";
        return;
      }
    } else if (sscanf(path, "/proc/self/fd/%d%n", &fd, &used) == 1 && used) {
      const char *rest = path + used;
      rest += strspn(rest, "/");
      struct opened *opened = locked_opened(fd);
      if (opened && opened->kind == OPEN_FIDS && *rest) {
        by_fid(place, rest);
        return;
      }
      if (!*rest || strcmp(rest, ".") == 0) {
        place->inode = locked_of_fd(fd);
        place->ours = place->inode != NULL;
        place->name = "";
        return;
      }
    } else {
      return; // nothing else leads there
    }
  } else {
    struct opened *opened = locked_opened(dirfd);
    if (opened && opened->kind == OPEN_FIDS) {
      if (strcmp(path, ".") != 0) {
        by_fid(place, path);
      }
      return;
    }
    if (opened && opened->kind == OPEN_DOT_LUSTRE) {
      char whole[PATH_MAX + 16];
      snprintf(whole, sizeof whole, ".lustre/%s", path);
      if (strcmp(path, ".") != 0) {
        in_dot_lustre(place, whole);
      }
      return;
    }
    struct inode *directory = dirfd == AT_FDCWD ? NULL : locked_of_fd(dirfd);
    if (!directory) {
      return;
    }
    if (directory->fid.f_seq == ROOT_SEQ && in_dot_lustre(place, path)) {
      return;
    }
  }
  entry(place, dirfd, path);
}

void release_place(struct place *place) {
  if (place->own_fd >= 0) {
    SYS(close, place->own_fd);
    place->own_fd = -1;
  }
}
