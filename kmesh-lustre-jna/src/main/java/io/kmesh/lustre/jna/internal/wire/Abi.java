// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

/**
 * The structs of Lustre that cross the border to it: for each its size and where its fields lie.
 * This is the one place that knows; codecs and bindings take every offset from here.
 *
 * <p>A nested class is named as its struct ({@code HsmActionList} is {@code struct
 * hsm_action_list}), a constant as its field ({@code HAL_FLAGS}); a field that is a struct has the
 * offset of its first byte. {@code _BYTES} is the length of an array. A flexible array has the
 * offset where it begins, which is behind the fixed part.
 *
 * <p>Source: {@code lustre_user.h}, {@code lustre_idl.h}, {@code lustreapi.h} and their neighbours,
 * as compilers lay them out on x86-64 (LP64, little endian), the same from 2.12 to 2.17. Fields
 * that older releases lack lie where those have padding. Nothing here was checked on another
 * architecture.
 */
public final class Abi {
  private Abi() {}

  /** {@code struct lu_fid}. */
  public static final class LuFid {
    /** Bytes of the fixed part. */
    public static final int SIZE = 16;

    public static final int F_SEQ = 0;
    public static final int F_OID = 8;
    public static final int F_VER = 12;

    private LuFid() {}
  }

  /** {@code struct lu_extent}. */
  public static final class LuExtent {
    /** Bytes of the fixed part. */
    public static final int SIZE = 16;

    public static final int E_START = 0;
    public static final int E_END = 8;

    private LuExtent() {}
  }

  /** {@code struct ost_id}. */
  public static final class OstId {
    /** Bytes of the fixed part. */
    public static final int SIZE = 16;

    public static final int OI = 0;
    public static final int OI_ID = 0;
    public static final int OI_SEQ = 8;
    public static final int OI_FID = 0;

    private OstId() {}
  }

  /** {@code struct obd_uuid}. */
  public static final class ObdUuid {
    /** Bytes of the fixed part. */
    public static final int SIZE = 40;

    public static final int UUID = 0;
    public static final int UUID_BYTES = 40;

    private ObdUuid() {}
  }

  /** {@code struct hsm_extent}. */
  public static final class HsmExtent {
    /** Bytes of the fixed part. */
    public static final int SIZE = 16;

    public static final int OFFSET = 0;
    public static final int LENGTH = 8;

    private HsmExtent() {}
  }

  /** {@code struct hsm_user_state}. */
  public static final class HsmUserState {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int HUS_STATES = 0;
    public static final int HUS_ARCHIVE_ID = 4;
    public static final int HUS_IN_PROGRESS_STATE = 8;
    public static final int HUS_IN_PROGRESS_ACTION = 12;
    public static final int HUS_IN_PROGRESS_LOCATION = 16;
    public static final int HUS_EXTENDED_INFO = 32;

    private HsmUserState() {}
  }

  /** {@code struct hsm_state_set}. */
  public static final class HsmStateSet {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int HSS_VALID = 0;
    public static final int HSS_ARCHIVE_ID = 4;
    public static final int HSS_SETMASK = 8;
    public static final int HSS_CLEARMASK = 16;

    private HsmStateSet() {}
  }

  /** {@code struct hsm_current_action}. */
  public static final class HsmCurrentAction {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int HCA_STATE = 0;
    public static final int HCA_ACTION = 4;
    public static final int HCA_LOCATION = 8;

    private HsmCurrentAction() {}
  }

  /** {@code struct hsm_request}. */
  public static final class HsmRequest {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int HR_ACTION = 0;
    public static final int HR_ARCHIVE_ID = 4;
    public static final int HR_FLAGS = 8;
    public static final int HR_ITEMCOUNT = 16;
    public static final int HR_DATA_LEN = 20;

    private HsmRequest() {}
  }

  /** {@code struct hsm_user_item}. */
  public static final class HsmUserItem {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int HUI_FID = 0;
    public static final int HUI_EXTENT = 16;

    private HsmUserItem() {}
  }

  /** {@code struct hsm_user_request}. */
  public static final class HsmUserRequest {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int HUR_REQUEST = 0;
    public static final int HUR_USER_ITEM = 24;

