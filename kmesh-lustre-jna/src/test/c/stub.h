// SPDX-License-Identifier: Apache-2.0
// What the parts of the stub share. One lock guards all of it; functions whose names begin with
// "locked_" are called with it held. Only what is EXPORTed is seen from outside.
#pragma once
#include "sys.h"
#include "abi.h"
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))
#define MDTS 2
#define OSTS 4
#define ROOT_SEQ 0x200000007ull
#define DATA_SEQ 0x280000401ull

struct inode;

/** One name of an inode. */
struct link {
  struct link *next;
  struct inode *parent;
  char name[NAME_MAX + 1];
};

/** What a Lustre knows of an inode beside what the backing file system keeps. */
struct inode {
  struct inode *next;
  ino_t ino;
  mode_t mode; // the type alone
  struct lu_fid fid;
  int mdt;
  struct link *links;
  bool gone;         // the last name is gone
  bool is_volatile;  // it never had one
  uint32_t hsm, archive;
  uint64_t archive_version, version; // of the data: 0 until the first change
  struct layout *lov; // of a directory its default
  uint32_t project, xflags;
  int opens, writers;
  void *lease; // the struct opened that holds it
  uint32_t lease_mode;
};

/** An open file description that the stub keeps; descriptors share it after dup. */
struct opened {
  int references;
  enum { OPEN_INODE, OPEN_DOT_LUSTRE, OPEN_FIDS, OPEN_CHANGELOG } kind;
  struct inode *inode;
  int flags;
  bool wrote;
  bool lease_broken;
  uint64_t group;
  // a changelog's device
  int mdt;
  uint64_t next_record;
  uint64_t changelog_flags;
};

/** Where a path leads: what to hand to the kernel, and what the books say. */
struct place {
  bool ours;
  enum { AT_ENTRY, AT_SELF, AT_DOT_LUSTRE, AT_FIDS } kind;
  int dirfd;
  const char *path;
  int own_fd;            // closed by release_place; -1 for none
  struct inode *parent;  // of AT_ENTRY
  struct inode *inode;   // NULL when the entry is missing
  bool by_fid;           // the path names a FID: the last component is never a link to follow
  const char *name;
  char text[PATH_MAX];
};

// books.c
extern char stub_root[PATH_MAX], stub_dot_lustre[PATH_MAX], stub_fsname[32];
extern dev_t stub_device;
extern unsigned stub_mounts; // counts mounts, so that threads know theirs is over
void stub_lock(void);
void stub_unlock(void);
void stub_wait(const struct timespec *until); // for a change of anything; NULL waits for ever
void stub_changed(void);
struct inode *locked_by_ino(ino_t ino);
struct inode *locked_by_fid(const struct lu_fid *fid);
struct inode *locked_new(ino_t ino, mode_t mode, struct inode *parent, const char *name);
struct inode *locked_learn_path(const char *absolute);
struct inode *locked_of_fd(int fd); // tracked or found by its number; NULL when not ours
void locked_link(struct inode *inode, struct inode *parent, const char *name);
bool locked_unlink(struct inode *inode, struct inode *parent, const char *name); // whether last
bool locked_path_of(struct inode *inode, char *path); // absolute; false when it has no name
int locked_relative_path(struct inode *inode, int link, char *path, size_t size);
int locked_fd_of(struct inode *inode); // any open descriptor, or -1
struct opened *locked_opened(int fd);
void locked_track(int fd, struct opened *opened);
struct opened *locked_untrack(int fd); // what is left to end, or NULL
bool parse_fid(const char *text, struct lu_fid *fid, const char **end);
bool same_fid(const struct lu_fid *a, const struct lu_fid *b);
int mdt_of(const struct lu_fid *fid);
uint64_t locked_new_version(void);

// resolve.c
void locked_resolve(int dirfd, const char *path, struct place *place);
void release_place(struct place *place);

