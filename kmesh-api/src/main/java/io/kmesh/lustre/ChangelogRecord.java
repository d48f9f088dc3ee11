// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import io.kmesh.path.PathBytes;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One record of an MDT's changelog. It is a hint that something changed: read the state by FID
 * before acting on it. Source: {@code struct changelog_rec} and its extensions.
 *
 * @param mdt the index of the MDT whose log holds it
 * @param index its number in that log: increasing, with gaps
 * @param typeCode the type's code, of newer releases too
 * @param flags the low 12 bits of {@code cr_flags}: their meaning depends on the type
 * @param time when it happened, by the server's clock
 * @param fid the object (for RENME: the one that was overwritten, or zero); zero for MARK
 * @param parent the parent directory; zero where the record has no name
 * @param name the entry's name; empty where the type has none
 * @param rename the moved object and where it was; null but for RENME and MIGRT
 * @param jobId the job that did it; null where not recorded
 * @param origin who did it, from where; null where not recorded
 * @param xattrName the extended attribute's name for XATTR and GXATR; null where not recorded
 * @param openMode the mode of an OPEN; 0 where not recorded
 */
public record ChangelogRecord(
    int mdt,
    long index,
    int typeCode,
    int flags,
    Instant time,
    Fid fid,
    Fid parent,
    PathBytes name,
    @Nullable RenameSource rename,
    @Nullable String jobId,
    @Nullable Origin origin,
    @Nullable PathBytes xattrName,
    int openMode) {

  /** Bit of UNLNK's and RMDIR's flags: the last link went away. */
  public static final int UNLINK_LAST = 0x1;

  /** Bit of UNLNK's flags: the file has a copy in an archive. */
  public static final int UNLINK_HSM_EXISTS = 0x2;

  /**
   * The extension of a rename.
   *
   * @param fid the object that was moved
   * @param parent its old parent
   * @param name its old name
   */
  public record RenameSource(Fid fid, Fid parent, PathBytes name) {}

  /**
   * Who made a change.
   *
   * @param uid the user's number; -1 where not recorded
   * @param gid the group's number; -1 where not recorded
   * @param nid the client's network id as text, such as {@code 10.0.0.7@tcp}; empty where not
   *     recorded, {@code 0@<0:0>} for what a server did by itself
   */
  public record Origin(long uid, long gid, String nid) {}

  /** What an HSM record reports. Source: {@code enum hsm_event}. */
  public enum HsmEvent {
    /** An archive ended. */
    ARCHIVE,
    /** A restore ended. */
    RESTORE,
    /** A cancel ended. */
    CANCEL,
    /** The data were released. */
    RELEASE,
    /** A remove ended. */
    REMOVE,
    /** The state was set by hand. */
    STATE
  }

  /** The type; empty for one of a newer release. */
  public Optional<ChangelogType> type() {
    return ChangelogType.ofCode(typeCode);
  }

  /** For an HSM record: the event, bits 7 to 9 of the flags. */
  public Optional<HsmEvent> hsmEvent() {
    int event = (flags >> 7) & 7;
    return typeCode == ChangelogType.HSM.code() && event < HsmEvent.values().length
        ? Optional.of(HsmEvent.values()[event])
        : Optional.empty();
  }

  /** For an HSM record: the errno of the event, 0 for success: bits 0 to 6 of the flags. */
  public int hsmError() {
    return typeCode == ChangelogType.HSM.code() ? flags & 0x7f : 0;
  }

  /** For an HSM record: whether the file was dirty then: bit 10 of the flags. */
  public boolean isHsmDirty() {
    return typeCode == ChangelogType.HSM.code() && (flags & 0x400) != 0;
  }
}
