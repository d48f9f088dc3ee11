// SPDX-License-Identifier: Apache-2.0
// Written by abi.py; do not edit.
#pragma once
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lu_fid {
  __u64 f_seq;
  __u32 f_oid;
  __u32 f_ver;
} __attribute__((packed));
_Static_assert(sizeof(struct lu_fid) == 16, "lu_fid");
_Static_assert(offsetof(struct lu_fid, f_seq) == 0 && sizeof(((struct lu_fid *)0)->f_seq) == 8, "lu_fid.f_seq");
_Static_assert(offsetof(struct lu_fid, f_oid) == 8 && sizeof(((struct lu_fid *)0)->f_oid) == 4, "lu_fid.f_oid");
_Static_assert(offsetof(struct lu_fid, f_ver) == 12 && sizeof(((struct lu_fid *)0)->f_ver) == 4, "lu_fid.f_ver");

struct lu_extent {
  __u64 e_start;
  __u64 e_end;
} __attribute__((packed));
_Static_assert(sizeof(struct lu_extent) == 16, "lu_extent");
_Static_assert(offsetof(struct lu_extent, e_start) == 0 && sizeof(((struct lu_extent *)0)->e_start) == 8, "lu_extent.e_start");
_Static_assert(offsetof(struct lu_extent, e_end) == 8 && sizeof(((struct lu_extent *)0)->e_end) == 8, "lu_extent.e_end");

struct hsm_extent {
  __u64 offset;
  __u64 length;
} __attribute__((packed));
_Static_assert(sizeof(struct hsm_extent) == 16, "hsm_extent");
_Static_assert(offsetof(struct hsm_extent, offset) == 0 && sizeof(((struct hsm_extent *)0)->offset) == 8, "hsm_extent.offset");
_Static_assert(offsetof(struct hsm_extent, length) == 8 && sizeof(((struct hsm_extent *)0)->length) == 8, "hsm_extent.length");

struct hsm_user_item {
  struct lu_fid hui_fid;
  struct hsm_extent hui_extent;
} __attribute__((packed));
_Static_assert(sizeof(struct hsm_user_item) == 32, "hsm_user_item");
_Static_assert(offsetof(struct hsm_user_item, hui_fid) == 0 && sizeof(((struct hsm_user_item *)0)->hui_fid) == 16, "hsm_user_item.hui_fid");
_Static_assert(offsetof(struct hsm_user_item, hui_extent) == 16 && sizeof(((struct hsm_user_item *)0)->hui_extent) == 16, "hsm_user_item.hui_extent");

struct hsm_request {
  __u32 hr_action;
  __u32 hr_archive_id;
  __u64 hr_flags;
  __u32 hr_itemcount;
  __u32 hr_data_len;
} __attribute__((packed));
_Static_assert(sizeof(struct hsm_request) == 24, "hsm_request");
_Static_assert(offsetof(struct hsm_request, hr_action) == 0 && sizeof(((struct hsm_request *)0)->hr_action) == 4, "hsm_request.hr_action");
_Static_assert(offsetof(struct hsm_request, hr_archive_id) == 4 && sizeof(((struct hsm_request *)0)->hr_archive_id) == 4, "hsm_request.hr_archive_id");
_Static_assert(offsetof(struct hsm_request, hr_flags) == 8 && sizeof(((struct hsm_request *)0)->hr_flags) == 8, "hsm_request.hr_flags");
_Static_assert(offsetof(struct hsm_request, hr_itemcount) == 16 && sizeof(((struct hsm_request *)0)->hr_itemcount) == 4, "hsm_request.hr_itemcount");
_Static_assert(offsetof(struct hsm_request, hr_data_len) == 20 && sizeof(((struct hsm_request *)0)->hr_data_len) == 4, "hsm_request.hr_data_len");

struct hsm_user_state {
  __u32 hus_states;
  __u32 hus_archive_id;
  __u32 hus_in_progress_state;
  __u32 hus_in_progress_action;
  struct hsm_extent hus_in_progress_location;
  char hus_extended_info[];
} __attribute__((packed));
_Static_assert(sizeof(struct hsm_user_state) == 32, "hsm_user_state");
_Static_assert(offsetof(struct hsm_user_state, hus_states) == 0 && sizeof(((struct hsm_user_state *)0)->hus_states) == 4, "hsm_user_state.hus_states");
_Static_assert(offsetof(struct hsm_user_state, hus_archive_id) == 4 && sizeof(((struct hsm_user_state *)0)->hus_archive_id) == 4, "hsm_user_state.hus_archive_id");
_Static_assert(offsetof(struct hsm_user_state, hus_in_progress_state) == 8 && sizeof(((struct hsm_user_state *)0)->hus_in_progress_state) == 4, "hsm_user_state.hus_in_progress_state");
_Static_assert(offsetof(struct hsm_user_state, hus_in_progress_action) == 12 && sizeof(((struct hsm_user_state *)0)->hus_in_progress_action) == 4, "hsm_user_state.hus_in_progress_action");
_Static_assert(offsetof(struct hsm_user_state, hus_in_progress_location) == 16 && sizeof(((struct hsm_user_state *)0)->hus_in_progress_location) == 16, "hsm_user_state.hus_in_progress_location");

struct hsm_current_action {
  __u32 hca_state;
  __u32 hca_action;
  struct hsm_extent hca_location;
} __attribute__((packed));
_Static_assert(sizeof(struct hsm_current_action) == 24, "hsm_current_action");
_Static_assert(offsetof(struct hsm_current_action, hca_state) == 0 && sizeof(((struct hsm_current_action *)0)->hca_state) == 4, "hsm_current_action.hca_state");
_Static_assert(offsetof(struct hsm_current_action, hca_action) == 4 && sizeof(((struct hsm_current_action *)0)->hca_action) == 4, "hsm_current_action.hca_action");
_Static_assert(offsetof(struct hsm_current_action, hca_location) == 8 && sizeof(((struct hsm_current_action *)0)->hca_location) == 16, "hsm_current_action.hca_location");

struct hsm_progress {
  struct lu_fid hp_fid;
  __u64 hp_cookie;
  struct hsm_extent hp_extent;
  __u16 hp_flags;
  __u16 hp_errval;
  __u32 padding;
} __attribute__((packed));
_Static_assert(sizeof(struct hsm_progress) == 48, "hsm_progress");
_Static_assert(offsetof(struct hsm_progress, hp_fid) == 0 && sizeof(((struct hsm_progress *)0)->hp_fid) == 16, "hsm_progress.hp_fid");
_Static_assert(offsetof(struct hsm_progress, hp_cookie) == 16 && sizeof(((struct hsm_progress *)0)->hp_cookie) == 8, "hsm_progress.hp_cookie");
_Static_assert(offsetof(struct hsm_progress, hp_extent) == 24 && sizeof(((struct hsm_progress *)0)->hp_extent) == 16, "hsm_progress.hp_extent");
_Static_assert(offsetof(struct hsm_progress, hp_flags) == 40 && sizeof(((struct hsm_progress *)0)->hp_flags) == 2, "hsm_progress.hp_flags");
_Static_assert(offsetof(struct hsm_progress, hp_errval) == 42 && sizeof(((struct hsm_progress *)0)->hp_errval) == 2, "hsm_progress.hp_errval");
_Static_assert(offsetof(struct hsm_progress, padding) == 44 && sizeof(((struct hsm_progress *)0)->padding) == 4, "hsm_progress.padding");

struct hsm_action_item {
  __u32 hai_len;
  __u32 hai_action;
  struct lu_fid hai_fid;
  struct lu_fid hai_dfid;
  struct hsm_extent hai_extent;
  __u64 hai_cookie;
  __u64 hai_gid;
  char hai_data[];
} __attribute__((packed));
_Static_assert(sizeof(struct hsm_action_item) == 72, "hsm_action_item");
_Static_assert(offsetof(struct hsm_action_item, hai_len) == 0 && sizeof(((struct hsm_action_item *)0)->hai_len) == 4, "hsm_action_item.hai_len");
_Static_assert(offsetof(struct hsm_action_item, hai_action) == 4 && sizeof(((struct hsm_action_item *)0)->hai_action) == 4, "hsm_action_item.hai_action");
_Static_assert(offsetof(struct hsm_action_item, hai_fid) == 8 && sizeof(((struct hsm_action_item *)0)->hai_fid) == 16, "hsm_action_item.hai_fid");
_Static_assert(offsetof(struct hsm_action_item, hai_dfid) == 24 && sizeof(((struct hsm_action_item *)0)->hai_dfid) == 16, "hsm_action_item.hai_dfid");
_Static_assert(offsetof(struct hsm_action_item, hai_extent) == 40 && sizeof(((struct hsm_action_item *)0)->hai_extent) == 16, "hsm_action_item.hai_extent");
_Static_assert(offsetof(struct hsm_action_item, hai_cookie) == 56 && sizeof(((struct hsm_action_item *)0)->hai_cookie) == 8, "hsm_action_item.hai_cookie");
_Static_assert(offsetof(struct hsm_action_item, hai_gid) == 64 && sizeof(((struct hsm_action_item *)0)->hai_gid) == 8, "hsm_action_item.hai_gid");

