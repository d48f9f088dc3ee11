// SPDX-License-Identifier: Apache-2.0
// The coordinators, one per MDT: the queue, what is sent to copytools, what they answer, timeouts.
#include "stub.h"
#include <stdio.h>

#define LIST_SIZE 5120
#define NONE_OF_KIND 0xffffffffu

struct coordinator {
  enum { STOPPED, ENABLED, DISABLED } control;
  uint32_t max_requests, timeout, default_archive;
  bool remove_on_last_unlink;
  uint64_t next_cookie;
};

static struct coordinator coordinators[MDTS];
static struct action *actions, **last_action = &actions;
static pthread_t thread;
static bool thread_runs;

static struct timespec now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t;
}

static bool is_over(const struct action *action, const struct timespec *t) {
  uint32_t timeout = coordinators[action->mdt].timeout;
  time_t seconds = t->tv_sec - action->last.tv_sec;
  return seconds > timeout || (seconds == timeout && t->tv_nsec >= action->last.tv_nsec);
}

void locked_cdt_reset(void) {
  // What waiters hold stays: they see the next mount and let go.
  actions = NULL;
  last_action = &actions;
  for (int mdt = 0; mdt < MDTS; mdt++) {
    coordinators[mdt] = (struct coordinator){.control = ENABLED,
                                             .max_requests = 3,
                                             .timeout = 3600,
                                             .default_archive = 1,
                                             .next_cookie = (uint64_t)time(NULL)};
  }
}

struct action *locked_action_of(struct inode *inode) {
  for (struct action *a = actions; a; a = a->next) {
    if (a->inode == inode && a->state != ENDED && a->kind != HSMA_CANCEL) {
      return a;
    }
  }
  return NULL;
}

struct action *locked_action_by_cookie(const struct lu_fid *fid, uint64_t cookie, int *error) {
  for (struct action *a = actions; a; a = a->next) {
    if (a->cookie == cookie && a->kind != HSMA_CANCEL && a->mdt == mdt_of(fid)) {
      if (a->state != STARTED || a->lost) {
        break;
      }
      *error = same_fid(&a->fid, fid) ? 0 : -EINVAL;
      return *error ? NULL : a;
    }
  }
  *error = -ENOENT;
  return NULL;
}

static uint32_t event_of(uint32_t kind) {
  return kind == HSMA_ARCHIVE ? HE_ARCHIVE : kind == HSMA_RESTORE ? HE_RESTORE : HE_REMOVE;
}

static void end(struct action *action, int error) {
  action->state = ENDED;
  action->error = error;
  if (action->inode && action->kind != HSMA_CANCEL && !action->inode->gone) {
    locked_hsm_record(action->inode, error == ECANCELED ? HE_CANCEL : event_of(action->kind),
                      error, action->inode->hsm & HS_DIRTY);
  }
  stub_changed();
}

/** 0 = wanted, 1 = not needed, else a negative errno. */
static int compatible(uint32_t kind, const struct inode *inode, uint32_t archive) {
  uint32_t hsm = inode->hsm;
  switch (kind) {
    case HSMA_ARCHIVE:
      if (!S_ISREG(inode->mode)) {
        return 0;
      }
      if (hsm & HS_ARCHIVED && !(hsm & HS_DIRTY)) {
        return 1;
      }
      if (hsm & HS_NOARCHIVE || (hsm & HS_EXISTS && archive && archive != inode->archive)) {
        return -EPERM;
      }
      return 0;
    case HSMA_RESTORE:
      if (!(hsm & HS_RELEASED)) {
        return 1;
      }
      return hsm & HS_ARCHIVED && !(hsm & (HS_DIRTY | HS_LOST)) ? 0 : -EPERM;
    case HSMA_REMOVE:
      if (!(hsm & (HS_ARCHIVED | HS_EXISTS))) {
        return 1;
      }
      return hsm & HS_RELEASED ? -EPERM : 0;
    default:
      return 0;
  }
}

// ---- sending