    private HsmUserRequest() {}
  }

  /** {@code struct hsm_action_list}. */
  public static final class HsmActionList {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int HAL_VERSION = 0;
    public static final int HAL_COUNT = 4;
    public static final int HAL_COMPOUND_ID = 8;
    public static final int HAL_FLAGS = 16;
    public static final int HAL_ARCHIVE_ID = 24;
    public static final int HAL_FSNAME = 32;

    private HsmActionList() {}
  }

  /** {@code struct hsm_action_item}. */
  public static final class HsmActionItem {
    /** Bytes of the fixed part. */
    public static final int SIZE = 72;

    public static final int HAI_LEN = 0;
    public static final int HAI_ACTION = 4;
    public static final int HAI_FID = 8;
    public static final int HAI_DFID = 24;
    public static final int HAI_EXTENT = 40;
    public static final int HAI_COOKIE = 56;
    public static final int HAI_GID = 64;
    public static final int HAI_DATA = 72;

    private HsmActionItem() {}
  }

  /** {@code struct kuc_hdr}. */
  public static final class KucHdr {
    /** Bytes of the fixed part. */
    public static final int SIZE = 8;

    public static final int KUC_MAGIC = 0;
    public static final int KUC_TRANSPORT = 2;
    public static final int KUC_FLAGS = 3;
    public static final int KUC_MSGTYPE = 4;
    public static final int KUC_MSGLEN = 6;

    private KucHdr() {}
  }

  /** {@code struct hsm_progress}. */
  public static final class HsmProgress {
    /** Bytes of the fixed part. */
    public static final int SIZE = 48;

    public static final int HP_FID = 0;
    public static final int HP_COOKIE = 16;
    public static final int HP_EXTENT = 24;
    public static final int HP_FLAGS = 40;
    public static final int HP_ERRVAL = 42;

    private HsmProgress() {}
  }

  /** {@code struct hsm_copy}. */
  public static final class HsmCopy {
    /** Bytes of the fixed part. */
    public static final int SIZE = 88;

    public static final int HC_DATA_VERSION = 0;
    public static final int HC_FLAGS = 8;
    public static final int HC_ERRVAL = 10;
    public static final int HC_HAI = 16;

    private HsmCopy() {}
  }

  /** {@code struct hsm_user_import}. */
  public static final class HsmUserImport {
    /** Bytes of the fixed part. */
    public static final int SIZE = 48;

    public static final int HUI_SIZE = 0;
    public static final int HUI_ATIME = 8;
    public static final int HUI_MTIME = 16;
    public static final int HUI_ATIME_NS = 24;
    public static final int HUI_MTIME_NS = 28;
    public static final int HUI_UID = 32;
    public static final int HUI_GID = 36;
    public static final int HUI_MODE = 40;
    public static final int HUI_ARCHIVE_ID = 44;

    private HsmUserImport() {}
  }

  /** {@code struct hsm_attrs}. */
  public static final class HsmAttrs {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int HSM_COMPAT = 0;
    public static final int HSM_FLAGS = 4;
    public static final int HSM_ARCH_ID = 8;
    public static final int HSM_ARCH_VER = 16;

    private HsmAttrs() {}
  }

  /** {@code struct lustre_kernelcomm}. */
  public static final class LustreKernelcomm {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int LK_WFD = 0;
    public static final int LK_RFD = 4;
    public static final int LK_UID = 8;
    public static final int LK_GROUP = 12;
    public static final int LK_DATA_COUNT = 16;
    public static final int LK_FLAGS = 20;
    public static final int LK_DATA = 24;

    private LustreKernelcomm() {}
  }

  /** {@code struct changelog_rec}. */
  public static final class ChangelogRec {
    /** Bytes of the fixed part. */
    public static final int SIZE = 64;

    public static final int CR_NAMELEN = 0;
    public static final int CR_FLAGS = 2;
    public static final int CR_TYPE = 4;
    public static final int CR_INDEX = 8;
    public static final int CR_PREV = 16;
    public static final int CR_TIME = 24;
    public static final int CR_TFID = 32;
    public static final int CR_MARKERFLAGS = 32;
    public static final int CR_PFID = 48;

