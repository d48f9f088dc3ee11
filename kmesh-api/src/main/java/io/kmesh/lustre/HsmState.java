// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.util.EnumSet;
import java.util.Set;
import java.util.StringJoiner;

/**
 * The HSM state of a file.
 *
 * @param bits all the flag bits, unknown ones of newer releases included
 * @param archiveId the archive that holds its copy; {@link ArchiveId#ANY} when none does
 */
public record HsmState(int bits, ArchiveId archiveId) {
  /** The state of a file that HSM has never touched. */
  public static final HsmState NONE = new HsmState(0, ArchiveId.ANY);

  /** A state of these flags. */
  public static HsmState of(ArchiveId archiveId, HsmFlag... flags) {
    int bits = 0;
    for (HsmFlag flag : flags) {
      bits |= flag.bit();
    }
    return new HsmState(bits, archiveId);
  }

  /** Whether a flag is set. */
  public boolean has(HsmFlag flag) {
    return (bits & flag.bit()) != 0;
  }

  /** The known flags that are set. */
  public Set<HsmFlag> flags() {
    EnumSet<HsmFlag> set = EnumSet.noneOf(HsmFlag.class);
    for (HsmFlag flag : HsmFlag.values()) {
      if (has(flag)) {
        set.add(flag);
      }
    }
    return set;
  }

  /** Whether the data are in the archive only. */
  public boolean isReleased() {
    return has(HsmFlag.RELEASED);
  }

  /** Whether the archive holds the file as it is now, as far as the flags say. */
  public boolean isArchivedAndClean() {
    return has(HsmFlag.ARCHIVED) && !has(HsmFlag.DIRTY) && !has(HsmFlag.LOST);
  }

  /** As {@code lfs hsm_state} prints it: {@code (0x00000009) exists archived, archive_id:1}. */
  @Override
  public String toString() {
    StringJoiner names = new StringJoiner(" ");
    int unknown = bits;
    for (HsmFlag flag : HsmFlag.values()) {
      if (has(flag)) {
        names.add(flag.name().toLowerCase(java.util.Locale.ROOT));
        unknown &= ~flag.bit();
      }
    }
    if (unknown != 0) {
      names.add("unknown:0x" + Integer.toHexString(unknown));
    }
    return String.format("(0x%08x) %s, archive_id:%s", bits, names, archiveId);
  }
}