static uint32_t active(int mdt) {
  uint32_t count = 0;
  for (struct action *a = actions; a; a = a->next) {
    count += a->mdt == mdt && a->state == STARTED && !a->lost && a->kind != HSMA_CANCEL;
  }
  return count;
}

struct list {
  uint8_t bytes[8 + LIST_SIZE + 4096];
  size_t size;
  uint32_t count, archive;
  uint64_t flags;
  struct action *items[128];
};

static void begin_list(struct list *list, uint32_t archive, uint64_t flags) {
  memset(list->bytes, 0, sizeof list->bytes);
  list->count = 0;
  list->archive = archive;
  list->flags = flags;
  list->size = 8 + sizeof(struct hsm_action_list) + ((strlen(stub_fsname) + 1 + 7) & ~7ul);
}

static void add(struct list *list, struct action *action) {
  struct hsm_action_item *item = (void *)(list->bytes + list->size);
  item->hai_len = (uint32_t)sizeof *item + action->data_size;
  item->hai_action = action->kind;
  item->hai_fid = action->fid;
  item->hai_dfid = action->dfid;
  item->hai_extent = action->extent;
  item->hai_cookie = action->cookie;
  item->hai_gid = action->gid;
  memcpy(item->hai_data, action->data, action->data_size);
  list->size += (item->hai_len + 7) & ~7u;
  list->items[list->count++] = action;
}

/** Sends a list; when no pipe has room, its items go back to waiting. */
static bool send_list(struct list *list) {
  if (!list->count) {
    return true;
  }
  struct kuc_hdr *header = (void *)list->bytes;
  header->kuc_magic = KUC_MAGIC;
  header->kuc_transport = KUC_TRANSPORT_HSM;
  header->kuc_msgtype = HMT_ACTION_LIST;
  header->kuc_msglen = (uint16_t)list->size;
  struct hsm_action_list *hal = (void *)(list->bytes + 8);
  hal->hal_version = HAL_VERSION;
  hal->hal_count = list->count;
  hal->hal_flags = list->flags;
  hal->hal_archive_id = list->archive;
  strcpy(hal->hal_fsname, stub_fsname);
  bool sent = locked_deliver(list->bytes, list->size);
  for (uint32_t i = 0; i < list->count; i++) {
    struct action *action = list->items[i];
    if (!sent) {
      action->state = WAITING;
    } else if (action->kind == HSMA_CANCEL) {
      end(action, 0);
    }
  }
  list->count = 0;
  return sent;
}

static void start(struct action *action) {
  struct inode *inode = action->inode;
  action->state = STARTED;
  action->last = now();
  if (action->kind == HSMA_ARCHIVE && inode &&
      (!(inode->hsm & HS_EXISTS) || inode->archive != action->archive)) {
    inode->hsm |= HS_EXISTS; // and the archive: even when the copy fails later
    inode->archive = action->archive;
    locked_hsm_record(inode, HE_STATE, 0, inode->hsm & HS_DIRTY);
  }
  if (action->kind == HSMA_CANCEL && action->cancels && action->cancels->state == STARTED) {
    action->cancels->cancelled = true;
  }
}

static void send_waiting(int mdt) {
  static struct list list;
  struct coordinator *coordinator = &coordinators[mdt];
  if (coordinator->control != ENABLED || !locked_any_agent()) {
    return;
  }
  uint32_t busy = active(mdt);
  list.count = 0;
  for (struct action *a = actions; a; a = a->next) {
    if (a->mdt != mdt || a->state != WAITING || !locked_serves(a->archive) ||
        (a->kind != HSMA_CANCEL && busy >= coordinator->max_requests)) {
      continue;
    }
    if (a->kind != HSMA_CANCEL && a->inode && !a->inode->gone &&
        compatible(a->kind, a->inode, a->archive)) {
      end(a, EPERM);
      continue;
    }
    size_t need = (sizeof(struct hsm_action_item) + a->data_size + 7) & ~7ul;
    if (list.count && (list.archive != a->archive || list.flags != a->flags ||
                       list.count >= 70 || list.size + need > LIST_SIZE)) {
      if (!send_list(&list)) {
        return;
      }
    }
    if (!list.count) {
      begin_list(&list, a->archive, a->flags);
    }
    start(a);
    busy += a->kind != HSMA_CANCEL;
    add(&list, a);
  }
  send_list(&list);
}