    private ChangelogRec() {}
  }

  /** {@code struct changelog_ext_rename}. */
  public static final class ChangelogExtRename {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int CR_SFID = 0;
    public static final int CR_SPFID = 16;

    private ChangelogExtRename() {}
  }

  /** {@code struct changelog_ext_jobid}. */
  public static final class ChangelogExtJobid {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int CR_JOBID = 0;
    public static final int CR_JOBID_BYTES = 32;

    private ChangelogExtJobid() {}
  }

  /** {@code struct changelog_ext_extra_flags}. */
  public static final class ChangelogExtExtraFlags {
    /** Bytes of the fixed part. */
    public static final int SIZE = 8;

    public static final int CR_EXTRA_FLAGS = 0;

    private ChangelogExtExtraFlags() {}
  }

  /** {@code struct changelog_ext_uidgid}. */
  public static final class ChangelogExtUidgid {
    /** Bytes of the fixed part. */
    public static final int SIZE = 16;

    public static final int CR_UID = 0;
    public static final int CR_GID = 8;

    private ChangelogExtUidgid() {}
  }

  /** {@code struct changelog_ext_nid}. */
  public static final class ChangelogExtNid {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int CR_NID = 0;
    public static final int EXTRA = 8;

    private ChangelogExtNid() {}
  }

  /** {@code struct changelog_ext_openmode}. */
  public static final class ChangelogExtOpenmode {
    /** Bytes of the fixed part. */
    public static final int SIZE = 4;

    public static final int CR_OPENFLAGS = 0;

    private ChangelogExtOpenmode() {}
  }

  /** {@code struct changelog_ext_xattr}. */
  public static final class ChangelogExtXattr {
    /** Bytes of the fixed part. */
    public static final int SIZE = 256;

    public static final int CR_XATTR = 0;
    public static final int CR_XATTR_BYTES = 256;

    private ChangelogExtXattr() {}
  }

  /** {@code struct changelog_setinfo}. */
  public static final class ChangelogSetinfo {
    /** Bytes of the fixed part. */
    public static final int SIZE = 12;

    public static final int CS_RECNO = 0;
    public static final int CS_ID = 8;

    private ChangelogSetinfo() {}
  }

  /** {@code struct changelog_filter}. */
  public static final class ChangelogFilter {
    /** Bytes of the fixed part. */
    public static final int SIZE = 48;

    public static final int CF_MASK = 0;
    public static final int CF_USER_ID = 8;
    public static final int CF_USERNAME = 16;
    public static final int CF_USERNAME_BYTES = 30;

    private ChangelogFilter() {}
  }

  /** {@code struct lnet_nid}. */
  public static final class LnetNid {
    /** Bytes of the fixed part. */
    public static final int SIZE = 20;

    public static final int NID_SIZE = 0;
    public static final int NID_TYPE = 1;
    public static final int NID_NUM = 2;
    public static final int NID_ADDR = 4;
    public static final int NID_ADDR_BYTES = 16;

    private LnetNid() {}
  }

  /** {@code struct lov_user_md_v1}. */
  public static final class LovUserMdV1 {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int LMM_MAGIC = 0;
    public static final int LMM_PATTERN = 4;
    public static final int LMM_OI = 8;
    public static final int LMM_STRIPE_SIZE = 24;
    public static final int LMM_STRIPE_COUNT = 28;
    public static final int LMM_STRIPE_OFFSET = 30;
    public static final int LMM_LAYOUT_GEN = 30;
    public static final int LMM_OBJECTS = 32;

    private LovUserMdV1() {}
  }

  /** {@code struct lov_user_md_v3}. */
  public static final class LovUserMdV3 {
    /** Bytes of the fixed part. */
    public static final int SIZE = 48;

    public static final int LMM_MAGIC = 0;
    public static final int LMM_PATTERN = 4;
    public static final int LMM_OI = 8;
    public static final int LMM_STRIPE_SIZE = 24;
    public static final int LMM_STRIPE_COUNT = 28;
    public static final int LMM_STRIPE_OFFSET = 30;
    public static final int LMM_LAYOUT_GEN = 30;
    public static final int LMM_POOL_NAME = 32;
    public static final int LMM_POOL_NAME_BYTES = 16;
    public static final int LMM_OBJECTS = 48;

