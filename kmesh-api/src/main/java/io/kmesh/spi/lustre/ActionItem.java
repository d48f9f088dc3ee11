// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One item of work from the coordinator. Source: {@code struct hsm_action_item}. Its payload comes
 * from a user and is untrusted.
 *
 * @param mdt the MDT whose coordinator sent it
 * @param action ARCHIVE, RESTORE, REMOVE or CANCEL
 * @param cookie the action's identity on that MDT; a CANCEL carries its target's
 * @param fid the file
 * @param dataFid where the data are: the file, or the volatile file of a restore once begun
 * @param archiveId the archive
 * @param flags the list's flags; 4 marks a restore that an open file triggered
 * @param extent the range, the whole file in practice
 * @param payload opaque bytes of the requester
 */
public record ActionItem(
    int mdt,
    HsmActionKind action,
    long cookie,
    Fid fid,
    Fid dataFid,
    ArchiveId archiveId,
    long flags,
    Extent extent,
    byte[] payload) {
  /** The flag of a restore that a blocked reader or writer triggered. */
  public static final long BLOCKING = 4;

  /** Copies the payload. */
  public ActionItem {
    payload = payload.clone();
  }

  /** A copy of the payload. */
  @Override
  public byte[] payload() {
    return payload.clone();
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof ActionItem i
        && i.mdt == mdt
        && i.action == action
        && i.cookie == cookie
        && i.fid.equals(fid)
        && i.dataFid.equals(dataFid)
        && i.archiveId.equals(archiveId)
        && i.flags == flags
        && i.extent.equals(extent)
        && Arrays.equals(i.payload, payload);
  }

  @Override
  public int hashCode() {
    return Objects.hash(mdt, action, cookie, fid);
  }

  /** All parts; the payload by its length, since it may be a secret of its requester. */
  @Override
  public String toString() {
    return action
        + " of "
        + fid
        + (dataFid.equals(fid) ? "" : " (data " + dataFid + ")")
        + " [mdt="
        + mdt
        + ", cookie="
        + cookie
        + ", archive="
        + archiveId
        + ", flags="
        + flags
        + ", "
        + extent
        + ", payload of "
        + payload.length
        + " bytes]";
  }
}
