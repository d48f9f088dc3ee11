// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

/**
 * The numbers and names of Lustre's interface, each named as in C: requests of ioctl(2), magics,
 * flags, codes. Where releases differ the value is that of 2.17.0, or the newest one that has it;
 * sums of all known flags ({@code _MASK}, {@code _SUPPORTED}) grow with each release.
 *
 * <p>Unsigned 32-bit values are {@code int}, unsigned 64-bit ones {@code long}, by their bits.
 * Source: the headers of Lustre 2.12 to 2.17.
 */
public final class AbiConstants {
  private AbiConstants() {}

  // ioctl(2) requests, whole: some encode another struct's size on purpose
  public static final long FS_IOC_FSGETXATTR = 0x801c581fL;
  public static final long FS_IOC_FSSETXATTR = 0x401c5820L;
  public static final long IOC_MDC_GETFILESTRIPE = 0xc0086915L;
  public static final long IOC_OBD_STATFS = 0xc00866a4L;
  public static final long LL_IOC_DATA_VERSION = 0x801066daL;
  public static final long LL_IOC_FID2MDTIDX = 0xc01066f8L;
  public static final long LL_IOC_FLR_SET_MIRROR = 0x400866b1L;
  public static final long LL_IOC_FSGETXATTR = 0x801c581fL;
  public static final long LL_IOC_FSSETXATTR = 0x401c5820L;
  public static final long LL_IOC_FUTIMES_3 = 0xc03066b0L;
  public static final long LL_IOC_GETFLAGS = 0x80086697L;
  public static final long LL_IOC_GETOBDCOUNT = 0x800866a8L;
  public static final long LL_IOC_GETPARENT = 0xc01866f9L;
  public static final long LL_IOC_GETVERSION = 0x80086603L;
  public static final long LL_IOC_GET_CONNECT_FLAGS = 0xc00866aeL;
  public static final long LL_IOC_GET_LEASE = 0x66f4L;
  public static final long LL_IOC_GET_MDTIDX = 0x800466afL;
  public static final long LL_IOC_GROUP_LOCK = 0x4008669eL;
  public static final long LL_IOC_GROUP_UNLOCK = 0x4008669fL;
  public static final long LL_IOC_HEAT_GET = 0xc00866fbL;
  public static final long LL_IOC_HEAT_SET = 0x400866fbL;
  public static final long LL_IOC_HSM_ACTION = 0x801866dcL;
  public static final long LL_IOC_HSM_COPY_END = 0x400866d7L;
  public static final long LL_IOC_HSM_COPY_START = 0x400866d6L;
  public static final long LL_IOC_HSM_CT_START = 0x401866d5L;
  public static final long LL_IOC_HSM_DATA_VERSION = 0x401066feL;
  public static final long LL_IOC_HSM_IMPORT = 0xc03066f5L;
  public static final long LL_IOC_HSM_PROGRESS = 0x401866d8L;
  public static final long LL_IOC_HSM_REQUEST = 0x401866d9L;
  public static final long LL_IOC_HSM_STATE_GET = 0x802066d3L;
  public static final long LL_IOC_HSM_STATE_SET = 0x401866d4L;
  public static final long LL_IOC_LADVISE = 0x802066faL;
  public static final long LL_IOC_LMV_GETSTRIPE = 0xc03066f1L;
  public static final long LL_IOC_LMV_SETSTRIPE = 0xc03066f0L;
  public static final long LL_IOC_LMV_SET_DEFAULT_STRIPE = 0xc03066f6L;
  public static final long LL_IOC_LOV_GETSTRIPE = 0x4008669bL;
  public static final long LL_IOC_LOV_GETSTRIPE_NEW = 0x8020669bL;
  public static final long LL_IOC_LOV_SETEA = 0x4008669cL;
  public static final long LL_IOC_LOV_SETSTRIPE = 0x4008669aL;
  public static final long LL_IOC_LOV_SETSTRIPE_NEW = 0xc020669aL;
  public static final long LL_IOC_LOV_SWAP_LAYOUTS = 0x402066dbL;
  public static final long LL_IOC_MIGRATE = 0x800466f7L;
  public static final long LL_IOC_PATH2FID = 0x800866adL;
  public static final long LL_IOC_PCC_ATTACH = 0x400866fcL;
  public static final long LL_IOC_PCC_STATE = 0x901066fcL;
  public static final long LL_IOC_PROJECT = 0x411066fdL;
  public static final long LL_IOC_REMOVE_ENTRY = 0xc00866f2L;
  public static final long LL_IOC_RMFID = 0x801066f2L;
  public static final long LL_IOC_SETFLAGS = 0x40086698L;
  public static final long LL_IOC_SET_LEASE = 0xc00c66f3L;
  public static final long OBD_IOC_CHANGELOG_CLEAR = 0x424066b3L;
  public static final long OBD_IOC_CHANGELOG_FILTER = 0x403066b3L;
  public static final long OBD_IOC_CHLG_POLL = 0x800866e9L;
  public static final long OBD_IOC_CHLG_SET_FLAGS = 0x800866e9L;
  public static final long OBD_IOC_FID2PATH = 0xc0086696L;
  public static final long OBD_IOC_GETDTNAME = 0x8080667fL;
  public static final long OBD_IOC_GETMDNAME = 0x80806683L;
  public static final long OBD_IOC_QUOTACTL = 0xc0b066a2L;