struct hsm_action_list {
  __u32 hal_version;
  __u32 hal_count;
  __u64 hal_compound_id;
  __u64 hal_flags;
  __u32 hal_archive_id;
  __u32 padding1;
  char hal_fsname[];
} __attribute__((packed));
_Static_assert(sizeof(struct hsm_action_list) == 32, "hsm_action_list");
_Static_assert(offsetof(struct hsm_action_list, hal_version) == 0 && sizeof(((struct hsm_action_list *)0)->hal_version) == 4, "hsm_action_list.hal_version");
_Static_assert(offsetof(struct hsm_action_list, hal_count) == 4 && sizeof(((struct hsm_action_list *)0)->hal_count) == 4, "hsm_action_list.hal_count");
_Static_assert(offsetof(struct hsm_action_list, hal_compound_id) == 8 && sizeof(((struct hsm_action_list *)0)->hal_compound_id) == 8, "hsm_action_list.hal_compound_id");
_Static_assert(offsetof(struct hsm_action_list, hal_flags) == 16 && sizeof(((struct hsm_action_list *)0)->hal_flags) == 8, "hsm_action_list.hal_flags");
_Static_assert(offsetof(struct hsm_action_list, hal_archive_id) == 24 && sizeof(((struct hsm_action_list *)0)->hal_archive_id) == 4, "hsm_action_list.hal_archive_id");
_Static_assert(offsetof(struct hsm_action_list, padding1) == 28 && sizeof(((struct hsm_action_list *)0)->padding1) == 4, "hsm_action_list.padding1");

struct hsm_user_import {
  __u64 hui_size;
  __u64 hui_atime;
  __u64 hui_mtime;
  __u32 hui_atime_ns;
  __u32 hui_mtime_ns;
  __u32 hui_uid;
  __u32 hui_gid;
  __u32 hui_mode;
  __u32 hui_archive_id;
} __attribute__((packed));
_Static_assert(sizeof(struct hsm_user_import) == 48, "hsm_user_import");
_Static_assert(offsetof(struct hsm_user_import, hui_size) == 0 && sizeof(((struct hsm_user_import *)0)->hui_size) == 8, "hsm_user_import.hui_size");
_Static_assert(offsetof(struct hsm_user_import, hui_atime) == 8 && sizeof(((struct hsm_user_import *)0)->hui_atime) == 8, "hsm_user_import.hui_atime");
_Static_assert(offsetof(struct hsm_user_import, hui_mtime) == 16 && sizeof(((struct hsm_user_import *)0)->hui_mtime) == 8, "hsm_user_import.hui_mtime");
_Static_assert(offsetof(struct hsm_user_import, hui_atime_ns) == 24 && sizeof(((struct hsm_user_import *)0)->hui_atime_ns) == 4, "hsm_user_import.hui_atime_ns");
_Static_assert(offsetof(struct hsm_user_import, hui_mtime_ns) == 28 && sizeof(((struct hsm_user_import *)0)->hui_mtime_ns) == 4, "hsm_user_import.hui_mtime_ns");
_Static_assert(offsetof(struct hsm_user_import, hui_uid) == 32 && sizeof(((struct hsm_user_import *)0)->hui_uid) == 4, "hsm_user_import.hui_uid");
_Static_assert(offsetof(struct hsm_user_import, hui_gid) == 36 && sizeof(((struct hsm_user_import *)0)->hui_gid) == 4, "hsm_user_import.hui_gid");
_Static_assert(offsetof(struct hsm_user_import, hui_mode) == 40 && sizeof(((struct hsm_user_import *)0)->hui_mode) == 4, "hsm_user_import.hui_mode");
_Static_assert(offsetof(struct hsm_user_import, hui_archive_id) == 44 && sizeof(((struct hsm_user_import *)0)->hui_archive_id) == 4, "hsm_user_import.hui_archive_id");

struct hsm_attrs {
  __u32 hsm_compat;
  __u32 hsm_flags;
  __u64 hsm_arch_id;
  __u64 hsm_arch_ver;
} __attribute__((packed));
_Static_assert(sizeof(struct hsm_attrs) == 24, "hsm_attrs");
_Static_assert(offsetof(struct hsm_attrs, hsm_compat) == 0 && sizeof(((struct hsm_attrs *)0)->hsm_compat) == 4, "hsm_attrs.hsm_compat");
_Static_assert(offsetof(struct hsm_attrs, hsm_flags) == 4 && sizeof(((struct hsm_attrs *)0)->hsm_flags) == 4, "hsm_attrs.hsm_flags");
_Static_assert(offsetof(struct hsm_attrs, hsm_arch_id) == 8 && sizeof(((struct hsm_attrs *)0)->hsm_arch_id) == 8, "hsm_attrs.hsm_arch_id");
_Static_assert(offsetof(struct hsm_attrs, hsm_arch_ver) == 16 && sizeof(((struct hsm_attrs *)0)->hsm_arch_ver) == 8, "hsm_attrs.hsm_arch_ver");

struct kuc_hdr {
  __u16 kuc_magic;
  __u8 kuc_transport;
  __u8 kuc_flags;
  __u16 kuc_msgtype;
  __u16 kuc_msglen;
} __attribute__((packed));
_Static_assert(sizeof(struct kuc_hdr) == 8, "kuc_hdr");
_Static_assert(offsetof(struct kuc_hdr, kuc_magic) == 0 && sizeof(((struct kuc_hdr *)0)->kuc_magic) == 2, "kuc_hdr.kuc_magic");
_Static_assert(offsetof(struct kuc_hdr, kuc_transport) == 2 && sizeof(((struct kuc_hdr *)0)->kuc_transport) == 1, "kuc_hdr.kuc_transport");
_Static_assert(offsetof(struct kuc_hdr, kuc_flags) == 3 && sizeof(((struct kuc_hdr *)0)->kuc_flags) == 1, "kuc_hdr.kuc_flags");
_Static_assert(offsetof(struct kuc_hdr, kuc_msgtype) == 4 && sizeof(((struct kuc_hdr *)0)->kuc_msgtype) == 2, "kuc_hdr.kuc_msgtype");
_Static_assert(offsetof(struct kuc_hdr, kuc_msglen) == 6 && sizeof(((struct kuc_hdr *)0)->kuc_msglen) == 2, "kuc_hdr.kuc_msglen");

struct changelog_rec {
  __u16 cr_namelen;
  __u16 cr_flags;
  __u32 cr_type;
  __u64 cr_index;
  __u64 cr_prev;
  __u64 cr_time;
  struct lu_fid cr_tfid;
  struct lu_fid cr_pfid;
} __attribute__((packed));
_Static_assert(sizeof(struct changelog_rec) == 64, "changelog_rec");
_Static_assert(offsetof(struct changelog_rec, cr_namelen) == 0 && sizeof(((struct changelog_rec *)0)->cr_namelen) == 2, "changelog_rec.cr_namelen");
_Static_assert(offsetof(struct changelog_rec, cr_flags) == 2 && sizeof(((struct changelog_rec *)0)->cr_flags) == 2, "changelog_rec.cr_flags");
_Static_assert(offsetof(struct changelog_rec, cr_type) == 4 && sizeof(((struct changelog_rec *)0)->cr_type) == 4, "changelog_rec.cr_type");
_Static_assert(offsetof(struct changelog_rec, cr_index) == 8 && sizeof(((struct changelog_rec *)0)->cr_index) == 8, "changelog_rec.cr_index");
_Static_assert(offsetof(struct changelog_rec, cr_prev) == 16 && sizeof(((struct changelog_rec *)0)->cr_prev) == 8, "changelog_rec.cr_prev");
_Static_assert(offsetof(struct changelog_rec, cr_time) == 24 && sizeof(((struct changelog_rec *)0)->cr_time) == 8, "changelog_rec.cr_time");
_Static_assert(offsetof(struct changelog_rec, cr_tfid) == 32 && sizeof(((struct changelog_rec *)0)->cr_tfid) == 16, "changelog_rec.cr_tfid");
_Static_assert(offsetof(struct changelog_rec, cr_pfid) == 48 && sizeof(((struct changelog_rec *)0)->cr_pfid) == 16, "changelog_rec.cr_pfid");

struct changelog_ext_rename {
  struct lu_fid cr_sfid;
  struct lu_fid cr_spfid;
} __attribute__((packed));
_Static_assert(sizeof(struct changelog_ext_rename) == 32, "changelog_ext_rename");
_Static_assert(offsetof(struct changelog_ext_rename, cr_sfid) == 0 && sizeof(((struct changelog_ext_rename *)0)->cr_sfid) == 16, "changelog_ext_rename.cr_sfid");
_Static_assert(offsetof(struct changelog_ext_rename, cr_spfid) == 16 && sizeof(((struct changelog_ext_rename *)0)->cr_spfid) == 16, "changelog_ext_rename.cr_spfid");

struct changelog_ext_jobid {
  char cr_jobid[32];
} __attribute__((packed));
_Static_assert(sizeof(struct changelog_ext_jobid) == 32, "changelog_ext_jobid");
_Static_assert(offsetof(struct changelog_ext_jobid, cr_jobid) == 0 && sizeof(((struct changelog_ext_jobid *)0)->cr_jobid) == 32, "changelog_ext_jobid.cr_jobid");

