// SPDX-License-Identifier: Apache-2.0
// Layouts: what callers set is checked and given objects; what they read is made from that, in the
// form of the ioctl or of the attribute, which differ.
#include "stub.h"

#define MIB4 LOV_DESC_STRIPE_SIZE_DEFAULT
#define DEFAULT_OFFSET 0xffff

static const char *const pools[] = {"disk", "flash"}; // OSTs 0 and 1, then 2 and 3
static uint32_t next_object = 2, next_ost;

bool locked_pool_exists(const char *pool) {
  return strcmp(pool, pools[0]) == 0 || strcmp(pool, pools[1]) == 0;
}

static size_t layout_size(const struct layout *layout) {
  return sizeof *layout + layout->components * sizeof(struct component) + layout->foreign_size;
}

struct layout *copy_layout(const struct layout *layout) {
  return layout ? memcpy(malloc(layout_size(layout)), layout, layout_size(layout)) : NULL;
}

void locked_lov_replace(struct inode *inode, struct layout *layout) {
  free(inode->lov);
  inode->lov = layout;
}

/** Gives a component its OSTs. */
static void instantiate(struct component *component) {
  uint32_t first = 0, number = OSTS;
  if (component->pool[0]) {
    first = strcmp(component->pool, pools[1]) == 0 ? 2 : 0;
    number = 2;
  }
  if (component->pattern & LOV_PATTERN_MDT) {
    component->count = 0;
  } else {
    if (component->count == 0) {
      component->count = 1;
    }
    uint32_t most = component->pattern & LOV_PATTERN_OVERSTRIPING ? 64 : number;
    if (component->count > most) {
      component->count = component->count > 0xffdf ? (uint16_t)number : (uint16_t)most;
    }
    uint32_t from = component->offset < OSTS ? component->offset - first : next_ost++;
    if (!component->has_objects) { // else they were named one by one
      for (uint16_t i = 0; i < component->count; i++) {
        component->osts[i] = (uint16_t)(first + (from + i) % number);
      }
    }
  }
  component->has_objects = true;
  component->flags |= LCME_FL_INIT;
}

static int check(struct component *component, bool may_release) {
  uint32_t pattern = component->pattern & ~LOV_PATTERN_F_RELEASED;
  if ((component->pattern & LOV_PATTERN_F_RELEASED) && !may_release) {
    return -EINVAL;
  }
  if (pattern == 0 || component->pattern == LOV_PATTERN_DEFAULT) {
    component->pattern |= LOV_PATTERN_RAID0;
    pattern = LOV_PATTERN_RAID0;
  }
  if (pattern != LOV_PATTERN_RAID0 && pattern != LOV_PATTERN_MDT &&
      pattern != (LOV_PATTERN_RAID0 | LOV_PATTERN_OVERSTRIPING)) {
    return -EINVAL;
  }
  if (component->stripe_size % LOV_MIN_STRIPE_SIZE) {
    return -EINVAL;
  }
  if (component->pool[0] && !locked_pool_exists(component->pool)) {
    return -EINVAL;
  }
  if (component->offset != DEFAULT_OFFSET && component->offset >= OSTS) {
    return -EINVAL;
  }
  return 0;
}

/** Reads one lov_user_md_v1 or _v3, in which the generation's place holds the first OST. */
static int parse_one(struct component *component, const uint8_t *blob, size_t size) {
  if (size < sizeof(struct lov_user_md_v1)) {
    return -EINVAL;
  }
  const struct lov_user_md_v1 *v1 = (const void *)blob;
  const struct lov_user_md_v3 *v3 = (const void *)blob;
  component->pattern = v1->lmm_pattern;
  component->stripe_size = v1->lmm_stripe_size;
  component->count = v1->lmm_stripe_count;
  component->offset = v1->lmm_gen;
  if (v1->lmm_magic == LOV_USER_MAGIC_V1) {
    return 0;
  }
  if (v1->lmm_magic != LOV_USER_MAGIC_V3 && v1->lmm_magic != LOV_USER_MAGIC_SPECIFIC) {
    return -EINVAL;
  }
  if (size < sizeof *v3) {
    return -EINVAL;
  }
  memcpy(component->pool, v3->lmm_pool_name, LOV_MAXPOOLNAME);
  if (strcmp(component->pool, "none") == 0 || strcmp(component->pool, "inherit") == 0) {
    component->pool[0] = 0;
  }
  if (component->pool[0] && !locked_pool_exists(component->pool)) {
    component->pool[0] = 0; // left out without a word
  }
  if (v1->lmm_magic == LOV_USER_MAGIC_SPECIFIC) {
    if (component->count > 64 ||
        size < sizeof *v3 + component->count * sizeof(struct lov_user_ost_data_v1)) {
      return -EINVAL;
    }
    for (uint16_t i = 0; i < component->count; i++) {
      component->osts[i] = (uint16_t)v3->lmm_objects[i].l_ost_idx;
      if (v3->lmm_objects[i].l_ost_idx >= OSTS) {
        return -EINVAL;
      }
    }
    component->has_objects = true;
  }
  return 0;
}