  // enum hsm_states
  public static final int HS_NONE = 0;
  public static final int HS_EXISTS = 1;
  public static final int HS_DIRTY = 2;
  public static final int HS_RELEASED = 4;
  public static final int HS_ARCHIVED = 8;
  public static final int HS_NORELEASE = 0x10;
  public static final int HS_NOARCHIVE = 0x20;
  public static final int HS_LOST = 0x40;
  public static final int HS_PCCRW = 0x80;
  public static final int HS_PCCRO = 0x100;

  // enum hsm_progress_states
  public static final int HPS_NONE = 0;
  public static final int HPS_WAITING = 1;
  public static final int HPS_RUNNING = 2;
  public static final int HPS_DONE = 3;

  // enum hsm_user_action
  public static final int HUA_NONE = 1;
  public static final int HUA_ARCHIVE = 0xa;
  public static final int HUA_RESTORE = 0xb;
  public static final int HUA_RELEASE = 0xc;
  public static final int HUA_REMOVE = 0xd;
  public static final int HUA_CANCEL = 0xe;

  // enum hsm_copytool_action
  public static final int HSMA_NONE = 0xa;
  public static final int HSMA_ARCHIVE = 0x14;
  public static final int HSMA_RESTORE = 0x15;
  public static final int HSMA_REMOVE = 0x16;
  public static final int HSMA_CANCEL = 0x17;

  // enum hsm_event
  public static final int HE_ARCHIVE = 0;
  public static final int HE_RESTORE = 1;
  public static final int HE_CANCEL = 2;
  public static final int HE_RELEASE = 3;
  public static final int HE_REMOVE = 4;
  public static final int HE_STATE = 5;
  public static final int HE_SPARE1 = 6;
  public static final int HE_SPARE2 = 7;

  // enum hss_valid
  public static final int HSS_SETMASK = 1;
  public static final int HSS_CLEARMASK = 2;
  public static final int HSS_ARCHIVE_ID = 4;

  // enum hsm_message_type
  public static final int HMT_ACTION_LIST = 0x64;

  // enum kuc_generic_message_type
  public static final int KUC_MSG_SHUTDOWN = 1;

  // enum kuc_transport_type
  public static final int KUC_TRANSPORT_GENERIC = 1;
  public static final int KUC_TRANSPORT_HSM = 2;

  // enum lk_flags
  public static final int LK_FLG_STOP = 1;
  public static final int LK_FLG_DATANR = 2;

  // enum changelog_rec_type
  public static final int CL_NONE = -1;
  public static final int CL_MARK = 0;
  public static final int CL_CREATE = 1;
  public static final int CL_MKDIR = 2;
  public static final int CL_HARDLINK = 3;
  public static final int CL_SOFTLINK = 4;
  public static final int CL_MKNOD = 5;
  public static final int CL_UNLINK = 6;
  public static final int CL_RMDIR = 7;
  public static final int CL_RENAME = 8;
  public static final int CL_EXT = 9;
  public static final int CL_OPEN = 0xa;
  public static final int CL_CLOSE = 0xb;
  public static final int CL_LAYOUT = 0xc;
  public static final int CL_TRUNC = 0xd;
  public static final int CL_SETATTR = 0xe;
  public static final int CL_SETXATTR = 0xf;
  public static final int CL_XATTR = 0xf;
  public static final int CL_HSM = 0x10;
  public static final int CL_MTIME = 0x11;
  public static final int CL_CTIME = 0x12;
  public static final int CL_ATIME = 0x13;
  public static final int CL_MIGRATE = 0x14;
  public static final int CL_FLRW = 0x15;
  public static final int CL_RESYNC = 0x16;
  public static final int CL_GETXATTR = 0x17;
  public static final int CL_DN_OPEN = 0x18;