struct changelog_ext_extra_flags {
  __u64 cr_extra_flags;
} __attribute__((packed));
_Static_assert(sizeof(struct changelog_ext_extra_flags) == 8, "changelog_ext_extra_flags");
_Static_assert(offsetof(struct changelog_ext_extra_flags, cr_extra_flags) == 0 && sizeof(((struct changelog_ext_extra_flags *)0)->cr_extra_flags) == 8, "changelog_ext_extra_flags.cr_extra_flags");

struct changelog_ext_uidgid {
  __u64 cr_uid;
  __u64 cr_gid;
} __attribute__((packed));
_Static_assert(sizeof(struct changelog_ext_uidgid) == 16, "changelog_ext_uidgid");
_Static_assert(offsetof(struct changelog_ext_uidgid, cr_uid) == 0 && sizeof(((struct changelog_ext_uidgid *)0)->cr_uid) == 8, "changelog_ext_uidgid.cr_uid");
_Static_assert(offsetof(struct changelog_ext_uidgid, cr_gid) == 8 && sizeof(((struct changelog_ext_uidgid *)0)->cr_gid) == 8, "changelog_ext_uidgid.cr_gid");

struct changelog_ext_nid {
  __u64 cr_nid;
  __u64 extra;
  __u32 padding;
  __u8 pad0_[4];
} __attribute__((packed));
_Static_assert(sizeof(struct changelog_ext_nid) == 24, "changelog_ext_nid");
_Static_assert(offsetof(struct changelog_ext_nid, cr_nid) == 0 && sizeof(((struct changelog_ext_nid *)0)->cr_nid) == 8, "changelog_ext_nid.cr_nid");
_Static_assert(offsetof(struct changelog_ext_nid, extra) == 8 && sizeof(((struct changelog_ext_nid *)0)->extra) == 8, "changelog_ext_nid.extra");
_Static_assert(offsetof(struct changelog_ext_nid, padding) == 16 && sizeof(((struct changelog_ext_nid *)0)->padding) == 4, "changelog_ext_nid.padding");

struct changelog_ext_openmode {
  __u32 cr_openflags;
} __attribute__((packed));
_Static_assert(sizeof(struct changelog_ext_openmode) == 4, "changelog_ext_openmode");
_Static_assert(offsetof(struct changelog_ext_openmode, cr_openflags) == 0 && sizeof(((struct changelog_ext_openmode *)0)->cr_openflags) == 4, "changelog_ext_openmode.cr_openflags");

struct changelog_ext_xattr {
  char cr_xattr[256];
} __attribute__((packed));
_Static_assert(sizeof(struct changelog_ext_xattr) == 256, "changelog_ext_xattr");
_Static_assert(offsetof(struct changelog_ext_xattr, cr_xattr) == 0 && sizeof(((struct changelog_ext_xattr *)0)->cr_xattr) == 256, "changelog_ext_xattr.cr_xattr");

struct changelog_setinfo {
  __u64 cs_recno;
  __u32 cs_id;
} __attribute__((packed));
_Static_assert(sizeof(struct changelog_setinfo) == 12, "changelog_setinfo");
_Static_assert(offsetof(struct changelog_setinfo, cs_recno) == 0 && sizeof(((struct changelog_setinfo *)0)->cs_recno) == 8, "changelog_setinfo.cs_recno");
_Static_assert(offsetof(struct changelog_setinfo, cs_id) == 8 && sizeof(((struct changelog_setinfo *)0)->cs_id) == 4, "changelog_setinfo.cs_id");

struct lov_user_ost_data_v1 {
  __u8 l_ost_oi[16];
  __u32 l_ost_gen;
  __u32 l_ost_idx;
} __attribute__((packed));
_Static_assert(sizeof(struct lov_user_ost_data_v1) == 24, "lov_user_ost_data_v1");
_Static_assert(offsetof(struct lov_user_ost_data_v1, l_ost_oi) == 0 && sizeof(((struct lov_user_ost_data_v1 *)0)->l_ost_oi) == 16, "lov_user_ost_data_v1.l_ost_oi");
_Static_assert(offsetof(struct lov_user_ost_data_v1, l_ost_gen) == 16 && sizeof(((struct lov_user_ost_data_v1 *)0)->l_ost_gen) == 4, "lov_user_ost_data_v1.l_ost_gen");
_Static_assert(offsetof(struct lov_user_ost_data_v1, l_ost_idx) == 20 && sizeof(((struct lov_user_ost_data_v1 *)0)->l_ost_idx) == 4, "lov_user_ost_data_v1.l_ost_idx");

struct lov_user_md_v1 {
  __u32 lmm_magic;
  __u32 lmm_pattern;
  __u8 lmm_oi[16];
  __u32 lmm_stripe_size;
  __u16 lmm_stripe_count;
  __u16 lmm_gen;
  struct lov_user_ost_data_v1 lmm_objects[];
} __attribute__((packed));
_Static_assert(sizeof(struct lov_user_md_v1) == 32, "lov_user_md_v1");
_Static_assert(offsetof(struct lov_user_md_v1, lmm_magic) == 0 && sizeof(((struct lov_user_md_v1 *)0)->lmm_magic) == 4, "lov_user_md_v1.lmm_magic");
_Static_assert(offsetof(struct lov_user_md_v1, lmm_pattern) == 4 && sizeof(((struct lov_user_md_v1 *)0)->lmm_pattern) == 4, "lov_user_md_v1.lmm_pattern");
_Static_assert(offsetof(struct lov_user_md_v1, lmm_oi) == 8 && sizeof(((struct lov_user_md_v1 *)0)->lmm_oi) == 16, "lov_user_md_v1.lmm_oi");
_Static_assert(offsetof(struct lov_user_md_v1, lmm_stripe_size) == 24 && sizeof(((struct lov_user_md_v1 *)0)->lmm_stripe_size) == 4, "lov_user_md_v1.lmm_stripe_size");
_Static_assert(offsetof(struct lov_user_md_v1, lmm_stripe_count) == 28 && sizeof(((struct lov_user_md_v1 *)0)->lmm_stripe_count) == 2, "lov_user_md_v1.lmm_stripe_count");
_Static_assert(offsetof(struct lov_user_md_v1, lmm_gen) == 30 && sizeof(((struct lov_user_md_v1 *)0)->lmm_gen) == 2, "lov_user_md_v1.lmm_gen");

struct lov_user_md_v3 {
  __u32 lmm_magic;
  __u32 lmm_pattern;
  __u8 lmm_oi[16];
  __u32 lmm_stripe_size;
  __u16 lmm_stripe_count;
  __u16 lmm_gen;
  char lmm_pool_name[16];
  struct lov_user_ost_data_v1 lmm_objects[];
} __attribute__((packed));
_Static_assert(sizeof(struct lov_user_md_v3) == 48, "lov_user_md_v3");
_Static_assert(offsetof(struct lov_user_md_v3, lmm_magic) == 0 && sizeof(((struct lov_user_md_v3 *)0)->lmm_magic) == 4, "lov_user_md_v3.lmm_magic");
_Static_assert(offsetof(struct lov_user_md_v3, lmm_pattern) == 4 && sizeof(((struct lov_user_md_v3 *)0)->lmm_pattern) == 4, "lov_user_md_v3.lmm_pattern");
_Static_assert(offsetof(struct lov_user_md_v3, lmm_oi) == 8 && sizeof(((struct lov_user_md_v3 *)0)->lmm_oi) == 16, "lov_user_md_v3.lmm_oi");
_Static_assert(offsetof(struct lov_user_md_v3, lmm_stripe_size) == 24 && sizeof(((struct lov_user_md_v3 *)0)->lmm_stripe_size) == 4, "lov_user_md_v3.lmm_stripe_size");
_Static_assert(offsetof(struct lov_user_md_v3, lmm_stripe_count) == 28 && sizeof(((struct lov_user_md_v3 *)0)->lmm_stripe_count) == 2, "lov_user_md_v3.lmm_stripe_count");
_Static_assert(offsetof(struct lov_user_md_v3, lmm_gen) == 30 && sizeof(((struct lov_user_md_v3 *)0)->lmm_gen) == 2, "lov_user_md_v3.lmm_gen");
_Static_assert(offsetof(struct lov_user_md_v3, lmm_pool_name) == 32 && sizeof(((struct lov_user_md_v3 *)0)->lmm_pool_name) == 16, "lov_user_md_v3.lmm_pool_name");

