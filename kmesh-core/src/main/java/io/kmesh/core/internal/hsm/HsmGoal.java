// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a job wants of each file. */
public enum HsmGoal {
  /** A copy in an archive, of the content as it is. */
  ARCHIVED(HsmActionKind.ARCHIVE),
  /** The data on the file system. */
  RECALLED(HsmActionKind.RESTORE),
  /** No copy in the archive. */
  REMOVED(HsmActionKind.REMOVE);

  private final HsmActionKind action;

  HsmGoal(HsmActionKind action) {
    this.action = action;
  }

  /** The request that leads there. */
  HsmActionKind action() {
    return action;
  }

  /** Whether a file's state is as wanted. */
  boolean isReached(HsmState state, ArchiveId archive) {
    return switch (this) {
      case ARCHIVED ->
          state.isArchivedAndClean()
              && (archive.equals(ArchiveId.ANY) || state.archiveId().equals(archive));
      case RECALLED -> !state.isReleased();
      case REMOVED -> !state.has(HsmFlag.ARCHIVED) && !state.has(HsmFlag.EXISTS);
    };
  }

  /** Why a file in this state can't get there; empty when it can. */
  Optional<String> obstacle(HsmState state, ArchiveId archive) {
    return Optional.ofNullable(
        switch (this) {
          case ARCHIVED -> archiveObstacle(state, archive);
          case RECALLED ->
              state.has(HsmFlag.LOST)
                  ? "its copy in the archive is marked LOST. Bring it back from another copy."
                  : null;
          case REMOVED ->
              state.isReleased()
                  ? "it is released: removing its copy would lose its data. Recall it first."
                  : null;
        });
  }

  private static @Nullable String archiveObstacle(HsmState state, ArchiveId archive) {
    if (state.has(HsmFlag.NOARCHIVE)) {
      return "it is marked NOARCHIVE. Clear that flag to archive it.";
    }
    if (state.isReleased() && state.has(HsmFlag.LOST)) {
      return "it is released and its copy in the archive is marked LOST. Bring it back from another"
          + " copy.";
    }
    boolean elsewhere =
        state.has(HsmFlag.EXISTS)
            && !archive.equals(ArchiveId.ANY)
            && !state.archiveId().equals(ArchiveId.ANY)
            && !state.archiveId().equals(archive);
    return elsewhere
        ? "archive "
            + state.archiveId()
            + " holds a copy, and a file has one archive; "
            + archive
            + " was asked. Remove that copy first, or archive to "
            + state.archiveId()
            + "."
        : null;
  }
}