static int parse(const uint8_t *blob, size_t size, bool may_release, struct layout **out) {
  uint32_t magic;
  if (size < 16) {
    return -EINVAL;
  }
  memcpy(&magic, blob, 4);
  uint32_t count = 1;
  const struct lov_comp_md_v1 *header = (const void *)blob;
  if (magic == LOV_USER_MAGIC_FOREIGN) {
    struct layout *foreign = calloc(1, sizeof *foreign + size);
    foreign->foreign_size = (uint32_t)size;
    memcpy(foreign->component, blob, size);
    *out = foreign;
    return 0;
  }
  bool composite = magic == LOV_USER_MAGIC_COMP_V1;
  if (composite) {
    if (size < sizeof *header || header->lcm_size > size ||
        size < sizeof *header + header->lcm_entry_count * sizeof(struct lov_comp_md_entry_v1)) {
      return -EINVAL;
    }
    count = header->lcm_entry_count;
  }
  struct layout *layout = calloc(1, sizeof *layout + count * sizeof(struct component));
  layout->composite = composite;
  layout->components = count;
  int rc = count ? 0 : -EINVAL;
  uint32_t mirror = 0, in_mirror = 0;
  for (uint32_t i = 0; i < count && !rc; i++) {
    struct component *component = &layout->component[i];
    if (!composite) {
      component->end = LUSTRE_EOF;
      rc = parse_one(component, blob, size);
    } else {
      const struct lov_comp_md_entry_v1 *entry = &header->lcm_entries[i];
      component->start = entry->lcme_extent.e_start;
      component->end = entry->lcme_extent.e_end;
      component->flags = entry->lcme_flags & ~LCME_FL_INIT;
      if (component->start == 0) {
        mirror++;
        in_mirror = 0;
      } else if (i == 0 || layout->component[i - 1].end != component->start) {
        rc = -EINVAL;
      }
      in_mirror++;
      component->id = header->lcm_mirror_count > 0 ? mirror << 16 | in_mirror : i + 1;
      if (entry->lcme_offset > size || entry->lcme_size > size - entry->lcme_offset ||
          component->start >= component->end) {
        rc = -EINVAL;
      }
      if (!rc) {
        rc = parse_one(component, blob + entry->lcme_offset, entry->lcme_size);
      }
    }
    if (!rc) {
      rc = check(component, may_release);
    }
  }
  if (rc) {
    free(layout);
    return rc;
  }
  layout->flags = mirror > 1 ? 1 : 0; // LCM_FL_RDONLY: all mirrors are the same
  *out = layout;
  return 0;
}

static bool is_nothing(const struct layout *layout) {
  const struct component *only = layout->component;
  return !layout->composite && !layout->foreign_size && !only->stripe_size && !only->count &&
         only->offset == DEFAULT_OFFSET && !only->pool[0];
}

/** Gives a file a template's layout with objects where it begins. */
static void settle_layout(struct inode *inode, struct layout *layout) {
  for (uint32_t i = 0; i < layout->components; i++) {
    struct component *component = &layout->component[i];
    if (!component->stripe_size) {
      component->stripe_size = MIB4;
    }
    if (!(component->pattern & LOV_PATTERN_F_RELEASED) && component->start == 0) {
      instantiate(component);
    } else {
      component->has_objects = false;
      if (!layout->composite && component->count == 0) {
        component->count = 1;
      }
    }
  }
  layout->generation = layout->composite ? layout->components : 0;
  locked_lov_replace(inode, layout);
}