struct lov_comp_md_entry_v1 {
  __u32 lcme_id;
  __u32 lcme_flags;
  struct lu_extent lcme_extent;
  __u32 lcme_offset;
  __u32 lcme_size;
  __u32 lcme_layout_gen;
  __u64 lcme_timestamp;
  __u8 lcme_dstripe_count;
  __u8 lcme_cstripe_count;
  __u8 lcme_compr_type;
  __u8 bits47;
} __attribute__((packed));
_Static_assert(sizeof(struct lov_comp_md_entry_v1) == 48, "lov_comp_md_entry_v1");
_Static_assert(offsetof(struct lov_comp_md_entry_v1, lcme_id) == 0 && sizeof(((struct lov_comp_md_entry_v1 *)0)->lcme_id) == 4, "lov_comp_md_entry_v1.lcme_id");
_Static_assert(offsetof(struct lov_comp_md_entry_v1, lcme_flags) == 4 && sizeof(((struct lov_comp_md_entry_v1 *)0)->lcme_flags) == 4, "lov_comp_md_entry_v1.lcme_flags");
_Static_assert(offsetof(struct lov_comp_md_entry_v1, lcme_extent) == 8 && sizeof(((struct lov_comp_md_entry_v1 *)0)->lcme_extent) == 16, "lov_comp_md_entry_v1.lcme_extent");
_Static_assert(offsetof(struct lov_comp_md_entry_v1, lcme_offset) == 24 && sizeof(((struct lov_comp_md_entry_v1 *)0)->lcme_offset) == 4, "lov_comp_md_entry_v1.lcme_offset");
_Static_assert(offsetof(struct lov_comp_md_entry_v1, lcme_size) == 28 && sizeof(((struct lov_comp_md_entry_v1 *)0)->lcme_size) == 4, "lov_comp_md_entry_v1.lcme_size");
_Static_assert(offsetof(struct lov_comp_md_entry_v1, lcme_layout_gen) == 32 && sizeof(((struct lov_comp_md_entry_v1 *)0)->lcme_layout_gen) == 4, "lov_comp_md_entry_v1.lcme_layout_gen");
_Static_assert(offsetof(struct lov_comp_md_entry_v1, lcme_timestamp) == 36 && sizeof(((struct lov_comp_md_entry_v1 *)0)->lcme_timestamp) == 8, "lov_comp_md_entry_v1.lcme_timestamp");
_Static_assert(offsetof(struct lov_comp_md_entry_v1, lcme_dstripe_count) == 44 && sizeof(((struct lov_comp_md_entry_v1 *)0)->lcme_dstripe_count) == 1, "lov_comp_md_entry_v1.lcme_dstripe_count");
_Static_assert(offsetof(struct lov_comp_md_entry_v1, lcme_cstripe_count) == 45 && sizeof(((struct lov_comp_md_entry_v1 *)0)->lcme_cstripe_count) == 1, "lov_comp_md_entry_v1.lcme_cstripe_count");
_Static_assert(offsetof(struct lov_comp_md_entry_v1, lcme_compr_type) == 46 && sizeof(((struct lov_comp_md_entry_v1 *)0)->lcme_compr_type) == 1, "lov_comp_md_entry_v1.lcme_compr_type");

struct lov_comp_md_v1 {
  __u32 lcm_magic;
  __u32 lcm_size;
  __u32 lcm_layout_gen;
  __u16 lcm_flags;
  __u16 lcm_entry_count;
  __u16 lcm_mirror_count;
  __u8 lcm_ec_count;
  __u8 lcm_padding3[1];
  __u16 lcm_padding1[2];
  __u64 lcm_padding2;
  struct lov_comp_md_entry_v1 lcm_entries[];
} __attribute__((packed));
_Static_assert(sizeof(struct lov_comp_md_v1) == 32, "lov_comp_md_v1");
_Static_assert(offsetof(struct lov_comp_md_v1, lcm_magic) == 0 && sizeof(((struct lov_comp_md_v1 *)0)->lcm_magic) == 4, "lov_comp_md_v1.lcm_magic");
_Static_assert(offsetof(struct lov_comp_md_v1, lcm_size) == 4 && sizeof(((struct lov_comp_md_v1 *)0)->lcm_size) == 4, "lov_comp_md_v1.lcm_size");
_Static_assert(offsetof(struct lov_comp_md_v1, lcm_layout_gen) == 8 && sizeof(((struct lov_comp_md_v1 *)0)->lcm_layout_gen) == 4, "lov_comp_md_v1.lcm_layout_gen");
_Static_assert(offsetof(struct lov_comp_md_v1, lcm_flags) == 12 && sizeof(((struct lov_comp_md_v1 *)0)->lcm_flags) == 2, "lov_comp_md_v1.lcm_flags");
_Static_assert(offsetof(struct lov_comp_md_v1, lcm_entry_count) == 14 && sizeof(((struct lov_comp_md_v1 *)0)->lcm_entry_count) == 2, "lov_comp_md_v1.lcm_entry_count");
_Static_assert(offsetof(struct lov_comp_md_v1, lcm_mirror_count) == 16 && sizeof(((struct lov_comp_md_v1 *)0)->lcm_mirror_count) == 2, "lov_comp_md_v1.lcm_mirror_count");
_Static_assert(offsetof(struct lov_comp_md_v1, lcm_ec_count) == 18 && sizeof(((struct lov_comp_md_v1 *)0)->lcm_ec_count) == 1, "lov_comp_md_v1.lcm_ec_count");
_Static_assert(offsetof(struct lov_comp_md_v1, lcm_padding3) == 19 && sizeof(((struct lov_comp_md_v1 *)0)->lcm_padding3) == 1, "lov_comp_md_v1.lcm_padding3");
_Static_assert(offsetof(struct lov_comp_md_v1, lcm_padding1) == 20 && sizeof(((struct lov_comp_md_v1 *)0)->lcm_padding1) == 4, "lov_comp_md_v1.lcm_padding1");
_Static_assert(offsetof(struct lov_comp_md_v1, lcm_padding2) == 24 && sizeof(((struct lov_comp_md_v1 *)0)->lcm_padding2) == 8, "lov_comp_md_v1.lcm_padding2");

struct lov_foreign_md {
  __u32 lfm_magic;
  __u32 lfm_length;
  __u32 lfm_type;
  __u32 lfm_flags;
  char lfm_value[];
} __attribute__((packed));
_Static_assert(sizeof(struct lov_foreign_md) == 16, "lov_foreign_md");
_Static_assert(offsetof(struct lov_foreign_md, lfm_magic) == 0 && sizeof(((struct lov_foreign_md *)0)->lfm_magic) == 4, "lov_foreign_md.lfm_magic");
_Static_assert(offsetof(struct lov_foreign_md, lfm_length) == 4 && sizeof(((struct lov_foreign_md *)0)->lfm_length) == 4, "lov_foreign_md.lfm_length");
_Static_assert(offsetof(struct lov_foreign_md, lfm_type) == 8 && sizeof(((struct lov_foreign_md *)0)->lfm_type) == 4, "lov_foreign_md.lfm_type");
_Static_assert(offsetof(struct lov_foreign_md, lfm_flags) == 12 && sizeof(((struct lov_foreign_md *)0)->lfm_flags) == 4, "lov_foreign_md.lfm_flags");

struct lustre_mdt_attrs {
  __u32 lma_compat;
  __u32 lma_incompat;
  struct lu_fid lma_self_fid;
} __attribute__((packed));
_Static_assert(sizeof(struct lustre_mdt_attrs) == 24, "lustre_mdt_attrs");
_Static_assert(offsetof(struct lustre_mdt_attrs, lma_compat) == 0 && sizeof(((struct lustre_mdt_attrs *)0)->lma_compat) == 4, "lustre_mdt_attrs.lma_compat");
_Static_assert(offsetof(struct lustre_mdt_attrs, lma_incompat) == 4 && sizeof(((struct lustre_mdt_attrs *)0)->lma_incompat) == 4, "lustre_mdt_attrs.lma_incompat");
_Static_assert(offsetof(struct lustre_mdt_attrs, lma_self_fid) == 8 && sizeof(((struct lustre_mdt_attrs *)0)->lma_self_fid) == 16, "lustre_mdt_attrs.lma_self_fid");

struct ll_ioc_lease {
  __u32 lil_mode;
  __u32 lil_flags;
  __u32 lil_count;
  __u32 lil_ids[];
} __attribute__((packed));
_Static_assert(sizeof(struct ll_ioc_lease) == 12, "ll_ioc_lease");
_Static_assert(offsetof(struct ll_ioc_lease, lil_mode) == 0 && sizeof(((struct ll_ioc_lease *)0)->lil_mode) == 4, "ll_ioc_lease.lil_mode");
_Static_assert(offsetof(struct ll_ioc_lease, lil_flags) == 4 && sizeof(((struct ll_ioc_lease *)0)->lil_flags) == 4, "ll_ioc_lease.lil_flags");
_Static_assert(offsetof(struct ll_ioc_lease, lil_count) == 8 && sizeof(((struct ll_ioc_lease *)0)->lil_count) == 4, "ll_ioc_lease.lil_count");

struct ioc_data_version {
  __u64 idv_version;
  __u32 idv_layout_version;
  __u32 idv_flags;
} __attribute__((packed));
_Static_assert(sizeof(struct ioc_data_version) == 16, "ioc_data_version");
_Static_assert(offsetof(struct ioc_data_version, idv_version) == 0 && sizeof(((struct ioc_data_version *)0)->idv_version) == 8, "ioc_data_version.idv_version");
_Static_assert(offsetof(struct ioc_data_version, idv_layout_version) == 8 && sizeof(((struct ioc_data_version *)0)->idv_layout_version) == 4, "ioc_data_version.idv_layout_version");
_Static_assert(offsetof(struct ioc_data_version, idv_flags) == 12 && sizeof(((struct ioc_data_version *)0)->idv_flags) == 4, "ioc_data_version.idv_flags");