  // enum changelog_rec_flags
  public static final int CLF_VERSION = 0x1000;
  public static final int CLF_RENAME = 0x2000;
  public static final int CLF_JOBID = 0x4000;
  public static final int CLF_EXTRA_FLAGS = 0x8000;
  public static final int CLF_SUPPORTED = 0xf000;
  public static final int CLF_FLAGMASK = 0xfff;
  public static final int CLF_VERMASK = 0xfffff000;

  // enum changelog_rec_extra_flags
  public static final int CLFE_INVALID = 0;
  public static final int CLFE_UIDGID = 1;
  public static final int CLFE_NID = 2;
  public static final int CLFE_OPEN = 4;
  public static final int CLFE_XATTR = 8;
  public static final int CLFE_NID_BE = 0x10;
  public static final int CLFE_SUPPORTED = 0x1f;

  // enum changelog_send_flag
  public static final int CHANGELOG_FLAG_FOLLOW = 1;
  public static final int CHANGELOG_FLAG_BLOCK = 2;
  public static final int CHANGELOG_FLAG_JOBID = 4;
  public static final int CHANGELOG_FLAG_EXTRA_FLAGS = 8;
  public static final int CHANGELOG_FLAG_NID_BE = 0x10;

  // enum changelog_send_extra_flag
  public static final int CHANGELOG_EXTRA_FLAG_UIDGID = 1;
  public static final int CHANGELOG_EXTRA_FLAG_NID = 2;
  public static final int CHANGELOG_EXTRA_FLAG_OMODE = 4;
  public static final int CHANGELOG_EXTRA_FLAG_XATTR = 8;

  // enum lov_pattern
  public static final int LOV_PATTERN_NONE = 0;
  public static final int LOV_PATTERN_RAID0 = 1;
  public static final int LOV_PATTERN_RAID1 = 2;
  public static final int LOV_PATTERN_PARITY = 4;
  public static final int LOV_PATTERN_MDT = 0x100;
  public static final int LOV_PATTERN_OVERSTRIPING = 0x200;
  public static final int LOV_PATTERN_FOREIGN = 0x400;
  public static final int LOV_PATTERN_COMPRESS = 0x800;
  public static final int LOV_PATTERN_BAD = 0x502;
  public static final int LOV_PATTERN_F_MASK = 0xffff0000;
  public static final int LOV_PATTERN_F_HOLE = 0x40000000;
  public static final int LOV_PATTERN_F_RELEASED = 0x80000000;
  public static final int LOV_PATTERN_DEFAULT = 0xffffffff;

  // enum lov_comp_md_entry_flags
  public static final int LCME_FL_STALE = 1;
  public static final int LCME_FL_PREF_RD = 2;
  public static final int LCME_FL_PREF_WR = 4;
  public static final int LCME_FL_PREF_RW = 6;
  public static final int LCME_FL_OFFLINE = 8;
  public static final int LCME_FL_INIT = 0x10;
  public static final int LCME_FL_NOSYNC = 0x20;
  public static final int LCME_FL_EXTENSION = 0x40;
  public static final int LCME_FL_PARITY = 0x80;
  public static final int LCME_FL_COMPRESS = 0x100;
  public static final int LCME_FL_PARTIAL = 0x200;
  public static final int LCME_FL_NOCOMPR = 0x400;
  public static final int LCME_FL_NEG = 0x80000000;
  public static final int LCME_FL_IS_LINK_ID = 0x40000000;

  // enum lov_comp_md_flags
  public static final int LCM_FL_NONE = 0;
  public static final int LCM_FL_RDONLY = 1;
  public static final int LCM_FL_WRITE_PENDING = 2;
  public static final int LCM_FL_SYNC_PENDING = 3;
  public static final int LCM_FL_PCC_RDONLY = 8;
  public static final int LCM_FL_FLR_MASK = 0xb;

  // enum lcme_id
  public static final int LCME_ID_INVAL = 0;
  public static final int LCME_ID_ALL = 0xffffffff;
  public static final int LCME_ID_NOT_ID = 0x80000000;

  // enum lustre_foreign_types
  public static final int LU_FOREIGN_TYPE_NONE = 0;
  public static final int LU_FOREIGN_TYPE_POSIX = 1;
  public static final int LU_FOREIGN_TYPE_PCCRW = 2;
  public static final int LU_FOREIGN_TYPE_PCCRO = 3;
  public static final int LU_FOREIGN_TYPE_S3 = 4;
  public static final int LU_FOREIGN_TYPE_SYMLINK = 0xda05;
  public static final int LU_FOREIGN_TYPE_UNKNOWN = 0xffffffff;
  public static final int LU_FOREIGN_TYPE_DAOS = 0xda05;