    private LovUserMdV3() {}
  }

  /** {@code struct lov_user_ost_data_v1}. */
  public static final class LovUserOstDataV1 {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int L_OST_OI = 0;
    public static final int L_OST_TYPE = 16;
    public static final int L_OST_GEN = 16;
    public static final int L_OST_IDX = 20;

    private LovUserOstDataV1() {}
  }

  /** {@code struct lov_comp_md_v1}. */
  public static final class LovCompMdV1 {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int LCM_MAGIC = 0;
    public static final int LCM_SIZE = 4;
    public static final int LCM_LAYOUT_GEN = 8;
    public static final int LCM_FLAGS = 12;
    public static final int LCM_ENTRY_COUNT = 14;
    public static final int LCM_MIRROR_COUNT = 16;
    public static final int LCM_EC_COUNT = 18;
    public static final int LCM_ENTRIES = 32;

    private LovCompMdV1() {}
  }

  /** {@code struct lov_comp_md_entry_v1}. */
  public static final class LovCompMdEntryV1 {
    /** Bytes of the fixed part. */
    public static final int SIZE = 48;

    public static final int LCME_ID = 0;
    public static final int LCME_FLAGS = 4;
    public static final int LCME_EXTENT = 8;
    public static final int LCME_OFFSET = 24;
    public static final int LCME_SIZE = 28;
    public static final int LCME_LAYOUT_GEN = 32;
    public static final int LCME_TIMESTAMP = 36;
    public static final int LCME_DSTRIPE_COUNT = 44;
    public static final int LCME_CSTRIPE_COUNT = 45;
    public static final int LCME_COMPR_TYPE = 46;
    public static final int LCME_COMPR_LVL = 47;

    private LovCompMdEntryV1() {}
  }

  /** {@code struct lov_foreign_md}. */
  public static final class LovForeignMd {
    /** Bytes of the fixed part. */
    public static final int SIZE = 16;

    public static final int LFM_MAGIC = 0;
    public static final int LFM_LENGTH = 4;
    public static final int LFM_TYPE = 8;
    public static final int LFM_FLAGS = 12;
    public static final int LFM_VALUE = 16;

    private LovForeignMd() {}
  }

  /** {@code struct lmv_user_md_v1}. */
  public static final class LmvUserMdV1 {
    /** Bytes of the fixed part. */
    public static final int SIZE = 48;

    public static final int LUM_MAGIC = 0;
    public static final int LUM_STRIPE_COUNT = 4;
    public static final int LUM_STRIPE_OFFSET = 8;
    public static final int LUM_HASH_TYPE = 12;
    public static final int LUM_TYPE = 16;
    public static final int LUM_MAX_INHERIT = 20;
    public static final int LUM_MAX_INHERIT_RR = 21;
    public static final int LUM_POOL_NAME = 32;
    public static final int LUM_POOL_NAME_BYTES = 16;
    public static final int LUM_OBJECTS = 48;

    private LmvUserMdV1() {}
  }

  /** {@code struct lmv_user_mds_data}. */
  public static final class LmvUserMdsData {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int LUM_FID = 0;
    public static final int LUM_MDS = 20;

    private LmvUserMdsData() {}
  }

  /** {@code struct lmv_foreign_md}. */
  public static final class LmvForeignMd {
    /** Bytes of the fixed part. */
    public static final int SIZE = 16;

    public static final int LFM_MAGIC = 0;
    public static final int LFM_LENGTH = 4;
    public static final int LFM_TYPE = 8;
    public static final int LFM_FLAGS = 12;
    public static final int LFM_VALUE = 16;

    private LmvForeignMd() {}
  }

  /** {@code struct lustre_mdt_attrs}. */
  public static final class LustreMdtAttrs {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int LMA_COMPAT = 0;
    public static final int LMA_INCOMPAT = 4;
    public static final int LMA_SELF_FID = 8;

    private LustreMdtAttrs() {}
  }