struct fsxattr {
  __u32 fsx_xflags;
  __u32 fsx_extsize;
  __u32 fsx_nextents;
  __u32 fsx_projid;
  __u32 fsx_cowextsize;
  unsigned char fsx_pad[8];
} __attribute__((packed));
_Static_assert(sizeof(struct fsxattr) == 28, "fsxattr");
_Static_assert(offsetof(struct fsxattr, fsx_xflags) == 0 && sizeof(((struct fsxattr *)0)->fsx_xflags) == 4, "fsxattr.fsx_xflags");
_Static_assert(offsetof(struct fsxattr, fsx_extsize) == 4 && sizeof(((struct fsxattr *)0)->fsx_extsize) == 4, "fsxattr.fsx_extsize");
_Static_assert(offsetof(struct fsxattr, fsx_nextents) == 8 && sizeof(((struct fsxattr *)0)->fsx_nextents) == 4, "fsxattr.fsx_nextents");
_Static_assert(offsetof(struct fsxattr, fsx_projid) == 12 && sizeof(((struct fsxattr *)0)->fsx_projid) == 4, "fsxattr.fsx_projid");
_Static_assert(offsetof(struct fsxattr, fsx_cowextsize) == 16 && sizeof(((struct fsxattr *)0)->fsx_cowextsize) == 4, "fsxattr.fsx_cowextsize");
_Static_assert(offsetof(struct fsxattr, fsx_pad) == 20 && sizeof(((struct fsxattr *)0)->fsx_pad) == 8, "fsxattr.fsx_pad");

struct obd_uuid {
  char uuid[40];
} __attribute__((packed));
_Static_assert(sizeof(struct obd_uuid) == 40, "obd_uuid");
_Static_assert(offsetof(struct obd_uuid, uuid) == 0 && sizeof(((struct obd_uuid *)0)->uuid) == 40, "obd_uuid.uuid");

struct obd_statfs {
  __u64 os_type;
  __u64 os_blocks;
  __u64 os_bfree;
  __u64 os_bavail;
  __u64 os_files;
  __u64 os_ffree;
  __u8 os_fsid[40];
  __u32 os_bsize;
  __u32 os_namelen;
  __u64 os_maxbytes;
  __u32 os_state;
  __u32 os_fprecreated;
  __u32 os_granted;
  __u32 os_spare3;
  __u32 os_spare4;
  __u32 os_spare5;
  __u32 os_spare6;
  __u32 os_spare7;
  __u32 os_spare8;
  __u32 os_spare9;
} __attribute__((packed));
_Static_assert(sizeof(struct obd_statfs) == 144, "obd_statfs");
_Static_assert(offsetof(struct obd_statfs, os_type) == 0 && sizeof(((struct obd_statfs *)0)->os_type) == 8, "obd_statfs.os_type");
_Static_assert(offsetof(struct obd_statfs, os_blocks) == 8 && sizeof(((struct obd_statfs *)0)->os_blocks) == 8, "obd_statfs.os_blocks");
_Static_assert(offsetof(struct obd_statfs, os_bfree) == 16 && sizeof(((struct obd_statfs *)0)->os_bfree) == 8, "obd_statfs.os_bfree");
_Static_assert(offsetof(struct obd_statfs, os_bavail) == 24 && sizeof(((struct obd_statfs *)0)->os_bavail) == 8, "obd_statfs.os_bavail");
_Static_assert(offsetof(struct obd_statfs, os_files) == 32 && sizeof(((struct obd_statfs *)0)->os_files) == 8, "obd_statfs.os_files");
_Static_assert(offsetof(struct obd_statfs, os_ffree) == 40 && sizeof(((struct obd_statfs *)0)->os_ffree) == 8, "obd_statfs.os_ffree");
_Static_assert(offsetof(struct obd_statfs, os_fsid) == 48 && sizeof(((struct obd_statfs *)0)->os_fsid) == 40, "obd_statfs.os_fsid");
_Static_assert(offsetof(struct obd_statfs, os_bsize) == 88 && sizeof(((struct obd_statfs *)0)->os_bsize) == 4, "obd_statfs.os_bsize");
_Static_assert(offsetof(struct obd_statfs, os_namelen) == 92 && sizeof(((struct obd_statfs *)0)->os_namelen) == 4, "obd_statfs.os_namelen");
_Static_assert(offsetof(struct obd_statfs, os_maxbytes) == 96 && sizeof(((struct obd_statfs *)0)->os_maxbytes) == 8, "obd_statfs.os_maxbytes");
_Static_assert(offsetof(struct obd_statfs, os_state) == 104 && sizeof(((struct obd_statfs *)0)->os_state) == 4, "obd_statfs.os_state");
_Static_assert(offsetof(struct obd_statfs, os_fprecreated) == 108 && sizeof(((struct obd_statfs *)0)->os_fprecreated) == 4, "obd_statfs.os_fprecreated");
_Static_assert(offsetof(struct obd_statfs, os_granted) == 112 && sizeof(((struct obd_statfs *)0)->os_granted) == 4, "obd_statfs.os_granted");
_Static_assert(offsetof(struct obd_statfs, os_spare3) == 116 && sizeof(((struct obd_statfs *)0)->os_spare3) == 4, "obd_statfs.os_spare3");
_Static_assert(offsetof(struct obd_statfs, os_spare4) == 120 && sizeof(((struct obd_statfs *)0)->os_spare4) == 4, "obd_statfs.os_spare4");
_Static_assert(offsetof(struct obd_statfs, os_spare5) == 124 && sizeof(((struct obd_statfs *)0)->os_spare5) == 4, "obd_statfs.os_spare5");
_Static_assert(offsetof(struct obd_statfs, os_spare6) == 128 && sizeof(((struct obd_statfs *)0)->os_spare6) == 4, "obd_statfs.os_spare6");
_Static_assert(offsetof(struct obd_statfs, os_spare7) == 132 && sizeof(((struct obd_statfs *)0)->os_spare7) == 4, "obd_statfs.os_spare7");
_Static_assert(offsetof(struct obd_statfs, os_spare8) == 136 && sizeof(((struct obd_statfs *)0)->os_spare8) == 4, "obd_statfs.os_spare8");
_Static_assert(offsetof(struct obd_statfs, os_spare9) == 140 && sizeof(((struct obd_statfs *)0)->os_spare9) == 4, "obd_statfs.os_spare9");

struct obd_dqinfo {
  __u64 dqi_bgrace;
  __u64 dqi_igrace;
  __u32 dqi_flags;
  __u32 dqi_valid;
} __attribute__((packed));
_Static_assert(sizeof(struct obd_dqinfo) == 24, "obd_dqinfo");
_Static_assert(offsetof(struct obd_dqinfo, dqi_bgrace) == 0 && sizeof(((struct obd_dqinfo *)0)->dqi_bgrace) == 8, "obd_dqinfo.dqi_bgrace");
_Static_assert(offsetof(struct obd_dqinfo, dqi_igrace) == 8 && sizeof(((struct obd_dqinfo *)0)->dqi_igrace) == 8, "obd_dqinfo.dqi_igrace");
_Static_assert(offsetof(struct obd_dqinfo, dqi_flags) == 16 && sizeof(((struct obd_dqinfo *)0)->dqi_flags) == 4, "obd_dqinfo.dqi_flags");
_Static_assert(offsetof(struct obd_dqinfo, dqi_valid) == 20 && sizeof(((struct obd_dqinfo *)0)->dqi_valid) == 4, "obd_dqinfo.dqi_valid");

struct obd_dqblk {
  __u64 dqb_bhardlimit;
  __u64 dqb_bsoftlimit;
  __u64 dqb_curspace;
  __u64 dqb_ihardlimit;
  __u64 dqb_isoftlimit;
  __u64 dqb_curinodes;
  __u64 dqb_btime;
  __u64 dqb_itime;
  __u32 dqb_valid;
  __u32 dqb_padding;
} __attribute__((packed));
_Static_assert(sizeof(struct obd_dqblk) == 72, "obd_dqblk");
_Static_assert(offsetof(struct obd_dqblk, dqb_bhardlimit) == 0 && sizeof(((struct obd_dqblk *)0)->dqb_bhardlimit) == 8, "obd_dqblk.dqb_bhardlimit");
_Static_assert(offsetof(struct obd_dqblk, dqb_bsoftlimit) == 8 && sizeof(((struct obd_dqblk *)0)->dqb_bsoftlimit) == 8, "obd_dqblk.dqb_bsoftlimit");
_Static_assert(offsetof(struct obd_dqblk, dqb_curspace) == 16 && sizeof(((struct obd_dqblk *)0)->dqb_curspace) == 8, "obd_dqblk.dqb_curspace");
_Static_assert(offsetof(struct obd_dqblk, dqb_ihardlimit) == 24 && sizeof(((struct obd_dqblk *)0)->dqb_ihardlimit) == 8, "obd_dqblk.dqb_ihardlimit");
_Static_assert(offsetof(struct obd_dqblk, dqb_isoftlimit) == 32 && sizeof(((struct obd_dqblk *)0)->dqb_isoftlimit) == 8, "obd_dqblk.dqb_isoftlimit");
_Static_assert(offsetof(struct obd_dqblk, dqb_curinodes) == 40 && sizeof(((struct obd_dqblk *)0)->dqb_curinodes) == 8, "obd_dqblk.dqb_curinodes");
_Static_assert(offsetof(struct obd_dqblk, dqb_btime) == 48 && sizeof(((struct obd_dqblk *)0)->dqb_btime) == 8, "obd_dqblk.dqb_btime");
_Static_assert(offsetof(struct obd_dqblk, dqb_itime) == 56 && sizeof(((struct obd_dqblk *)0)->dqb_itime) == 8, "obd_dqblk.dqb_itime");
_Static_assert(offsetof(struct obd_dqblk, dqb_valid) == 64 && sizeof(((struct obd_dqblk *)0)->dqb_valid) == 4, "obd_dqblk.dqb_valid");
_Static_assert(offsetof(struct obd_dqblk, dqb_padding) == 68 && sizeof(((struct obd_dqblk *)0)->dqb_padding) == 4, "obd_dqblk.dqb_padding");