int locked_lov_set(struct inode *inode, const void *blob, size_t size) {
  struct layout *layout;
  int rc = parse(blob, size, false, &layout);
  if (rc) {
    return rc;
  }
  if (S_ISDIR(inode->mode)) {
    if (is_nothing(layout)) {
      free(layout);
      layout = NULL;
    }
    locked_lov_replace(inode, layout);
  } else {
    settle_layout(inode, layout);
  }
  locked_simple_record(inode, CL_LAYOUT, 0);
  return 0;
}

static struct layout *plain(void) {
  struct layout *layout = calloc(1, sizeof *layout + sizeof(struct component));
  layout->components = 1;
  layout->component->end = LUSTRE_EOF;
  layout->component->pattern = LOV_PATTERN_RAID0;
  layout->component->offset = DEFAULT_OFFSET;
  return layout;
}

void locked_lov_default(struct inode *inode, struct inode *directory) {
  if (S_ISREG(inode->mode)) {
    settle_layout(inode, directory && directory->lov ? copy_layout(directory->lov) : plain());
  }
}

int locked_lov_plain(struct inode *inode, uint64_t stripe_size, int offset, int count,
                     uint32_t pattern, const char *pool, uint32_t osts, const uint32_t *list) {
  struct layout *layout = plain();
  struct component *component = layout->component;
  component->stripe_size = (uint32_t)stripe_size;
  component->offset = offset < 0 ? DEFAULT_OFFSET : (uint16_t)offset;
  component->count = count < 0 ? 0xffff : (uint16_t)count;
  component->pattern = pattern;
  int rc = stripe_size > UINT32_MAX || (pool && strlen(pool) > LOV_MAXPOOLNAME) ? -EINVAL : 0;
  if (!rc && pool) {
    strncpy(component->pool, pool, LOV_MAXPOOLNAME);
  }
  for (uint32_t i = 0; !rc && i < osts; i++) {
    rc = i < 64 && list[i] < OSTS ? 0 : -EINVAL;
    component->osts[i % 64] = (uint16_t)list[i];
    component->has_objects = true;
  }
  if (!rc) {
    rc = check(component, true);
  }
  if (rc) {
    free(layout);
  } else {
    settle_layout(inode, layout);
  }
  return rc;
}

void locked_lov_released(struct inode *inode, bool released) {
  struct layout *layout = inode->lov;
  for (uint32_t i = 0; layout && i < layout->components; i++) {
    struct component *component = &layout->component[i];
    if (released) {
      component->pattern |= LOV_PATTERN_F_RELEASED;
      component->has_objects = false;
    } else if (component->pattern & LOV_PATTERN_F_RELEASED) {
      component->pattern &= ~LOV_PATTERN_F_RELEASED;
      component->flags &= ~LCME_FL_INIT;
      if (component->start == 0) {
        instantiate(component);
      }
    }
  }
  if (layout) {
    layout->generation++;
  }
}

/** A write instantiates what it reaches, and makes the other mirrors stale. */
void locked_lov_written(struct inode *inode, uint64_t end) {
  if (!inode->lov) {
    locked_lov_default(inode, inode->links ? inode->links->parent : NULL);
    return;
  }
  struct layout *layout = inode->lov;
  if (!layout->composite) {
    return;
  }
  for (uint32_t i = 0; i < layout->components; i++) {
    struct component *component = &layout->component[i];
    bool other_mirror = layout->flags && component->id >> 16 > 1;
    if (other_mirror) {
      if (!(component->flags & LCME_FL_STALE)) {
        component->flags |= LCME_FL_STALE;
        layout->generation++;
        layout->flags = 2; // LCM_FL_WRITE_PENDING
      }
    } else if (component->start < end && !component->has_objects) {
      instantiate(component);
      layout->generation++;
    }
  }
}

