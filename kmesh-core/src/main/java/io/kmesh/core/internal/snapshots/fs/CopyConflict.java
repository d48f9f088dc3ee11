// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import org.jspecify.annotations.Nullable;

/**
 * An entry that both the copy and the other side changed since the copy's snapshot.
 *
 * @param kind how the two changes are at odds
 * @param path where, in the copy; of what the copy does not have, in the other tree
 * @param before what the copy's snapshot has; null for nothing
 * @param ours what the copy has
 * @param theirs what the newer snapshot, or the tree, has
 * @param result whose entry is there in the end
 */
public record CopyConflict(
    Kind kind,
    PathBytes path,
    @Nullable Side before,
    @Nullable Side ours,
    @Nullable Side theirs,
    Result result) {
  /** How two changes are at odds. */
  public enum Kind {
    /** Both changed its bytes, or the same attribute to different values. */
    BOTH_CHANGED,
    /** Both have a new entry of this name, and they differ. */
    BOTH_ADDED,
    /** The copy changed or renamed it, the other removed it. */
    CHANGED_AND_REMOVED,
    /** The copy removed it, the other changed it. */
    REMOVED_AND_CHANGED,
    /** The copy removed the directory; the other has this new entry in it. */
    NOT_EMPTY,
    /** The other has another type of entry there, which the copy changed. */
    TYPE,
    /** It is below a directory that is in conflict itself. */
    DIRECTORY_IN_CONFLICT,
    /** The other's entry changed between the plan and its execution. */
    CHANGED_MEANWHILE
  }

  /** Whose entry is there in the end. */
  public enum Result {
    /** The copy's. */
    OURS,
    /** The other's. */
    THEIRS,
    /** The other's, and beside it the copy's. */
    BOTH
  }

  /** The same with the sides changed for one another. */
  CopyConflict swapped() {
    Kind other =
        switch (kind) {
          case CHANGED_AND_REMOVED -> Kind.REMOVED_AND_CHANGED;
          case REMOVED_AND_CHANGED -> Kind.CHANGED_AND_REMOVED;
          default -> kind;
        };
    Result end =
        switch (result) {
          case OURS -> Result.THEIRS;
          case THEIRS -> Result.OURS;
          case BOTH -> Result.BOTH;
        };
    return new CopyConflict(other, path, before, theirs, ours, end);
  }

  /**
   * What one side has.
   *
   * @param type its type
   * @param mode permission bits with suid, sgid, sticky
   * @param uid the owner's number
   * @param gid the group's number
   * @param size the bytes of a file or of a link's target
   * @param mtime last modification
   */
  public record Side(FileType type, int mode, long uid, long gid, long size, FileTime mtime) {
    static @Nullable Side of(@Nullable Facts facts) {
      return facts == null
          ? null
          : new Side(
              facts.type(), facts.mode(), facts.uid(), facts.gid(), facts.size(), facts.mtime());
    }
  }
}
