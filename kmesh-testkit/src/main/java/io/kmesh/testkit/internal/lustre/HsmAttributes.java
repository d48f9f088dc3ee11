// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;

/**
 * What an inode carries of HSM: Lustre's {@code struct hsm_attrs}.
 *
 * @param flags the bits of {@link HsmFlag}
 * @param archiveId the archive, 0 when none was given
 * @param archivedVersion the data version that the archive holds, 0 when none does
 */
public record HsmAttributes(int flags, int archiveId, long archivedVersion) {
  /** Those of a file that HSM has never touched. */
  public static final HsmAttributes NONE = new HsmAttributes(0, 0, 0);

  /** Whether a flag is set. */
  public boolean has(HsmFlag flag) {
    return (flags & flag.bit()) != 0;
  }

  /** These with flags set. */
  public HsmAttributes with(HsmFlag... set) {
    int bits = flags;
    for (HsmFlag flag : set) {
      bits |= flag.bit();
    }
    return new HsmAttributes(bits, archiveId, archivedVersion);
  }

  /** These with flags cleared. */
  public HsmAttributes without(HsmFlag... cleared) {
    int bits = flags;
    for (HsmFlag flag : cleared) {
      bits &= ~flag.bit();
    }
    return new HsmAttributes(bits, archiveId, archivedVersion);
  }

  /** These with another archive. */
  public HsmAttributes inArchive(int archive) {
    return new HsmAttributes(flags, archive, archivedVersion);
  }

  /** These with another archived data version. */
  public HsmAttributes atVersion(long version) {
    return new HsmAttributes(flags, archiveId, version);
  }

  /** The part that clients see. */
  public HsmState state() {
    return new HsmState(flags, ArchiveId.of(archiveId));
  }
}