/** One lov_user_md; its size. */
static size_t emit_one(const struct inode *inode, const struct layout *layout,
                       const struct component *component, bool ioctl, uint8_t *out, size_t size) {
  bool file = S_ISREG(inode->mode), pool = component->pool[0] != 0;
  size_t header = pool ? sizeof(struct lov_user_md_v3) : sizeof(struct lov_user_md_v1);
  uint16_t objects = component->count < 0xffe0 && file && (component->has_objects || ioctl)
                         ? component->count
                         : 0;
  if (component->pattern & LOV_PATTERN_MDT) {
    objects = 0;
  }
  size_t need = header + objects * sizeof(struct lov_user_ost_data_v1);
  if (need > size) {
    return need;
  }
  memset(out, 0, need);
  struct lov_user_md_v3 *lum = (void *)out;
  lum->lmm_magic = pool ? LOV_USER_MAGIC_V3 : LOV_USER_MAGIC_V1;
  lum->lmm_pattern = component->pattern;
  if (file && (component->has_objects || !layout->composite)) {
    uint64_t oid = inode->fid.f_oid;
    memcpy(lum->lmm_oi, &oid, 8);
    memcpy(lum->lmm_oi + 8, &inode->fid.f_seq, 8);
  }
  lum->lmm_stripe_size = component->stripe_size;
  lum->lmm_stripe_count = component->count;
  lum->lmm_gen = !file ? component->offset : ioctl ? (uint16_t)layout->generation : 0xffff;
  if (pool) {
    memcpy(lum->lmm_pool_name, component->pool, sizeof component->pool);
  }
  struct lov_user_ost_data_v1 *object = (void *)(out + header);
  for (uint16_t i = 0; i < objects; i++) {
    if (component->has_objects) {
      struct lu_fid fid = {DATA_SEQ + ((uint64_t)component->osts[i] << 30),
                           (uint32_t)(inode->fid.f_oid + next_object), 0};
      memcpy(object[i].l_ost_oi, &fid, sizeof fid);
      object[i].l_ost_idx = component->osts[i];
    } else { // no object is there: only room for one
      object[i].l_ost_gen = object[i].l_ost_idx = UINT32_MAX;
    }
  }
  return need;
}

static long emit(const struct inode *inode, bool ioctl, uint8_t *out, size_t size) {
  const struct layout *layout = inode->lov;
  if (layout->foreign_size) {
    if (layout->foreign_size > size) {
      return -ERANGE;
    }
    memcpy(out, layout->component, layout->foreign_size);
    return layout->foreign_size;
  }
  if (!layout->composite) {
    size_t need = emit_one(inode, layout, layout->component, ioctl, out, size);
    return need > size ? -ERANGE : (long)need;
  }
  size_t at = sizeof(struct lov_comp_md_v1) +
              layout->components * sizeof(struct lov_comp_md_entry_v1);
  if (at > size) {
    return -ERANGE;
  }
  memset(out, 0, at);
  struct lov_comp_md_v1 *header = (void *)out;
  header->lcm_magic = LOV_USER_MAGIC_COMP_V1;
  header->lcm_layout_gen = layout->generation;
  header->lcm_flags = layout->flags;
  header->lcm_entry_count = (uint16_t)layout->components;
  uint32_t mirrors = 0;
  for (uint32_t i = 0; i < layout->components; i++) {
    const struct component *component = &layout->component[i];
    struct lov_comp_md_entry_v1 *entry = &header->lcm_entries[i];
    mirrors += component->start == 0;
    entry->lcme_id = component->id;
    entry->lcme_flags = component->flags;
    entry->lcme_extent = (struct lu_extent){component->start, component->end};
    entry->lcme_offset = (uint32_t)at;
    size_t need = emit_one(inode, layout, component, ioctl, out + at, size - at);
    if (need > size - at) {
      return -ERANGE;
    }
    entry->lcme_size = (uint32_t)need;
    at += need;
  }
  header->lcm_mirror_count = (uint16_t)(mirrors - 1);
  header->lcm_size = (uint32_t)at;
  return (long)at;
}

int locked_lov_ioctl(struct inode *inode, void *out, size_t size) {
  if (!S_ISREG(inode->mode) && !S_ISDIR(inode->mode)) {
    return -ENOTTY;
  }
  if (inode->fid.f_seq == ROOT_SEQ && !inode->lov) {
    return -ENOTTY;
  }
  if (!inode->lov) {
    return -ENODATA;
  }
  long r = emit(inode, true, out, size);
  return r == -ERANGE ? -EOVERFLOW : r < 0 ? (int)r : 0;
}

long locked_lov_xattr(struct inode *inode, uint8_t *out, size_t size) {
  return inode->lov ? emit(inode, false, out, size) : 0;
}