static void time_out(void) {
  struct timespec t = now();
  for (struct action *a = actions; a; a = a->next) {
    if (a->state == STARTED && a->kind != HSMA_CANCEL && is_over(a, &t)) {
      end(a, ECANCELED);
    }
  }
}

void locked_cdt_wake(void) {
  for (int mdt = 0; mdt < MDTS; mdt++) {
    send_waiting(mdt);
  }
}

static void *run(void *unused) {
  stub_lock();
  for (;;) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 100 * 1000 * 1000;
    if (until.tv_nsec >= 1000 * 1000 * 1000) {
      until.tv_sec++;
      until.tv_nsec -= 1000 * 1000 * 1000;
    }
    stub_wait(&until);
    time_out();
    locked_cdt_wake();
  }
  return unused;
}

static void run_thread(void) {
  if (!thread_runs) {
    thread_runs = pthread_create(&thread, NULL, run, NULL) == 0;
    pthread_detach(thread);
  }
}

// ---- requests

static struct action *queue(uint32_t kind, int mdt, const struct lu_fid *fid, struct inode *inode) {
  struct action *action = calloc(1, sizeof *action);
  action->kind = kind;
  action->mdt = mdt;
  action->fid = action->dfid = *fid;
  action->inode = inode;
  action->extent = (struct hsm_extent){0, LUSTRE_EOF};
  action->archive = inode && inode->archive ? inode->archive : coordinators[mdt].default_archive;
  action->cookie = ++coordinators[mdt].next_cookie;
  // The end of the list may have been another mount's.
  for (last_action = &actions; *last_action; last_action = &(*last_action)->next) {
  }
  *last_action = action;
  run_thread();
  return action;
}

static uint32_t kind_of(uint32_t user_action) {
  switch (user_action) {
    case HUA_ARCHIVE:
      return HSMA_ARCHIVE;
    case HUA_RESTORE:
      return HSMA_RESTORE;
    case HUA_REMOVE:
      return HSMA_REMOVE;
    case HUA_CANCEL:
      return HSMA_CANCEL;
    default:
      return NONE_OF_KIND;
  }
}

static void cancel(struct inode *inode, int mdt, const struct lu_fid *fid) {
  struct action *target = NULL;
  for (struct action *a = actions; a; a = a->next) {
    if (a->state == ENDED || !same_fid(&a->fid, fid)) {
      continue;
    }
    if (a->kind == HSMA_CANCEL) {
      return; // one waits already
    }
    target = a;
  }
  if (target && !target->cancelled) {
    struct action *action = queue(HSMA_CANCEL, mdt, fid, inode);
    action->cancels = target;
    action->cookie = target->cookie;
    action->archive = target->archive;
  }
}

static int request_one(uint32_t kind, uint32_t archive, uint64_t flags,
                       const struct hsm_user_item *item, const void *data, uint32_t data_size) {
  const struct lu_fid *fid = &item->hui_fid;
  if (!fid->f_seq || !fid->f_oid) {
    return -EINVAL;
  }
  int mdt = mdt_of(fid);
  struct inode *inode = locked_by_fid(fid);
  if (inode && inode->gone && !inode->is_volatile) {
    inode = NULL;
  }
  if (!inode && kind != HSMA_CANCEL && kind != HSMA_REMOVE) {
    return -ENOENT;
  }
  mdt = mdt < 0 ? 0 : mdt;
  if (coordinators[mdt].control == STOPPED) {
    return -EAGAIN;
  }
  if (kind == HSMA_RESTORE && item->hui_extent.offset) {
    return -EPROTO;
  }
  if (kind == HSMA_CANCEL) {
    cancel(inode, mdt, fid);
    return 0;
  }
  if (inode) {
    int rc = compatible(kind, inode, archive);
    if (rc > 0 && !(flags & HSM_FORCE_ACTION)) {
      return 0;
    } else if (rc < 0) {
      return rc;
    }
    if (locked_action_of(inode)) {
      return 0; // swallowed, its data too
    }
  }
  struct action *action = queue(kind, mdt, fid, inode);
  if (archive) {
    action->archive = archive;
  }
  action->flags = flags;
  action->extent = item->hui_extent;
  action->data_size = data_size;
  action->data = memcpy(malloc(data_size + 1), data, data_size);
  return 0;
}