  /** {@code struct lustre_som_attrs}. */
  public static final class LustreSomAttrs {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int LSA_VALID = 0;
    public static final int LSA_SIZE = 8;
    public static final int LSA_BLOCKS = 16;

    private LustreSomAttrs() {}
  }

  /** {@code struct obd_statfs}. */
  public static final class ObdStatfs {
    /** Bytes of the fixed part. */
    public static final int SIZE = 144;

    public static final int OS_TYPE = 0;
    public static final int OS_BLOCKS = 8;
    public static final int OS_BFREE = 16;
    public static final int OS_BAVAIL = 24;
    public static final int OS_FILES = 32;
    public static final int OS_FFREE = 40;
    public static final int OS_FSID = 48;
    public static final int OS_FSID_BYTES = 40;
    public static final int OS_BSIZE = 88;
    public static final int OS_NAMELEN = 92;
    public static final int OS_MAXBYTES = 96;
    public static final int OS_STATE = 104;
    public static final int OS_FPRECREATED = 108;
    public static final int OS_GRANTED = 112;

    private ObdStatfs() {}
  }

  /** {@code struct if_quotactl}. */
  public static final class IfQuotactl {
    /** Bytes of the fixed part. */
    public static final int SIZE = 176;

    public static final int QC_CMD = 0;
    public static final int QC_TYPE = 4;
    public static final int QC_ID = 8;
    public static final int QC_STAT = 12;
    public static final int QC_VALID = 16;
    public static final int QC_IDX = 20;
    public static final int QC_DQINFO = 24;
    public static final int QC_DQBLK = 48;
    public static final int OBD_TYPE = 120;
    public static final int OBD_TYPE_BYTES = 16;
    public static final int OBD_UUID = 136;
    public static final int QC_POOLNAME = 176;

    private IfQuotactl() {}
  }

  /** {@code struct obd_dqblk}. */
  public static final class ObdDqblk {
    /** Bytes of the fixed part. */
    public static final int SIZE = 72;

    public static final int DQB_BHARDLIMIT = 0;
    public static final int DQB_BSOFTLIMIT = 8;
    public static final int DQB_CURSPACE = 16;
    public static final int DQB_IHARDLIMIT = 24;
    public static final int DQB_ISOFTLIMIT = 32;
    public static final int DQB_CURINODES = 40;
    public static final int DQB_BTIME = 48;
    public static final int DQB_ITIME = 56;
    public static final int DQB_VALID = 64;

    private ObdDqblk() {}
  }

  /** {@code struct obd_dqinfo}. */
  public static final class ObdDqinfo {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int DQI_BGRACE = 0;
    public static final int DQI_IGRACE = 8;
    public static final int DQI_FLAGS = 16;
    public static final int DQI_VALID = 20;

    private ObdDqinfo() {}
  }

  /** {@code struct fsxattr}. */
  public static final class Fsxattr {
    /** Bytes of the fixed part. */
    public static final int SIZE = 28;

    public static final int FSX_XFLAGS = 0;
    public static final int FSX_EXTSIZE = 4;
    public static final int FSX_NEXTENTS = 8;
    public static final int FSX_PROJID = 12;
    public static final int FSX_COWEXTSIZE = 16;

    private Fsxattr() {}
  }

  /** {@code struct ll_ioc_lease}. */
  public static final class LlIocLease {
    /** Bytes of the fixed part. */
    public static final int SIZE = 12;

    public static final int LIL_MODE = 0;
    public static final int LIL_FLAGS = 4;
    public static final int LIL_COUNT = 8;
    public static final int LIL_IDS = 12;

    private LlIocLease() {}
  }

  /** {@code struct ll_ioc_lease_id}. */
  public static final class LlIocLeaseId {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int LIL_MODE = 0;
    public static final int LIL_FLAGS = 4;
    public static final int LIL_COUNT = 8;
    public static final int LIL_MIRROR_ID = 12;
    public static final int LIL_IDS = 24;

    private LlIocLeaseId() {}
  }

  /** {@code struct lu_ladvise}. */
  public static final class LuLadvise {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int LLA_ADVICE = 0;
    public static final int LLA_VALUE1 = 2;
    public static final int LLA_VALUE2 = 4;
    public static final int LLA_START = 8;
    public static final int LLA_END = 16;
    public static final int LLA_VALUE3 = 24;
    public static final int LLA_VALUE4 = 28;

