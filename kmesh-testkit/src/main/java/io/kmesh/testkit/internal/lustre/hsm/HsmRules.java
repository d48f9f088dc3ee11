// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.spi.Errno;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;

/** The state machine of one file, without side effects: what the MDT decides from flags alone. */
final class HsmRules {
  /** The flags that a file's writer may change; all others need privilege. */
  static final Set<HsmFlag> USER_FLAGS =
      Set.copyOf(EnumSet.of(HsmFlag.NORELEASE, HsmFlag.NOARCHIVE, HsmFlag.DIRTY));

  private HsmRules() {}

  /** Whether a request would do anything; one that would not is accepted and forgotten. */
  static boolean isNeeded(HsmActionKind action, HsmAttributes file) {
    return switch (action) {
      case ARCHIVE -> file.has(HsmFlag.DIRTY) || !file.has(HsmFlag.ARCHIVED);
      case RESTORE -> file.has(HsmFlag.RELEASED) || file.has(HsmFlag.DIRTY);
      case REMOVE -> file.has(HsmFlag.ARCHIVED) || file.has(HsmFlag.EXISTS);
      case CANCEL -> true;
      case RELEASE -> !file.has(HsmFlag.RELEASED);
    };
  }

  /**
   * Whether a file's flags allow an action; asked when it is queued and again when it is sent.
   *
   * @param archiveId the request's archive, 0 for none
   */
  static boolean isAllowed(HsmActionKind action, int archiveId, HsmAttributes file) {
    return switch (action) {
      case ARCHIVE ->
          !file.has(HsmFlag.NOARCHIVE)
              && (file.has(HsmFlag.DIRTY) || !file.has(HsmFlag.ARCHIVED))
              && !(file.has(HsmFlag.EXISTS) && archiveId != 0 && archiveId != file.archiveId());
      case RESTORE ->
          file.has(HsmFlag.RELEASED)
              && file.has(HsmFlag.ARCHIVED)
              && !file.has(HsmFlag.DIRTY)
              && !file.has(HsmFlag.LOST);
      case REMOVE ->
          !file.has(HsmFlag.RELEASED) && (file.has(HsmFlag.ARCHIVED) || file.has(HsmFlag.EXISTS));
      case CANCEL -> true;
      case RELEASE ->
          file.has(HsmFlag.RELEASED)
              || (file.has(HsmFlag.ARCHIVED)
                  && !file.has(HsmFlag.DIRTY)
                  && !file.has(HsmFlag.NORELEASE)
                  && !file.has(HsmFlag.LOST));
    };
  }

  /** A file whose ARCHIVE is sent: a copy may exist from now on. */
  static HsmAttributes archiveSent(HsmAttributes file, int archiveId) {
    return file.with(HsmFlag.EXISTS).inArchive(archiveId);
  }

  /** A file whose ARCHIVE ended well. */
  static HsmAttributes archived(HsmAttributes file, long dataVersion) {
    return file.with(HsmFlag.ARCHIVED).without(HsmFlag.LOST, HsmFlag.DIRTY).atVersion(dataVersion);
  }

  /** A file whose REMOVE ended well; it keeps its archive id. */
  static HsmAttributes removed(HsmAttributes file) {
    return file.without(HsmFlag.ARCHIVED, HsmFlag.EXISTS, HsmFlag.LOST);
  }

  /**
   * A file whose flags are set by hand.
   *
   * @param archiveId the archive to record, 0 to leave it
   * @throws IOException EINVAL for an illegal combination, or an archive id that the MDT would drop
   */
  static HsmAttributes stateSet(
      HsmAttributes file, Set<HsmFlag> set, Set<HsmFlag> clear, int archiveId, String what)
      throws IOException {
    HsmAttributes after =
        file.with(set.toArray(HsmFlag[]::new)).without(clear.toArray(HsmFlag[]::new));
    if (archiveId != 0) {
      if (!after.has(HsmFlag.EXISTS)) {
        throw Refusals.of(
            Errno.EINVAL,
            "Cannot record archive "
                + archiveId
                + " for "
                + what
                + ": the file has no EXISTS, and the MDT would drop the whole change without an"
                + " error. Set EXISTS in the same call, or leave the archive id away.");
      }
      after = after.inArchive(archiveId);
    }
    requireLegal(after, HsmFlag.DIRTY, HsmFlag.EXISTS, what);
    requireLegal(after, HsmFlag.RELEASED, HsmFlag.ARCHIVED, what);
    requireLegal(after, HsmFlag.LOST, HsmFlag.ARCHIVED, what);
    if (after.has(HsmFlag.RELEASED) && after.has(HsmFlag.DIRTY)) {
      throw illegal(after, "RELEASED excludes DIRTY", what);
    }
    return after;
  }

  private static void requireLegal(HsmAttributes after, HsmFlag flag, HsmFlag needs, String what)
      throws IOException {
    if (after.has(flag) && !after.has(needs)) {
      throw illegal(after, flag + " needs " + needs, what);
    }
  }

  private static IOException illegal(HsmAttributes after, String rule, String what) {
    return Refusals.of(
        Errno.EINVAL,
        "Cannot set the HSM state of "
            + what
            + " to "
            + after.state()
            + ": EINVAL, "
            + rule
            + ". Change both in one call.");
  }
}