int locked_request(uint32_t user_action, uint32_t archive, uint64_t flags, uint32_t count,
                   const struct hsm_user_item *items, const void *data, uint32_t data_size) {
  if (user_action == HUA_RELEASE) {
    for (uint32_t i = 0; i < count; i++) {
      int rc = locked_release_file(&items[i].hui_fid);
      if (rc) {
        return rc;
      }
    }
    return 0;
  }
  uint32_t kind = kind_of(user_action);
  if (kind == NONE_OF_KIND) {
    return -EINVAL;
  }
  int rc = 0;
  if (SYS(geteuid, 0) != 0 && kind != HSMA_RESTORE) {
    rc = -EPERM;
  }
  for (uint32_t i = 0; i < count && !rc; i++) {
    rc = request_one(kind, archive, flags, &items[i], data, data_size);
  }
  locked_cdt_wake();
  return rc;
}

int locked_restore_for(struct inode *inode) {
  unsigned mount = stub_mounts;
  bool own = false;
  while (inode->hsm & HS_RELEASED) {
    struct action *action = locked_action_of(inode);
    if (!action) {
      int mdt = inode->mdt;
      if (own || (inode->hsm & HS_LOST) || coordinators[mdt].control == STOPPED ||
          compatible(HSMA_RESTORE, inode, 0)) {
        return -ENODATA;
      }
      action = queue(HSMA_RESTORE, mdt, &inode->fid, inode);
      action->flags = HSM_REQ_BLOCKING;
      own = true;
      locked_cdt_wake();
    }
    while (action->state != ENDED && stub_mounts == mount) {
      stub_wait(NULL);
    }
    if (stub_mounts != mount) {
      return -ENODATA;
    }
  }
  return 0;
}

void locked_queue_remove(struct inode *inode) {
  if (coordinators[inode->mdt].remove_on_last_unlink) {
    struct action *action = queue(HSMA_REMOVE, inode->mdt, &inode->fid, inode);
    action->dfid = (struct lu_fid){0, 0, 0};
    locked_cdt_wake();
  }
}

// ---- answers

int locked_progress(const struct lu_fid *fid, uint64_t cookie, const struct hsm_extent *extent,
                    uint32_t flags, int error, uint64_t version, struct inode *restored) {
  int mdt = mdt_of(fid);
  if (coordinators[mdt < 0 ? 0 : mdt].control == STOPPED) {
    return -EAGAIN;
  }
  if (error && !(flags & HP_FLAG_COMPLETED)) {
    return -EINVAL;
  }
  int rc;
  struct action *action = locked_action_by_cookie(fid, cookie, &rc);
  if (!action) {
    return rc;
  }
  action->last = now();
  if (!(flags & HP_FLAG_COMPLETED)) {
    if (restored && !action->volatile_fid.f_seq) {
      action->volatile_fid = restored->fid;
    }
    action->done += extent->length;
    return action->cancelled ? -ECANCELED : 0;
  }
  struct inode *inode = action->inode;
  if (error || action->cancelled) {
    end(action, error ? error : ECANCELED);
    locked_cdt_wake();
    return error || action->kind != HSMA_RESTORE ? 0 : -ECANCELED;
  }
  switch (action->kind) {
    case HSMA_ARCHIVE:
      if (inode) {
        inode->hsm |= HS_ARCHIVED;
        inode->hsm &= ~(HS_LOST | HS_DIRTY);
        inode->archive_version = version;
      }
      break;
    case HSMA_RESTORE:
      if (!restored) {
        stub_enter("HANG_OF_A_SERVER_THREAD"); // seen: nothing ends such a request any more
        return 0;
      }
      if (action->volatile_fid.f_seq && !same_fid(&action->volatile_fid, &restored->fid)) {
        return -EINVAL;
      }
      inode->hsm &= ~(HS_RELEASED | HS_DIRTY);
      if (!restored->lov) {
        locked_lov_default(restored, inode->links ? inode->links->parent : NULL);
      }
      locked_lov_replace(inode, copy_layout(restored->lov));
      inode->version = inode->archive_version = locked_new_version();
      locked_simple_record(inode, CL_LAYOUT, 0);
      break;
    default:
      if (inode) {
        inode->hsm &= ~(HS_ARCHIVED | HS_EXISTS | HS_LOST);
      }
  }
  end(action, 0);
  locked_cdt_wake();
  return 0;
}

