// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;

/**
 * A line of {@code mdt.*.hsm.actions}.
 *
 * @param mdt the MDT
 * @param index its place in that MDT's list, from 1
 * @param cookie its identity there; a CANCEL has its target's
 * @param action the action
 * @param fid the file
 * @param dataFid the file, or the volatile file of a restore that reported progress; zero for a
 *     REMOVE that a last unlink queued
 * @param archiveId the archive
 * @param flags 4 for a restore that an access triggered
 * @param payloadSize bytes of the requester's payload
 * @param status where it is
 */
public record QueuedAction(
    int mdt,
    long index,
    long cookie,
    HsmActionKind action,
    Fid fid,
    Fid dataFid,
    ArchiveId archiveId,
    long flags,
    int payloadSize,
    ActionStatus status) {
  /** As {@code lctl get_param mdt.*.hsm.actions} prints it, without the llog's own fields. */
  @Override
  public String toString() {
    return "idx="
        + index
        + " fid="
        + fid
        + " dfid="
        + dataFid
        + " compound/cookie=0x0/0x"
        + Long.toHexString(cookie)
        + " action="
        + action
        + " archive#="
        + archiveId
        + " flags=0x"
        + Long.toHexString(flags)
        + " extent=0x0-0xffffffffffffffff gid=0x0 datalen="
        + payloadSize
        + " status="
        + status;
  }
}