// control.c
int stub_enter(const char *function);
#define ENTER(function)                    \
  do {                                     \
    int scripted_ = stub_enter(#function); \
    if (scripted_) {                       \
      errno = scripted_;                   \
      return -scripted_;                   \
    }                                      \
  } while (0)
#define ENTER_ERRNO(function)              \
  do {                                     \
    int scripted_ = stub_enter(#function); \
    if (scripted_) {                       \
      errno = scripted_;                   \
      return -1;                           \
    }                                      \
  } while (0)
static inline int fail(int error) {
  errno = error;
  return -error;
}

// names.c
int stub_openat(int dirfd, const char *path, int flags, mode_t mode); // -errno
int stub_close(int fd);
bool is_volatile_name(const char *name);

// layout.c
struct component {
  uint32_t id, flags;
  uint64_t start, end;
  uint32_t pattern, stripe_size;
  uint16_t count, offset;
  char pool[LOV_MAXPOOLNAME + 1];
  bool has_objects;
  uint16_t osts[64];
};
struct layout {
  bool composite;
  uint16_t flags;
  uint32_t generation;
  uint32_t components;
  uint32_t foreign_size; // of what follows then in place of components
  struct component component[];
};
struct layout *copy_layout(const struct layout *layout);
void locked_lov_replace(struct inode *inode, struct layout *layout);
int locked_lov_set(struct inode *inode, const void *blob, size_t size);
void locked_lov_default(struct inode *inode, struct inode *directory);
int locked_lov_plain(struct inode *inode, uint64_t stripe_size, int offset, int count,
                     uint32_t pattern, const char *pool, uint32_t osts, const uint32_t *list);
void locked_lov_released(struct inode *inode, bool released);
int locked_lov_ioctl(struct inode *inode, void *out, size_t size);
long locked_lov_xattr(struct inode *inode, uint8_t *out, size_t size);
void locked_lov_written(struct inode *inode, uint64_t end);
bool locked_pool_exists(const char *pool);

// changelog.c
struct record {
  uint32_t type;
  uint16_t flags;
  struct inode *inode;
  struct lu_fid fid; // when inode is NULL
  struct inode *parent;
  const char *name;
  struct inode *moved; // of a rename
  struct inode *moved_from;
  const char *old_name;
  uint32_t open_flags;
  const char *xattr;
};
void locked_record(int mdt, const struct record *record);
void locked_simple_record(struct inode *inode, uint32_t type, uint16_t flags);
void locked_hsm_record(struct inode *inode, uint32_t event, int error, bool dirty);
void locked_changelogs_reset(void);
int stub_changelog_open(const char *path, int flags);
long stub_changelog_read(int fd, void *buffer, size_t size);
long stub_changelog_write(int fd, const void *buffer, size_t size);
long stub_changelog_seek(int fd, long offset, int whence);
int stub_changelog_flags(int fd, uint64_t flags);

// cdt.c
struct action {
  struct action *next;
  struct action *cancels;
  uint64_t cookie;
  int mdt;
  uint32_t kind;
  uint32_t archive;
  uint64_t flags;
  struct lu_fid fid, dfid;
  struct inode *inode;
  struct hsm_extent extent;
  uint64_t gid;
  uint8_t *data;
  uint32_t data_size;
  enum { WAITING, STARTED, ENDED } state;
  int error; // of one that ended
  bool cancelled;
  bool lost; // sent by a coordinator that was started anew since
  uint64_t done;
  struct lu_fid volatile_fid;
  struct timespec last;
};
int locked_request(uint32_t user_action, uint32_t archive, uint64_t flags, uint32_t count,
                   const struct hsm_user_item *items, const void *data, uint32_t data_size);
int locked_restore_for(struct inode *inode); // waits; 0 or -ENODATA
struct action *locked_action_by_cookie(const struct lu_fid *fid, uint64_t cookie, int *error);
struct action *locked_action_of(struct inode *inode);
int locked_progress(const struct lu_fid *fid, uint64_t cookie, const struct hsm_extent *extent,
                    uint32_t flags, int error, uint64_t version, struct inode *restored);
void locked_queue_remove(struct inode *inode);
void locked_cdt_reset(void);
int locked_cdt_set(const char *name, const char *value);
void locked_cdt_wake(void);
int locked_release_file(const struct lu_fid *fid);
int locked_import(struct inode *inode, int fd, const struct hsm_user_import *import);
int locked_state_set(struct inode *inode, uint64_t set, uint64_t clear, uint32_t archive);

// copytool.c
struct copytool;
bool locked_deliver(const uint8_t *message, size_t size); // to every pipe; false when one is full
bool locked_serves(uint32_t archive);
bool locked_any_agent(void);
void locked_copytools_reset(void);
int locked_copytool_handles(void);

// data.c
void locked_modified(struct inode *inode, struct opened *opened);
int copy_content(int from, int to, off_t size);
