#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes abi.h: the structs that the stub exchanges with its callers, with an assertion for every
size and offset, from the table of the ABI (argument 1) and that of constants (argument 2)."""
import json
import re
import sys

STRUCTS = """lu_fid lu_extent hsm_extent hsm_user_item hsm_request hsm_user_state hsm_current_action
hsm_progress hsm_action_item hsm_action_list hsm_user_import hsm_attrs kuc_hdr changelog_rec
changelog_ext_rename changelog_ext_jobid changelog_ext_extra_flags changelog_ext_uidgid
changelog_ext_nid changelog_ext_openmode changelog_ext_xattr changelog_setinfo
lov_user_ost_data_v1 lov_user_md_v1 lov_user_md_v3 lov_comp_md_entry_v1 lov_comp_md_v1
lov_foreign_md lustre_mdt_attrs ll_ioc_lease ioc_data_version fsxattr obd_uuid obd_statfs
obd_dqinfo obd_dqblk if_quotactl lu_ladvise lu_heat fid_array llapi_stripe_param
llapi_resync_comp lu_pcc_state lustre_swap_layouts getparent getinfo_fid2path
lov_user_mds_data_v2""".split()
ANONYMOUS = {("changelog_rec", 32): "struct lu_fid cr_tfid", ("lov_user_md_v1", 30): "__u16 lmm_gen",
             ("lov_user_md_v3", 30): "__u16 lmm_gen", ("lov_user_ost_data_v1", 16): "__u32 l_ost_gen",
             ("getinfo_fid2path", 32): None}
SKIPPED = {"lov_user_mds_data_v2"}
DEFINES = r"""LUSTRE_EOF|O_LOV_DELAY_CREATE|LOV_PATTERN_F_.*|CHANGELOG_ALLMASK|CR_MAXSIZE|CLF_.*|HP_FLAG_.*|HSM_.*|KUC_.*|HAL_.*|LOV_USER_MAGIC_.*
|LOV_PATTERN_.*|LOV_MAX.*|LOV_MIN_STRIPE_SIZE|LOV_DESC_STRIPE_SIZE_DEFAULT|LL_SUPER_MAGIC|SWAP_LAYOUTS_.*
|LUSTRE_Q_GET.*|LUSTRE_JOBID_SIZE|MDS_FMODE_.*|OBD_MAX_FIDS_IN_ARRAY|LL_STATFS_.*""".replace("\n", "")
ENUMS = """hsm_states hsm_user_action hsm_copytool_action hsm_progress_states hsm_event
hsm_message_type kuc_generic_message_type kuc_transport_type changelog_rec_type
changelog_rec_flags changelog_rec_extra_flags changelog_send_flag changelog_send_extra_flag ll_lease_mode
ll_lease_flags lov_comp_md_entry_flags lustre_swap_layouts_flags""".split()
IOCTLS = """LL_IOC_HSM_PROGRESS LL_IOC_HSM_IMPORT LL_IOC_HSM_STATE_GET LL_IOC_HSM_STATE_SET
LL_IOC_HSM_ACTION LL_IOC_HSM_REQUEST LL_IOC_DATA_VERSION LL_IOC_LOV_GETSTRIPE
LL_IOC_LOV_GETSTRIPE_NEW LL_IOC_LOV_SETSTRIPE LL_IOC_LOV_SETSTRIPE_NEW LL_IOC_SET_LEASE
LL_IOC_GET_LEASE LL_IOC_PATH2FID LL_IOC_GET_MDTIDX LL_IOC_GROUP_LOCK LL_IOC_GROUP_UNLOCK
LL_IOC_LOV_SWAP_LAYOUTS LL_IOC_FID2MDTIDX FS_IOC_FSGETXATTR FS_IOC_FSSETXATTR
OBD_IOC_CHLG_SET_FLAGS OBD_IOC_FID2PATH OBD_IOC_GETNAME LL_IOC_GETPARENT LL_IOC_FLR_SET_MIRROR
IOC_MDC_GETFILESTRIPE LL_IOC_GETOBDCOUNT LL_IOC_HSM_DATA_VERSION""".split()


def declaration(field):
    kind = re.sub(r"enum .*", "__u32", field["type"])
    kind = kind.replace("const ", "")
    if kind == "struct ost_id":
        kind = "__u8[16]"
    if kind == "int":
        kind = "__s32"
    if kind == "size_t" or kind == "uint64_t":
        kind = "__u64"
    array = re.match(r"(.*)\[(\d*)\]$", kind)
    if array:
        return f"{array.group(1)} {field['name']}[{array.group(2)}]"
    return f"{kind} {field['name']}"


def main():
    abi = json.load(open(sys.argv[1]))["structs"]
    constants = json.load(open(sys.argv[2]))
    out = ["// SPDX-License-Identifier: Apache-2.0", "// Written by abi.py; do not edit.", "#pragma once",
           "#include <linux/types.h>", "#include <stdbool.h>", "#include <stddef.h>", "#include <stdint.h>", ""]
    for name in STRUCTS:
        struct = abi[name]
        if name in SKIPPED:
            continue
        lines, checks, at, pads = [], [], 0, 0
        flexible = None
        for field in struct["fields"]:
            if field["size"] == 0 and field["offset"] == struct["size"]:
                if field["name"] != "<anonymous>" and "[]" in field["type"]:
                    flexible = f"  {field['type'].replace('[]', '')} {field['name']}[];"
                continue
            bit = field["size"] is None
            if bit:
                if field["offset"] >= at:
                    lines.append(f"  __u8 bits{field['offset']};")
                    at = field["offset"] + 1
                continue
            if field["offset"] > at:
                lines.append(f"  __u8 pad{pads}_[{field['offset'] - at}];")
                pads += 1
            if field["name"].startswith("<"):
                text = ANONYMOUS.get((name, field["offset"]))
                if text is None:
                    continue
                label = text.split()[-1]
            else:
                text, label = declaration(field), field["name"]
            lines.append(f"  {text};")
            checks.append((label, field["offset"], field["size"]))
            at = field["offset"] + field["size"]
        if at < struct["size"]:
            lines.append(f"  __u8 pad{pads}_[{struct['size'] - at}];")
        if flexible:
            lines.append(flexible)
        out += [f"struct {name} {{", *lines, "} __attribute__((packed));",
                f"_Static_assert(sizeof(struct {name}) == {struct['size']}, \"{name}\");"]
        for label, offset, size in checks:
            out.append(f"_Static_assert(offsetof(struct {name}, {label}) == {offset}"
                       f" && sizeof(((struct {name} *)0)->{label}) == {size}, \"{name}.{label}\");")
        out.append("")
    for name in ENUMS:
        for key, value in constants["enums"][name]["values"].items():
            out.append(f"#define {key} {value if value < 0 else hex(value)}u" if value >= 0 else f"#define {key} ({value})")
    pattern = re.compile(DEFINES)
    done = {l.split()[1] for l in out if l.startswith("#define")}
    for key, entry in constants["defines"].items():
        if pattern.fullmatch(key) and isinstance(entry["value"], int) and key not in done:
            value = entry["value"]
            out.append(f"#define {key} {hex(value)}{'ull' if value > 0xffffffff else 'u'}")
    for key in IOCTLS:
        out.append(f"#define {key} {constants['ioctls'][key]['hex']}ul")
    print("\n".join(out))


main()
