// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The HSM state of a file.
 *
 * @param bits all the flag bits, unknown ones of newer releases included
 * @param archiveId the archive that holds its copy; {@link ArchiveId#ANY} when none does
 */
public record HsmState(int bits, ArchiveId archiveId) {
  /** The state of a file that HSM has never touched. */
  public static final HsmState NONE = new HsmState(0, ArchiveId.ANY);

  private static final List<HsmFlag> AS_PRINTED =
      List.of(
          HsmFlag.RELEASED,
          HsmFlag.EXISTS,
          HsmFlag.DIRTY,
          HsmFlag.ARCHIVED,
          HsmFlag.NORELEASE,
          HsmFlag.NOARCHIVE,
          HsmFlag.LOST,
          HsmFlag.PCCRW,
          HsmFlag.PCCRO);

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

  /**
   * As {@code lfs hsm_state} prints it: {@code (0x0000000d) released exists archived,
   * archive_id:1}; unknown flags behind the known ones.
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(String.format("(0x%08x)", bits));
    int unknown = bits;
    for (HsmFlag flag : AS_PRINTED) {
      if (has(flag)) {
        text.append(' ').append(printed(flag));
        unknown &= ~flag.bit();
      }
    }
    if (unknown != 0) {
      text.append(" unknown:0x").append(Integer.toHexString(unknown));
    }
    return archiveId.equals(ArchiveId.ANY)
        ? text.toString()
        : text.append(", archive_id:").append(archiveId).toString();
  }

  private static String printed(HsmFlag flag) {
    return switch (flag) {
      case NORELEASE -> "never_release";
      case NOARCHIVE -> "never_archive";
      case LOST -> "lost_from_hsm";
      default -> flag.name().toLowerCase(Locale.ROOT);
    };
  }
}