struct if_quotactl {
  __u32 qc_cmd;
  __u32 qc_type;
  __u32 qc_id;
  __u32 qc_stat;
  __u32 qc_valid;
  __u32 qc_idx;
  struct obd_dqinfo qc_dqinfo;
  struct obd_dqblk qc_dqblk;
  char obd_type[16];
  struct obd_uuid obd_uuid;
  char qc_poolname[];
} __attribute__((packed));
_Static_assert(sizeof(struct if_quotactl) == 176, "if_quotactl");
_Static_assert(offsetof(struct if_quotactl, qc_cmd) == 0 && sizeof(((struct if_quotactl *)0)->qc_cmd) == 4, "if_quotactl.qc_cmd");
_Static_assert(offsetof(struct if_quotactl, qc_type) == 4 && sizeof(((struct if_quotactl *)0)->qc_type) == 4, "if_quotactl.qc_type");
_Static_assert(offsetof(struct if_quotactl, qc_id) == 8 && sizeof(((struct if_quotactl *)0)->qc_id) == 4, "if_quotactl.qc_id");
_Static_assert(offsetof(struct if_quotactl, qc_stat) == 12 && sizeof(((struct if_quotactl *)0)->qc_stat) == 4, "if_quotactl.qc_stat");
_Static_assert(offsetof(struct if_quotactl, qc_valid) == 16 && sizeof(((struct if_quotactl *)0)->qc_valid) == 4, "if_quotactl.qc_valid");
_Static_assert(offsetof(struct if_quotactl, qc_idx) == 20 && sizeof(((struct if_quotactl *)0)->qc_idx) == 4, "if_quotactl.qc_idx");
_Static_assert(offsetof(struct if_quotactl, qc_dqinfo) == 24 && sizeof(((struct if_quotactl *)0)->qc_dqinfo) == 24, "if_quotactl.qc_dqinfo");
_Static_assert(offsetof(struct if_quotactl, qc_dqblk) == 48 && sizeof(((struct if_quotactl *)0)->qc_dqblk) == 72, "if_quotactl.qc_dqblk");
_Static_assert(offsetof(struct if_quotactl, obd_type) == 120 && sizeof(((struct if_quotactl *)0)->obd_type) == 16, "if_quotactl.obd_type");
_Static_assert(offsetof(struct if_quotactl, obd_uuid) == 136 && sizeof(((struct if_quotactl *)0)->obd_uuid) == 40, "if_quotactl.obd_uuid");

struct lu_ladvise {
  __u16 lla_advice;
  __u16 lla_value1;
  __u32 lla_value2;
  __u64 lla_start;
  __u64 lla_end;
  __u32 lla_value3;
  __u32 lla_value4;
} __attribute__((packed));
_Static_assert(sizeof(struct lu_ladvise) == 32, "lu_ladvise");
_Static_assert(offsetof(struct lu_ladvise, lla_advice) == 0 && sizeof(((struct lu_ladvise *)0)->lla_advice) == 2, "lu_ladvise.lla_advice");
_Static_assert(offsetof(struct lu_ladvise, lla_value1) == 2 && sizeof(((struct lu_ladvise *)0)->lla_value1) == 2, "lu_ladvise.lla_value1");
_Static_assert(offsetof(struct lu_ladvise, lla_value2) == 4 && sizeof(((struct lu_ladvise *)0)->lla_value2) == 4, "lu_ladvise.lla_value2");
_Static_assert(offsetof(struct lu_ladvise, lla_start) == 8 && sizeof(((struct lu_ladvise *)0)->lla_start) == 8, "lu_ladvise.lla_start");
_Static_assert(offsetof(struct lu_ladvise, lla_end) == 16 && sizeof(((struct lu_ladvise *)0)->lla_end) == 8, "lu_ladvise.lla_end");
_Static_assert(offsetof(struct lu_ladvise, lla_value3) == 24 && sizeof(((struct lu_ladvise *)0)->lla_value3) == 4, "lu_ladvise.lla_value3");
_Static_assert(offsetof(struct lu_ladvise, lla_value4) == 28 && sizeof(((struct lu_ladvise *)0)->lla_value4) == 4, "lu_ladvise.lla_value4");

struct lu_heat {
  __u32 lh_count;
  __u32 lh_flags;
  __u64 lh_heat[];
} __attribute__((packed));
_Static_assert(sizeof(struct lu_heat) == 8, "lu_heat");
_Static_assert(offsetof(struct lu_heat, lh_count) == 0 && sizeof(((struct lu_heat *)0)->lh_count) == 4, "lu_heat.lh_count");
_Static_assert(offsetof(struct lu_heat, lh_flags) == 4 && sizeof(((struct lu_heat *)0)->lh_flags) == 4, "lu_heat.lh_flags");

struct fid_array {
  __u32 fa_nr;
  __u32 fa_padding0;
  __u64 fa_padding1;
  struct lu_fid fa_fids[];
} __attribute__((packed));
_Static_assert(sizeof(struct fid_array) == 16, "fid_array");
_Static_assert(offsetof(struct fid_array, fa_nr) == 0 && sizeof(((struct fid_array *)0)->fa_nr) == 4, "fid_array.fa_nr");
_Static_assert(offsetof(struct fid_array, fa_padding0) == 4 && sizeof(((struct fid_array *)0)->fa_padding0) == 4, "fid_array.fa_padding0");
_Static_assert(offsetof(struct fid_array, fa_padding1) == 8 && sizeof(((struct fid_array *)0)->fa_padding1) == 8, "fid_array.fa_padding1");

struct llapi_stripe_param {
  long long unsigned int lsp_stripe_size;
  char * lsp_pool;
  __s32 lsp_stripe_offset;
  __u32 lsp_stripe_pattern;
  __s32 lsp_stripe_count;
  _Bool lsp_is_specific;
  _Bool lsp_is_create;
  __u8 lsp_max_inherit;
  __u8 lsp_max_inherit_rr;
  __u32 lsp_osts[];
} __attribute__((packed));
_Static_assert(sizeof(struct llapi_stripe_param) == 32, "llapi_stripe_param");
_Static_assert(offsetof(struct llapi_stripe_param, lsp_stripe_size) == 0 && sizeof(((struct llapi_stripe_param *)0)->lsp_stripe_size) == 8, "llapi_stripe_param.lsp_stripe_size");
_Static_assert(offsetof(struct llapi_stripe_param, lsp_pool) == 8 && sizeof(((struct llapi_stripe_param *)0)->lsp_pool) == 8, "llapi_stripe_param.lsp_pool");
_Static_assert(offsetof(struct llapi_stripe_param, lsp_stripe_offset) == 16 && sizeof(((struct llapi_stripe_param *)0)->lsp_stripe_offset) == 4, "llapi_stripe_param.lsp_stripe_offset");
_Static_assert(offsetof(struct llapi_stripe_param, lsp_stripe_pattern) == 20 && sizeof(((struct llapi_stripe_param *)0)->lsp_stripe_pattern) == 4, "llapi_stripe_param.lsp_stripe_pattern");
_Static_assert(offsetof(struct llapi_stripe_param, lsp_stripe_count) == 24 && sizeof(((struct llapi_stripe_param *)0)->lsp_stripe_count) == 4, "llapi_stripe_param.lsp_stripe_count");
_Static_assert(offsetof(struct llapi_stripe_param, lsp_is_specific) == 28 && sizeof(((struct llapi_stripe_param *)0)->lsp_is_specific) == 1, "llapi_stripe_param.lsp_is_specific");
_Static_assert(offsetof(struct llapi_stripe_param, lsp_is_create) == 29 && sizeof(((struct llapi_stripe_param *)0)->lsp_is_create) == 1, "llapi_stripe_param.lsp_is_create");
_Static_assert(offsetof(struct llapi_stripe_param, lsp_max_inherit) == 30 && sizeof(((struct llapi_stripe_param *)0)->lsp_max_inherit) == 1, "llapi_stripe_param.lsp_max_inherit");
_Static_assert(offsetof(struct llapi_stripe_param, lsp_max_inherit_rr) == 31 && sizeof(((struct llapi_stripe_param *)0)->lsp_max_inherit_rr) == 1, "llapi_stripe_param.lsp_max_inherit_rr");