    private LuLadvise() {}
  }

  /** {@code struct ladvise_hdr}. */
  public static final class LadviseHdr {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int LAH_MAGIC = 0;
    public static final int LAH_COUNT = 4;
    public static final int LAH_FLAGS = 8;
    public static final int LAH_VALUE1 = 16;
    public static final int LAH_VALUE2 = 20;
    public static final int LAH_VALUE3 = 24;
    public static final int LAH_ADVISE = 32;

    private LadviseHdr() {}
  }

  /** {@code struct llapi_lu_ladvise}. */
  public static final class LlapiLuLadvise {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int LLA_ADVICE = 0;
    public static final int LLA_VALUE1 = 2;
    public static final int LLA_VALUE2 = 4;
    public static final int LLA_START = 8;
    public static final int LLA_END = 16;
    public static final int LLA_VALUE3 = 24;
    public static final int LLA_VALUE4 = 28;

    private LlapiLuLadvise() {}
  }

  /** {@code struct llapi_ladvise_hdr}. */
  public static final class LlapiLadviseHdr {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int LAH_MAGIC = 0;
    public static final int LAH_COUNT = 4;
    public static final int LAH_FLAGS = 8;
    public static final int LAH_VALUE1 = 16;
    public static final int LAH_VALUE2 = 20;
    public static final int LAH_VALUE3 = 24;
    public static final int LAH_ADVISE = 32;

    private LlapiLadviseHdr() {}
  }

  /** {@code struct lu_heat}. */
  public static final class LuHeat {
    /** Bytes of the fixed part. */
    public static final int SIZE = 8;

    public static final int LH_COUNT = 0;
    public static final int LH_FLAGS = 4;
    public static final int LH_HEAT = 8;

    private LuHeat() {}
  }

  /** {@code struct lu_pcc_attach}. */
  public static final class LuPccAttach {
    /** Bytes of the fixed part. */
    public static final int SIZE = 8;

    public static final int PCCA_TYPE = 0;
    public static final int PCCA_ID = 4;

    private LuPccAttach() {}
  }

  /** {@code struct lu_pcc_detach}. */
  public static final class LuPccDetach {
    /** Bytes of the fixed part. */
    public static final int SIZE = 4;

    public static final int PCCD_FLAGS = 0;

    private LuPccDetach() {}
  }

  /** {@code struct lu_pcc_detach_fid}. */
  public static final class LuPccDetachFid {
    /** Bytes of the fixed part. */
    public static final int SIZE = 20;

    public static final int PCCD_FID = 0;
    public static final int PCCD_FLAGS = 16;

    private LuPccDetachFid() {}
  }

  /** {@code struct lu_pcc_state}. */
  public static final class LuPccState {
    /** Bytes of the fixed part. */
    public static final int SIZE = 4112;

    public static final int PCCS_TYPE = 0;
    public static final int PCCS_OPEN_COUNT = 4;
    public static final int PCCS_FLAGS = 8;
    public static final int PCCS_NAMELEN = 12;
    public static final int PCCS_PATH = 16;
    public static final int PCCS_PATH_BYTES = 4096;

    private LuPccState() {}
  }

  /** {@code struct lustre_swap_layouts}. */
  public static final class LustreSwapLayouts {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int SL_FLAGS = 0;
    public static final int SL_FD = 8;
    public static final int SL_GID = 12;
    public static final int SL_DV1 = 16;
    public static final int SL_DV2 = 24;

    private LustreSwapLayouts() {}
  }

  /** {@code struct ioc_data_version}. */
  public static final class IocDataVersion {
    /** Bytes of the fixed part. */
    public static final int SIZE = 16;

    public static final int IDV_VERSION = 0;
    public static final int IDV_LAYOUT_VERSION = 8;
    public static final int IDV_FLAGS = 12;

    private IocDataVersion() {}
  }

  /** {@code struct getinfo_fid2path}. */
  public static final class GetinfoFid2path {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int GF_FID = 0;
    public static final int GF_RECNO = 16;
    public static final int GF_LINKNO = 24;
    public static final int GF_PATHLEN = 28;
    public static final int GF_U = 32;
    public static final int GF_PATH = 32;
    public static final int GF_ROOT_FID = 32;