// ---- parameters

int locked_cdt_set(const char *name, const char *value) {
  uint32_t number = (uint32_t)strtoul(value, NULL, 10);
  int rc = 0;
  for (int mdt = 0; mdt < MDTS && !rc; mdt++) {
    struct coordinator *coordinator = &coordinators[mdt];
    if (strcmp(name, "hsm_control") == 0) {
      if (strcmp(value, "enabled") == 0) {
        coordinator->control = ENABLED;
      } else if (strcmp(value, "disabled") == 0) {
        coordinator->control = DISABLED;
      } else if (strcmp(value, "shutdown") == 0) {
        coordinator->control = STOPPED;
      } else if (strcmp(value, "purge") == 0) {
        for (struct action *a = actions; a; a = a->next) {
          if (a->mdt == mdt && a->state == WAITING) {
            end(a, ECANCELED); // what is STARTED keeps its slot, as was seen
          }
        }
      } else {
        rc = -EINVAL;
      }
    } else if (strcmp(name, "hsm.max_requests") == 0) {
      coordinator->max_requests = number;
    } else if (strcmp(name, "hsm.active_request_timeout") == 0) {
      coordinator->timeout = number;
    } else if (strcmp(name, "hsm.default_archive_id") == 0) {
      coordinator->default_archive = number;
    } else if (strcmp(name, "hsm.remove_archive_on_last_unlink") == 0) {
      coordinator->remove_on_last_unlink = number != 0;
    } else if (strcmp(name, "hsm.loop_period") != 0 && strcmp(name, "hsm.grace_delay") != 0 &&
               strcmp(name, "hsm.policy") != 0) {
      rc = -ENOENT;
    }
  }
  locked_cdt_wake();
  return rc;
}

/**
 * An MDT starts anew: restores that were sent wait again, other actions that were sent stay listed,
 * but the coordinator does not know them any more. Clients register their copytools by themselves.
 */
EXPORT int stub_restart_mdt(int mdt) {
  stub_lock();
  for (struct action *a = actions; a; a = a->next) {
    if (a->mdt != mdt || a->state != STARTED) {
      continue;
    }
    if (a->kind == HSMA_RESTORE) {
      a->state = WAITING;
      a->volatile_fid = (struct lu_fid){0, 0, 0};
    } else {
      a->lost = true;
    }
  }
  locked_cdt_wake();
  stub_unlock();
  return 0;
}

/** Shows the requests of an MDT that are not over, one a line, as mdt.*.hsm.actions does. */
EXPORT int stub_actions(int mdt, char *out, size_t size) {
  stub_lock();
  size_t at = 0;
  for (struct action *a = actions; a; a = a->next) {
    if (a->mdt == mdt && a->state != ENDED) {
      int n = snprintf(out + at, size - at, "[0x%llx:0x%x:0x%x] action=%u cookie=0x%llx %s\n",
                       (unsigned long long)a->fid.f_seq, a->fid.f_oid, a->fid.f_ver, a->kind,
                       (unsigned long long)a->cookie, a->state == WAITING ? "WAITING" : "STARTED");
      if (n < 0 || (size_t)n >= size - at) {
        break;
      }
      at += (size_t)n;
    }
  }
  if (size) {
    out[at] = 0;
  }
  stub_unlock();
  return (int)at;
}