struct llapi_resync_comp {
  __u64 lrc_start;
  __u64 lrc_end;
  uint32_t lrc_mirror_id;
  uint32_t lrc_id;
  _Bool lrc_synced;
  __u8 pad0_[7];
} __attribute__((packed));
_Static_assert(sizeof(struct llapi_resync_comp) == 32, "llapi_resync_comp");
_Static_assert(offsetof(struct llapi_resync_comp, lrc_start) == 0 && sizeof(((struct llapi_resync_comp *)0)->lrc_start) == 8, "llapi_resync_comp.lrc_start");
_Static_assert(offsetof(struct llapi_resync_comp, lrc_end) == 8 && sizeof(((struct llapi_resync_comp *)0)->lrc_end) == 8, "llapi_resync_comp.lrc_end");
_Static_assert(offsetof(struct llapi_resync_comp, lrc_mirror_id) == 16 && sizeof(((struct llapi_resync_comp *)0)->lrc_mirror_id) == 4, "llapi_resync_comp.lrc_mirror_id");
_Static_assert(offsetof(struct llapi_resync_comp, lrc_id) == 20 && sizeof(((struct llapi_resync_comp *)0)->lrc_id) == 4, "llapi_resync_comp.lrc_id");
_Static_assert(offsetof(struct llapi_resync_comp, lrc_synced) == 24 && sizeof(((struct llapi_resync_comp *)0)->lrc_synced) == 1, "llapi_resync_comp.lrc_synced");

struct lu_pcc_state {
  __u32 pccs_type;
  __u32 pccs_open_count;
  __u32 pccs_flags;
  __u32 pccs_namelen;
  char pccs_path[4096];
} __attribute__((packed));
_Static_assert(sizeof(struct lu_pcc_state) == 4112, "lu_pcc_state");
_Static_assert(offsetof(struct lu_pcc_state, pccs_type) == 0 && sizeof(((struct lu_pcc_state *)0)->pccs_type) == 4, "lu_pcc_state.pccs_type");
_Static_assert(offsetof(struct lu_pcc_state, pccs_open_count) == 4 && sizeof(((struct lu_pcc_state *)0)->pccs_open_count) == 4, "lu_pcc_state.pccs_open_count");
_Static_assert(offsetof(struct lu_pcc_state, pccs_flags) == 8 && sizeof(((struct lu_pcc_state *)0)->pccs_flags) == 4, "lu_pcc_state.pccs_flags");
_Static_assert(offsetof(struct lu_pcc_state, pccs_namelen) == 12 && sizeof(((struct lu_pcc_state *)0)->pccs_namelen) == 4, "lu_pcc_state.pccs_namelen");
_Static_assert(offsetof(struct lu_pcc_state, pccs_path) == 16 && sizeof(((struct lu_pcc_state *)0)->pccs_path) == 4096, "lu_pcc_state.pccs_path");

struct lustre_swap_layouts {
  __u64 sl_flags;
  __u32 sl_fd;
  __u32 sl_gid;
  __u64 sl_dv1;
  __u64 sl_dv2;
} __attribute__((packed));
_Static_assert(sizeof(struct lustre_swap_layouts) == 32, "lustre_swap_layouts");
_Static_assert(offsetof(struct lustre_swap_layouts, sl_flags) == 0 && sizeof(((struct lustre_swap_layouts *)0)->sl_flags) == 8, "lustre_swap_layouts.sl_flags");
_Static_assert(offsetof(struct lustre_swap_layouts, sl_fd) == 8 && sizeof(((struct lustre_swap_layouts *)0)->sl_fd) == 4, "lustre_swap_layouts.sl_fd");
_Static_assert(offsetof(struct lustre_swap_layouts, sl_gid) == 12 && sizeof(((struct lustre_swap_layouts *)0)->sl_gid) == 4, "lustre_swap_layouts.sl_gid");
_Static_assert(offsetof(struct lustre_swap_layouts, sl_dv1) == 16 && sizeof(((struct lustre_swap_layouts *)0)->sl_dv1) == 8, "lustre_swap_layouts.sl_dv1");
_Static_assert(offsetof(struct lustre_swap_layouts, sl_dv2) == 24 && sizeof(((struct lustre_swap_layouts *)0)->sl_dv2) == 8, "lustre_swap_layouts.sl_dv2");

struct getparent {
  struct lu_fid gp_fid;
  __u32 gp_linkno;
  __u32 gp_name_size;
  char gp_name[];
} __attribute__((packed));
_Static_assert(sizeof(struct getparent) == 24, "getparent");
_Static_assert(offsetof(struct getparent, gp_fid) == 0 && sizeof(((struct getparent *)0)->gp_fid) == 16, "getparent.gp_fid");
_Static_assert(offsetof(struct getparent, gp_linkno) == 16 && sizeof(((struct getparent *)0)->gp_linkno) == 4, "getparent.gp_linkno");
_Static_assert(offsetof(struct getparent, gp_name_size) == 20 && sizeof(((struct getparent *)0)->gp_name_size) == 4, "getparent.gp_name_size");

struct getinfo_fid2path {
  struct lu_fid gf_fid;
  __u64 gf_recno;
  __u32 gf_linkno;
  __u32 gf_pathlen;
} __attribute__((packed));
_Static_assert(sizeof(struct getinfo_fid2path) == 32, "getinfo_fid2path");
_Static_assert(offsetof(struct getinfo_fid2path, gf_fid) == 0 && sizeof(((struct getinfo_fid2path *)0)->gf_fid) == 16, "getinfo_fid2path.gf_fid");
_Static_assert(offsetof(struct getinfo_fid2path, gf_recno) == 16 && sizeof(((struct getinfo_fid2path *)0)->gf_recno) == 8, "getinfo_fid2path.gf_recno");
_Static_assert(offsetof(struct getinfo_fid2path, gf_linkno) == 24 && sizeof(((struct getinfo_fid2path *)0)->gf_linkno) == 4, "getinfo_fid2path.gf_linkno");
_Static_assert(offsetof(struct getinfo_fid2path, gf_pathlen) == 28 && sizeof(((struct getinfo_fid2path *)0)->gf_pathlen) == 4, "getinfo_fid2path.gf_pathlen");