  // enum lmv_hash_type
  public static final int LMV_HASH_TYPE_UNKNOWN = 0;
  public static final int LMV_HASH_TYPE_ALL_CHARS = 1;
  public static final int LMV_HASH_TYPE_FNV_1A_64 = 2;
  public static final int LMV_HASH_TYPE_CRUSH = 3;
  public static final int LMV_HASH_TYPE_CRUSH2 = 4;
  public static final int LMV_HASH_TYPE_DEFAULT = 2;

  // enum lmv_type
  public static final int LMV_TYPE_DEFAULT = 0;
  public static final int LMV_TYPE_RAW = 1;

  // enum lma_compat
  public static final int LMAC_HSM = 1;
  public static final int LMAC_NOT_IN_OI = 4;
  public static final int LMAC_FID_ON_OST = 8;
  public static final int LMAC_STRIPE_INFO = 0x10;
  public static final int LMAC_COMP_INFO = 0x20;
  public static final int LMAC_IDX_BACKUP = 0x40;

  // enum lma_incompat
  public static final int LMAI_RELEASED = 1;
  public static final int LMAI_AGENT = 2;
  public static final int LMAI_REMOTE_PARENT = 4;
  public static final int LMAI_STRIPED = 8;
  public static final int LMAI_ORPHAN = 0x10;
  public static final int LMAI_ENCRYPT = 0x20;
  public static final int LMA_INCOMPAT_SUPP = 0x3e;

  // enum lustre_som_flags
  public static final int SOM_FL_UNKNOWN = 0;
  public static final int SOM_FL_STRICT = 1;
  public static final int SOM_FL_STALE = 2;
  public static final int SOM_FL_LAZY = 4;

  // enum ll_lease_mode
  public static final int LL_LEASE_RDLCK = 1;
  public static final int LL_LEASE_WRLCK = 2;
  public static final int LL_LEASE_UNLCK = 4;

  // enum ll_lease_flags
  public static final int LL_LEASE_RESYNC = 1;
  public static final int LL_LEASE_RESYNC_DONE = 2;
  public static final int LL_LEASE_LAYOUT_MERGE = 4;
  public static final int LL_LEASE_LAYOUT_SPLIT = 8;
  public static final int LL_LEASE_PCC_ATTACH = 0x10;

  // enum ioc_data_version_flags
  public static final int LL_DV_RD_FLUSH = 1;
  public static final int LL_DV_WR_FLUSH = 2;
  public static final int LL_DV_SZ_UPDATE = 4;

  // enum lustre_swap_layouts_flags
  public static final int SWAP_LAYOUTS_CHECK_DV1 = 1;
  public static final int SWAP_LAYOUTS_CHECK_DV2 = 2;
  public static final int SWAP_LAYOUTS_KEEP_MTIME = 4;
  public static final int SWAP_LAYOUTS_KEEP_ATIME = 8;
  public static final int SWAP_LAYOUTS_CLOSE = 0x10;
  public static final int SWAP_LAYOUTS_WITH_DV12 = 0x20;
  public static final int SWAP_LAYOUTS_MDS_RELEASE = 0x80000000;

  // enum lu_ladvise_type
  public static final int LU_LADVISE_INVALID = 0;
  public static final int LU_LADVISE_WILLREAD = 1;
  public static final int LU_LADVISE_DONTNEED = 2;
  public static final int LU_LADVISE_LOCKNOEXPAND = 3;
  public static final int LU_LADVISE_LOCKAHEAD = 4;
  public static final int LU_LADVISE_AHEAD = 5;

  // enum ladvise_flag
  public static final int LF_ASYNC = 1;
  public static final int LF_UNSET = 2;

  // enum lu_heat_flag
  public static final int LU_HEAT_FLAG_OFF = 2;
  public static final int LU_HEAT_FLAG_CLEAR = 4;

  // enum obd_heat_type
  public static final int OBD_HEAT_READSAMPLE = 0;
  public static final int OBD_HEAT_WRITESAMPLE = 1;
  public static final int OBD_HEAT_READBYTE = 2;
  public static final int OBD_HEAT_WRITEBYTE = 3;
  public static final int OBD_HEAT_COUNT = 4;

  // enum lu_pcc_type
  public static final int LU_PCC_NONE = 0;
  public static final int LU_PCC_READWRITE = 1;
  public static final int LU_PCC_READONLY = 2;
  public static final int LU_PCC_TYPE_MASK = 3;
  public static final int LU_PCC_FL_ASYNC = 0x10;