    private GetinfoFid2path() {}
  }

  /** {@code struct getparent}. */
  public static final class Getparent {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int GP_FID = 0;
    public static final int GP_LINKNO = 16;
    public static final int GP_NAME_SIZE = 20;
    public static final int GP_NAME = 24;

    private Getparent() {}
  }

  /** {@code struct ll_futimes_3}. */
  public static final class LlFutimes3 {
    /** Bytes of the fixed part. */
    public static final int SIZE = 48;

    public static final int LFU_ATIME_SEC = 0;
    public static final int LFU_ATIME_NSEC = 8;
    public static final int LFU_MTIME_SEC = 16;
    public static final int LFU_MTIME_NSEC = 24;
    public static final int LFU_CTIME_SEC = 32;
    public static final int LFU_CTIME_NSEC = 40;

    private LlFutimes3() {}
  }

  /** {@code struct lu_project}. */
  public static final class LuProject {
    /** Bytes of the fixed part. */
    public static final int SIZE = 272;

    public static final int PROJECT_TYPE = 0;
    public static final int PROJECT_ID = 4;
    public static final int PROJECT_XFLAGS = 8;
    public static final int PROJECT_NAME = 16;
    public static final int PROJECT_NAME_BYTES = 256;

    private LuProject() {}
  }

  /** {@code struct llapi_stripe_param}. */
  public static final class LlapiStripeParam {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int LSP_STRIPE_SIZE = 0;
    public static final int LSP_POOL = 8;
    public static final int LSP_STRIPE_OFFSET = 16;
    public static final int LSP_STRIPE_PATTERN = 20;
    public static final int LSP_STRIPE_COUNT = 24;
    public static final int LSP_IS_SPECIFIC = 28;
    public static final int LSP_IS_CREATE = 29;
    public static final int LSP_MAX_INHERIT = 30;
    public static final int LSP_MAX_INHERIT_RR = 31;
    public static final int LSP_OSTS = 32;

    private LlapiStripeParam() {}
  }

  /** {@code struct llapi_resync_comp}. */
  public static final class LlapiResyncComp {
    /** Bytes of the fixed part. */
    public static final int SIZE = 32;

    public static final int LRC_START = 0;
    public static final int LRC_END = 8;
    public static final int LRC_MIRROR_ID = 16;
    public static final int LRC_ID = 20;
    public static final int LRC_SYNCED = 24;

    private LlapiResyncComp() {}
  }

  /** {@code struct stat}. */
  public static final class Stat {
    /** Bytes of the fixed part. */
    public static final int SIZE = 144;

    public static final int ST_DEV = 0;
    public static final int ST_INO = 8;
    public static final int ST_NLINK = 16;
    public static final int ST_MODE = 24;
    public static final int ST_UID = 28;
    public static final int ST_GID = 32;
    public static final int ST_RDEV = 40;
    public static final int ST_SIZE = 48;
    public static final int ST_BLKSIZE = 56;
    public static final int ST_BLOCKS = 64;
    public static final int ST_ATIM = 72;
    public static final int ST_MTIM = 88;
    public static final int ST_CTIM = 104;

    private Stat() {}
  }

  /** {@code struct link_ea_header}, the head of {@code trusted.link}; little endian as written. */
  public static final class LinkEaHeader {
    /** Bytes of the fixed part. */
    public static final int SIZE = 24;

    public static final int LEH_MAGIC = 0;
    public static final int LEH_RECCOUNT = 4;
    public static final int LEH_LEN = 8;
    public static final int LEH_OVERFLOW_TIME = 16;

    private LinkEaHeader() {}
  }

  /** {@code struct link_ea_entry}; its length and its FID are big endian. */
  public static final class LinkEaEntry {
    /** Bytes of the fixed part. */
    public static final int SIZE = 18;

    public static final int LEE_RECLEN = 0;
    public static final int LEE_PARENT_FID = 2;
    public static final int LEE_NAME = 18;

    private LinkEaEntry() {}
  }
}