#define HS_NONE 0x0u
#define HS_EXISTS 0x1u
#define HS_DIRTY 0x2u
#define HS_RELEASED 0x4u
#define HS_ARCHIVED 0x8u
#define HS_NORELEASE 0x10u
#define HS_NOARCHIVE 0x20u
#define HS_LOST 0x40u
#define HS_PCCRW 0x80u
#define HS_PCCRO 0x100u
#define HUA_NONE 0x1u
#define HUA_ARCHIVE 0xau
#define HUA_RESTORE 0xbu
#define HUA_RELEASE 0xcu
#define HUA_REMOVE 0xdu
#define HUA_CANCEL 0xeu
#define HSMA_NONE 0xau
#define HSMA_ARCHIVE 0x14u
#define HSMA_RESTORE 0x15u
#define HSMA_REMOVE 0x16u
#define HSMA_CANCEL 0x17u
#define HPS_NONE 0x0u
#define HPS_WAITING 0x1u
#define HPS_RUNNING 0x2u
#define HPS_DONE 0x3u
#define HE_ARCHIVE 0x0u
#define HE_RESTORE 0x1u
#define HE_CANCEL 0x2u
#define HE_RELEASE 0x3u
#define HE_REMOVE 0x4u
#define HE_STATE 0x5u
#define HE_SPARE1 0x6u
#define HE_SPARE2 0x7u
#define HMT_ACTION_LIST 0x64u
#define KUC_MSG_SHUTDOWN 0x1u
#define KUC_TRANSPORT_GENERIC 0x1u
#define KUC_TRANSPORT_HSM 0x2u
#define CL_NONE (-1)
#define CL_MARK 0x0u
#define CL_CREATE 0x1u
#define CL_MKDIR 0x2u
#define CL_HARDLINK 0x3u
#define CL_SOFTLINK 0x4u
#define CL_MKNOD 0x5u
#define CL_UNLINK 0x6u
#define CL_RMDIR 0x7u
#define CL_RENAME 0x8u
#define CL_EXT 0x9u
#define CL_OPEN 0xau
#define CL_CLOSE 0xbu
#define CL_LAYOUT 0xcu
#define CL_TRUNC 0xdu
#define CL_SETATTR 0xeu
#define CL_SETXATTR 0xfu
#define CL_XATTR 0xfu
#define CL_HSM 0x10u
#define CL_MTIME 0x11u
#define CL_CTIME 0x12u
#define CL_ATIME 0x13u
#define CL_MIGRATE 0x14u
#define CL_FLRW 0x15u
#define CL_RESYNC 0x16u
#define CL_GETXATTR 0x17u
#define CL_DN_OPEN 0x18u
#define CL_LAST 0x19u
#define CLF_VERSION 0x1000u
#define CLF_RENAME 0x2000u
#define CLF_JOBID 0x4000u
#define CLF_EXTRA_FLAGS 0x8000u
#define CLF_SUPPORTED 0xf000u
#define CLF_FLAGMASK 0xfffu
#define CLF_VERMASK (-4096)
#define CLFE_INVALID 0x0u
#define CLFE_UIDGID 0x1u
#define CLFE_NID 0x2u
#define CLFE_OPEN 0x4u
#define CLFE_XATTR 0x8u
#define CLFE_NID_BE 0x10u
#define CLFE_SUPPORTED 0x1fu
#define CHANGELOG_FLAG_FOLLOW 0x1u
#define CHANGELOG_FLAG_BLOCK 0x2u
#define CHANGELOG_FLAG_JOBID 0x4u
#define CHANGELOG_FLAG_EXTRA_FLAGS 0x8u
#define CHANGELOG_FLAG_NID_BE 0x10u
#define CHANGELOG_EXTRA_FLAG_UIDGID 0x1u
#define CHANGELOG_EXTRA_FLAG_NID 0x2u
#define CHANGELOG_EXTRA_FLAG_OMODE 0x4u
#define CHANGELOG_EXTRA_FLAG_XATTR 0x8u
#define LL_LEASE_RDLCK 0x1u
#define LL_LEASE_WRLCK 0x2u
#define LL_LEASE_UNLCK 0x4u
#define LL_LEASE_RESYNC 0x1u
#define LL_LEASE_RESYNC_DONE 0x2u
#define LL_LEASE_LAYOUT_MERGE 0x4u
#define LL_LEASE_LAYOUT_SPLIT 0x8u
#define LL_LEASE_PCC_ATTACH 0x10u
#define LCME_FL_STALE 0x1u
#define LCME_FL_PREF_RD 0x2u
#define LCME_FL_PREF_WR 0x4u
#define LCME_FL_PREF_RW 0x6u
#define LCME_FL_OFFLINE 0x8u
#define LCME_FL_INIT 0x10u
#define LCME_FL_NOSYNC 0x20u
#define LCME_FL_EXTENSION 0x40u
#define LCME_FL_PARITY 0x80u
#define LCME_FL_COMPRESS 0x100u
#define LCME_FL_PARTIAL 0x200u
#define LCME_FL_NOCOMPR 0x400u
#define LCME_FL_NEG 0x80000000u
#define SWAP_LAYOUTS_CHECK_DV1 0x1u
#define SWAP_LAYOUTS_CHECK_DV2 0x2u
#define SWAP_LAYOUTS_KEEP_MTIME 0x4u
#define SWAP_LAYOUTS_KEEP_ATIME 0x8u
#define SWAP_LAYOUTS_CLOSE 0x10u
#define SWAP_LAYOUTS_WITH_DV12 0x20u
#define SWAP_LAYOUTS_MDS_RELEASE 0x80000000u
#define CHANGELOG_ALLMASK 0x1ffffffu
#define CLF_FLAGSHIFT 0xcu
#define CLF_HSM_DIRTY 0x1u
#define CLF_HSM_ERROVERFLOW 0x7fu
#define CLF_HSM_ERR_H 0x6u
#define CLF_HSM_ERR_L 0x0u
#define CLF_HSM_EVENT_H 0x9u
#define CLF_HSM_EVENT_L 0x7u
#define CLF_HSM_FLAG_H 0xbu
#define CLF_HSM_FLAG_L 0xau
#define CLF_HSM_LAST 0xfu
#define CLF_HSM_MAXERROR 0x7eu
#define CLF_HSM_SPARE_H 0xfu
#define CLF_HSM_SPARE_L 0xcu
#define CLF_HSM_SUCCESS 0x0u
#define CLF_RENAME_LAST 0x1u
#define CLF_RENAME_LAST_EXISTS 0x2u
#define CLF_UNLINK_HSM_EXISTS 0x2u
#define CLF_UNLINK_LAST 0x1u
#define CR_MAXSIZE 0x3b8u
#define HAL_MAXSIZE 0x100000u
#define HAL_VERSION 0x1u
#define HP_FLAG_COMPLETED 0x1u
#define HP_FLAG_RETRY 0x2u
#define HSM_FLAGS_MASK 0x1ffu
#define HSM_FORCE_ACTION 0x1u
#define HSM_GHOST_COPY 0x2u
#define HSM_REQ_BLOCKING 0x4u
#define HSM_STATUS_MASK 0x1cdu
#define HSM_USER_MASK 0x32u
#define KUC_GRP_HSM 0x2u
#define KUC_GRP_MAX 0x2u
#define KUC_MAGIC 0x191cu
#define LL_STATFS_LMV 0x1u
#define LL_STATFS_LOV 0x2u
#define LL_STATFS_NODELAY 0x4u
#define LL_SUPER_MAGIC 0xbd00bd0u
#define LOV_DESC_STRIPE_SIZE_DEFAULT 0x400000u
#define LOV_MAXPOOLNAME 0xfu
#define LOV_MAX_STRIPE_COUNT 0x7d0u
#define LOV_MAX_STRIPE_COUNT_OLD 0xa0u
#define LOV_MAX_UUID_BUFFER_SIZE 0x2000u
#define LOV_MIN_STRIPE_SIZE 0x10000u
#define LOV_PATTERN_BAD 0x502u
#define LOV_PATTERN_CMOBD 0x200u
#define LOV_PATTERN_COMPRESS 0x800u
#define LOV_PATTERN_DEFAULT 0xffffffffu
#define LOV_PATTERN_FOREIGN 0x400u
#define LOV_PATTERN_F_HOLE 0x40000000u
#define LOV_PATTERN_F_MASK 0xffff0000u
#define LOV_PATTERN_F_RELEASED 0x80000000u
#define LOV_PATTERN_MDT 0x100u
#define LOV_PATTERN_NONE 0x0u
#define LOV_PATTERN_OVERSTRIPING 0x200u
#define LOV_PATTERN_RAID0 0x1u
#define LOV_PATTERN_RAID1 0x2u
#define LOV_USER_MAGIC_COMP_V1 0xbd60bd0u
#define LOV_USER_MAGIC_FOREIGN 0xbd70bd0u
#define LOV_USER_MAGIC_JOIN_V1 0xbd20bd0u
#define LOV_USER_MAGIC_SEL 0xbd80bd0u
#define LOV_USER_MAGIC_SPECIFIC 0xbd50bd0u
#define LOV_USER_MAGIC_V1 0xbd10bd0u
#define LOV_USER_MAGIC_V3 0xbd30bd0u
#define LUSTRE_EOF 0xffffffffffffffffull
#define LUSTRE_JOBID_SIZE 0x20u
#define LUSTRE_Q_GETALLQUOTA 0x800019u
#define LUSTRE_Q_GETDEFAULT 0x80000du
#define LUSTRE_Q_GETDEFAULT_POOL 0x800013u
#define LUSTRE_Q_GETINFO 0x800005u
#define LUSTRE_Q_GETINFOLQA 0x80001cu
#define LUSTRE_Q_GETINFOPOOL 0x800011u
#define LUSTRE_Q_GETQUOTA 0x800007u
#define LUSTRE_Q_GETQUOTALQA 0x80001au
#define LUSTRE_Q_GETQUOTAPOOL 0x80000fu
#define MDS_FMODE_CLOSED 0x0u
#define MDS_FMODE_EXEC 0x4u
#define MDS_FMODE_READ 0x1u
#define MDS_FMODE_WRITE 0x2u
#define OBD_MAX_FIDS_IN_ARRAY 0x1000u
#define O_LOV_DELAY_CREATE 0x2100u
#define SWAP_LAYOUTS_MDS_HSM -0x80000000u
#define LL_IOC_HSM_PROGRESS 0x401866d8ul
#define LL_IOC_HSM_IMPORT 0xc03066f5ul
#define LL_IOC_HSM_STATE_GET 0x802066d3ul
#define LL_IOC_HSM_STATE_SET 0x401866d4ul
#define LL_IOC_HSM_ACTION 0x801866dcul
#define LL_IOC_HSM_REQUEST 0x401866d9ul
#define LL_IOC_DATA_VERSION 0x801066daul
#define LL_IOC_LOV_GETSTRIPE 0x4008669bul
#define LL_IOC_LOV_GETSTRIPE_NEW 0x8020669bul
#define LL_IOC_LOV_SETSTRIPE 0x4008669aul
#define LL_IOC_LOV_SETSTRIPE_NEW 0xc020669aul
#define LL_IOC_SET_LEASE 0xc00c66f3ul
#define LL_IOC_GET_LEASE 0x66f4ul
#define LL_IOC_PATH2FID 0x800866adul
#define LL_IOC_GET_MDTIDX 0x800466aful
#define LL_IOC_GROUP_LOCK 0x4008669eul
#define LL_IOC_GROUP_UNLOCK 0x4008669ful
#define LL_IOC_LOV_SWAP_LAYOUTS 0x402066dbul
#define LL_IOC_FID2MDTIDX 0xc01066f8ul
#define FS_IOC_FSGETXATTR 0x801c581ful
#define FS_IOC_FSSETXATTR 0x401c5820ul
#define OBD_IOC_CHLG_SET_FLAGS 0x800866e9ul
#define OBD_IOC_FID2PATH 0xc0086696ul
#define OBD_IOC_GETNAME 0xc0086683ul
#define LL_IOC_GETPARENT 0xc01866f9ul
#define LL_IOC_FLR_SET_MIRROR 0x400866b1ul
#define IOC_MDC_GETFILESTRIPE 0xc0086915ul
#define LL_IOC_GETOBDCOUNT 0x800866a8ul
#define LL_IOC_HSM_DATA_VERSION 0x401066feul