  // enum lu_pcc_state_flags
  public static final int PCC_STATE_FL_NONE = 0;
  public static final int PCC_STATE_FL_ATTR_VALID = 1;
  public static final int PCC_STATE_FL_ATTACHING = 2;
  public static final int PCC_STATE_FL_UNLINKED = 4;

  // enum lu_pcc_detach_opts
  public static final int PCC_DETACH_OPT_NONE = 0;
  public static final int PCC_DETACH_OPT_UNCACHE = 1;

  // enum lu_pcc_detach_flags
  public static final int PCC_DETACH_FL_NONE = 0;
  public static final int PCC_DETACH_FL_UNCACHE = 1;
  public static final int PCC_DETACH_FL_KNOWN_READWRITE = 2;
  public static final int PCC_DETACH_FL_KNOWN_READONLY = 4;
  public static final int PCC_DETACH_FL_CACHE_REMOVED = 8;
  public static final int PCC_DETACH_FL_ATTACHING = 0x10;

  // enum obd_statfs_state
  public static final int OS_STATFS_DEGRADED = 1;
  public static final int OS_STATFS_READONLY = 2;
  public static final int OS_STATFS_NOCREATE = 4;
  public static final int OS_STATFS_UNUSED1 = 8;
  public static final int OS_STATFS_UNUSED2 = 0x10;
  public static final int OS_STATFS_ENOSPC = 0x20;
  public static final int OS_STATFS_ENOINO = 0x40;
  public static final int OS_STATFS_SUM = 0x100;
  public static final int OS_STATFS_NONROT = 0x200;
  public static final int OS_STATFS_DOWNGRADE = 0x67;
  public static final int OS_STATFS_UPGRADE = 0x200;
  public static final int OS_STATFS_NOPRECREATE = 4;

  // enum lu_project_type
  public static final int LU_PROJECT_NONE = 0;
  public static final int LU_PROJECT_SET = 1;
  public static final int LU_PROJECT_GET = 2;

  // enum llapi_layout_comp_use
  public static final int LLAPI_LAYOUT_COMP_USE_FIRST = 1;
  public static final int LLAPI_LAYOUT_COMP_USE_LAST = 2;
  public static final int LLAPI_LAYOUT_COMP_USE_NEXT = 3;
  public static final int LLAPI_LAYOUT_COMP_USE_PREV = 4;

  // enum llapi_message_level
  public static final int LLAPI_MSG_OFF = 0;
  public static final int LLAPI_MSG_FATAL = 1;
  public static final int LLAPI_MSG_ERROR = 2;
  public static final int LLAPI_MSG_WARN = 3;
  public static final int LLAPI_MSG_NORMAL = 4;
  public static final int LLAPI_MSG_INFO = 5;
  public static final int LLAPI_MSG_DEBUG = 6;

  // enum layout_version_flags
  public static final int LU_LAYOUT_HIGEN = 0x40000000;
  public static final int LU_LAYOUT_RESYNC = 0x80000000;

  // QC_GENERAL and its like
  public static final int QC_GENERAL = 0;
  public static final int QC_MDTIDX = 1;
  public static final int QC_OSTIDX = 2;
  public static final int QC_UUID = 3;

  // LMV_INHERIT_UNLIMITED and its like
  public static final int LMV_INHERIT_UNLIMITED = 0;
  public static final int LMV_INHERIT_DEFAULT_PLAIN = 0;
  public static final int LMV_INHERIT_END = 1;
  public static final int LMV_INHERIT_DEFAULT_OVERSTRIPED = 2;
  public static final int LMV_INHERIT_DEFAULT_STRIPED = 3;
  public static final int LMV_INHERIT_NONE = 0xff;

  // LMV_INHERIT_RR_NONE and its like
  public static final int LMV_INHERIT_RR_NONE = 0;
  public static final int LMV_INHERIT_RR_DEFAULT = 0;
  public static final int LMV_INHERIT_RR_END = 1;
  public static final int LMV_INHERIT_RR_ROOT = 3;
  public static final int LMV_INHERIT_RR_UNLIMITED = 0xff;

  // defines
  public static final int ALLQUOTA = 0xff;
  public static final long CHANGELOG_ALLMASK = 0x1ffffffL;
  public static final long CHANGELOG_DEFMASK = 0x77fbffL;
  public static final long CHANGELOG_MINMASK = 0x1L;
  public static final int CHANGELOG_USER_NAMELEN = 0x10;
  public static final int CLF_FLAGSHIFT = 0xc;
  public static final int CLF_HSM_DIRTY = 1;
  public static final int CLF_HSM_ERROVERFLOW = 0x7f;
  public static final int CLF_HSM_ERR_H = 6;
  public static final int CLF_HSM_ERR_L = 0;
  public static final int CLF_HSM_EVENT_H = 9;
  public static final int CLF_HSM_EVENT_L = 7;
  public static final int CLF_HSM_FLAG_H = 0xb;
  public static final int CLF_HSM_FLAG_L = 0xa;
  public static final int CLF_HSM_LAST = 0xf;
  public static final int CLF_HSM_MAXERROR = 0x7e;
  public static final int CLF_HSM_SPARE_H = 0xf;
  public static final int CLF_HSM_SPARE_L = 0xc;
  public static final int CLF_HSM_SUCCESS = 0;
  public static final int CLF_RENAME_LAST = 1;
  public static final int CLF_RENAME_LAST_EXISTS = 2;
  public static final int CLF_UNLINK_HSM_EXISTS = 2;
  public static final int CLF_UNLINK_LAST = 1;
  public static final long CR_MAXSIZE = 0x3b8L;
  public static final int FID_LEN = 0x2a;
  public static final int FID_NOBRACE_LEN = 0x28;
  public static final int FS_XFLAG_PROJINHERIT = 0x200;
  public static final int HAL_MAXSIZE = 0x100000;
  public static final int HAL_VERSION = 1;
  public static final int HP_FLAG_COMPLETED = 1;
  public static final int HP_FLAG_RETRY = 2;
  public static final int HSM_FLAGS_MASK = 0x1ff;
  public static final int HSM_FORCE_ACTION = 1;
  public static final int HSM_GHOST_COPY = 2;
  public static final int HSM_REQ_BLOCKING = 4;
  public static final int HSM_STATUS_MASK = 0x1cd;
  public static final int HSM_USER_MASK = 0x32;
  public static final int IOC_IDS_MAX = 0x1000;
  public static final int KUC_GRP_HSM = 2;
  public static final int KUC_MAGIC = 0x191c;
  public static final int LADVISE_MAGIC = 0x1adf1ce0;
  public static final int LAH_COUNT_MAX = 0x400;
  public static final int LCME_CL_COMP_FLAGS = 0x4c6;
  public static final int LCME_ID_MASK = 0x7fffffff;
  public static final int LCME_KNOWN_FLAGS = 0x800000f7;
  public static final int LCME_MIRROR_FLAGS = 0x20;
  public static final int LCME_TEMPLATE_FLAGS = 0x66;
  public static final long LCME_TIMESTAMP_ID_MASK = 0xffffL;
  public static final int LCME_TIMESTAMP_ID_SHIFT = 0x30;
  public static final long LCME_TIMESTAMP_TIME_MASK = 0xffffffffffffL;
  public static final int LCME_USER_COMP_FLAGS = 0xe6;
  public static final int LCME_USER_FLAGS = 6;
  public static final int LCME_USER_MIRROR_FLAGS = 0x406;
  public static final int LK_NOFD = 0xffffffff;
  public static final long LLAPI_LAYOUT_COMPRESS = 0x10L;
  public static final long LLAPI_LAYOUT_DEFAULT = 0x1000000000000002L;
  public static final long LLAPI_LAYOUT_FOREIGN = 0x8L;
  public static final long LLAPI_LAYOUT_IDX_MAX = 0xffffffffL;
  public static final long LLAPI_LAYOUT_INVALID = 0x1000000000000001L;
  public static final long LLAPI_LAYOUT_MDT = 0x2L;
  public static final long LLAPI_LAYOUT_OVERSTRIPING = 0x4L;
  public static final long LLAPI_LAYOUT_RAID0 = 0x0L;
  public static final long LLAPI_LAYOUT_SPECIFIC = 0x2000000000000000L;
  public static final long LLAPI_LAYOUT_WIDE = 0x1000000000000003L;
  public static final long LLAPI_LAYOUT_WIDE_MAX = 0x1000000000000022L;
  public static final long LLAPI_LAYOUT_WIDE_MIN = 0x1000000000000003L;
  public static final int LLAPI_MSG_MASK = 7;
  public static final int LLAPI_MSG_NO_ERRNO = 0x10;
  public static final int LL_HSM_MAX_ARCHIVES_PER_AGENT = 0x400;
  public static final long LL_HSM_ORIGIN_MAX_ARCHIVE = 0x20L;
  public static final int LL_STATFS_LMV = 1;
  public static final int LL_STATFS_LOV = 2;
  public static final int LL_STATFS_NODELAY = 4;
  public static final int LL_SUPER_MAGIC = 0xbd00bd0;
  public static final long LMA_OLD_SIZE = 0x40L;
  public static final int LMV_HASH_FLAG_BAD_TYPE = 0x20000000;
  public static final int LMV_HASH_FLAG_DEAD = 0x40000000;
  public static final int LMV_HASH_FLAG_FIXED = 0x2000000;
  public static final int LMV_HASH_FLAG_KNOWN = 0xbf000000;
  public static final int LMV_HASH_FLAG_LAYOUT_CHANGE = 0x8c000000;
  public static final int LMV_HASH_FLAG_LOST_LMV = 0x10000000;
  public static final int LMV_HASH_FLAG_MERGE = 0x4000000;
  public static final int LMV_HASH_FLAG_MIGRATION = 0x80000000;
  public static final int LMV_HASH_FLAG_OVERSTRIPED = 0x1000000;
  public static final int LMV_HASH_FLAG_SPLIT = 0x8000000;
  public static final int LMV_HASH_TYPE_MASK = 0xffff;
  public static final int LMV_MAGIC = 0xcd20cd0;
  public static final int LMV_MAGIC_FOREIGN = 0xcd50cd0;
  public static final int LMV_MAGIC_STRIPE = 0xcd40cd0;
  public static final int LMV_MAGIC_V1 = 0xcd20cd0;
  public static final int LMV_OFFSET_DEFAULT = 0xffffffff;
  public static final int LMV_USER_MAGIC = 0xcd30cd0;
  public static final int LMV_USER_MAGIC_SPECIFIC = 0xcd40cd0;
  public static final int LMV_USER_MAGIC_V0 = 0xcd20cd0;
  public static final int LOV_ALL_STRIPES = 0xffff;
  public static final int LOV_ALL_STRIPES_WIDE = 0xffe0;
  public static final int LOV_MAGIC = 0xbd10bd0;
  public static final int LOV_MAGIC_BAD = 0xbad0bd0;
  public static final int LOV_MAGIC_COMP_V1 = 0xbd60bd0;
  public static final int LOV_MAGIC_COMP_V1_DEFINED = 0x1bd60bd0;
  public static final int LOV_MAGIC_DEFINED = 0x10000000;
  public static final int LOV_MAGIC_FOREIGN = 0xbd70bd0;
  public static final int LOV_MAGIC_JOIN_V1 = 0xbd20bd0;
  public static final int LOV_MAGIC_MAGIC = 0xbd0;
  public static final int LOV_MAGIC_MASK = 0xffff;
  public static final int LOV_MAGIC_MIGRATE = 0xbd40bd0;
  public static final int LOV_MAGIC_SEL = 0xbd80bd0;
  public static final int LOV_MAGIC_SPECIFIC = 0xbd50bd0;
  public static final int LOV_MAGIC_V1 = 0xbd10bd0;
  public static final int LOV_MAGIC_V1_DEFINED = 0x1bd10bd0;
  public static final int LOV_MAGIC_V3 = 0xbd30bd0;
  public static final int LOV_MAGIC_V3_DEFINED = 0x1bd30bd0;
  public static final int LOV_MAXPOOLNAME = 0xf;
  public static final int LOV_MAX_STRIPE_COUNT = 0x7d0;
  public static final int LOV_MIN_STRIPE_SIZE = 0x10000;
  public static final int LOV_OFFSET_DEFAULT = 0xffff;
  public static final String LOV_POOL_IGNORE = "ignore";
  public static final String LOV_POOL_INHERIT = "inherit";
  public static final String LOV_POOL_NONE = "none";
  public static final int LOV_USER_MAGIC = 0xbd10bd0;
  public static final int LOV_USER_MAGIC_COMP_V1 = 0xbd60bd0;
  public static final int LOV_USER_MAGIC_FOREIGN = 0xbd70bd0;
  public static final int LOV_USER_MAGIC_JOIN_V1 = 0xbd20bd0;
  public static final int LOV_USER_MAGIC_SEL = 0xbd80bd0;
  public static final int LOV_USER_MAGIC_SPECIFIC = 0xbd50bd0;
  public static final int LOV_USER_MAGIC_V1 = 0xbd10bd0;
  public static final int LOV_USER_MAGIC_V3 = 0xbd30bd0;
  public static final int LQUOTA_FLAG_DEFAULT = 1;
  public static final int LQUOTA_FLAG_DELETED = 2;
  public static final int LQUOTA_FLAG_RESET = 4;
  public static final int LQUOTA_FLAG_REVOKE = 8;
  public static final long LUSTRE_EOF = 0xffffffffffffffffL;
  public static final int LUSTRE_JOBID_SIZE = 0x20;
  public static final int LUSTRE_MAXFSNAME = 8;
  public static final int LUSTRE_MAXINSTANCE = 0x10;
  public static final int LUSTRE_MIRROR_COUNT_MAX = 0x10;
  public static final int LUSTRE_Q_DELETEQID = 0x800015;
  public static final int LUSTRE_Q_FINVALIDATE = 0x80000c;
  public static final int LUSTRE_Q_GETALLQUOTA = 0x800019;
  public static final int LUSTRE_Q_GETDEFAULT = 0x80000d;
  public static final int LUSTRE_Q_GETDEFAULT_POOL = 0x800013;
  public static final int LUSTRE_Q_GETINFO = 0x800005;
  public static final int LUSTRE_Q_GETINFOLQA = 0x80001c;
  public static final int LUSTRE_Q_GETINFOPOOL = 0x800011;
  public static final int LUSTRE_Q_GETQUOTA = 0x800007;
  public static final int LUSTRE_Q_GETQUOTALQA = 0x80001a;
  public static final int LUSTRE_Q_GETQUOTAPOOL = 0x80000f;
  public static final int LUSTRE_Q_INVALIDATE = 0x80000b;
  public static final int LUSTRE_Q_ITEROQUOTA = 0x800018;
  public static final int LUSTRE_Q_ITERQUOTA = 0x800017;
  public static final int LUSTRE_Q_QUOTAOFF = 0x800003;
  public static final int LUSTRE_Q_QUOTAON = 0x800002;
  public static final int LUSTRE_Q_RESETQID = 0x800016;
  public static final int LUSTRE_Q_SETDEFAULT = 0x80000e;
  public static final int LUSTRE_Q_SETDEFAULT_POOL = 0x800014;
  public static final int LUSTRE_Q_SETINFO = 0x800006;
  public static final int LUSTRE_Q_SETINFOLQA = 0x80001d;
  public static final int LUSTRE_Q_SETINFOPOOL = 0x800012;
  public static final int LUSTRE_Q_SETQUOTA = 0x800008;
  public static final int LUSTRE_Q_SETQUOTALQA = 0x80001b;
  public static final int LUSTRE_Q_SETQUOTAPOOL = 0x800010;
  public static final String LUSTRE_VOLATILE_HDR = ".\f\023\024\022:VOLATILE";
  public static final int LUSTRE_VOLATILE_HDR_LEN = 0xe;
  public static final int MAX_OBD_NAME = 0x80;
  public static final int MIRROR_ID_MASK = 0x7fff0000;
  public static final int MIRROR_ID_NEG = 0x8000;
  public static final int MIRROR_ID_SHIFT = 0x10;
  public static final int OBD_MAX_FIDS_IN_ARRAY = 0x1000;
  public static final int O_LOV_DELAY_CREATE = 0x2100;
  public static final int QIF_ALL_DETAIL = 0x1c3f;
  public static final int QIF_BHARDLIMIT = 1;
  public static final int QIF_BSOFTLIMIT = 0x400;
  public static final int QIF_FILESYSTEM = 0x1000;
  public static final int QIF_IHARDLIMIT = 4;
  public static final int QIF_ISOFTLIMIT = 0x800;
  public static final int Q_GETOINFO = 0x800102;
  public static final int Q_GETOQUOTA = 0x800103;
  public static final long SEL_UNIT_SIZE = 0x400L;
  public static final int SEQ_ID_MASK = 0xffff;
  public static final int SEQ_ID_MAX = 0xffff;
  public static final int SWAP_LAYOUTS_MDS_HSM = 0x80000000;
  public static final int UUID_MAX = 0x28;
  public static final String XATTR_LUSTRE_LOV = "lustre.lov";
  public static final String XATTR_LUSTRE_PIN = "lustre.pin";
  public static final String XATTR_LUSTRE_PREFIX = "lustre.";
  public static final String XATTR_NAME_DEFAULT_LMV = "trusted.dmv";
  public static final String XATTR_NAME_FID = "trusted.fid";
  public static final String XATTR_NAME_HSM = "trusted.hsm";
  public static final String XATTR_NAME_LINK = "trusted.link";
  public static final String XATTR_NAME_LMA = "trusted.lma";
  public static final String XATTR_NAME_LMV = "trusted.lmv";
  public static final String XATTR_NAME_LOV = "trusted.lov";
  public static final String XATTR_NAME_PROJID = "trusted.projid";
  public static final String XATTR_NAME_SOM = "trusted.som";

  // struct link_ea_header
  public static final int LINK_EA_MAGIC = 0x11eaf1df;
}
