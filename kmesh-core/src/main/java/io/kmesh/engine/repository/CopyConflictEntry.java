// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.snapshots.fs.CopyConflict;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An entry that both a copy and the other side changed since the copy's snapshot.
 *
 * @param kind how the two changes are at odds
 * @param path where
 * @param before what the copy's snapshot has; empty for nothing
 * @param ours what the copy has
 * @param theirs what the other side has
 * @param result whose entry is there in the end
 */
public record CopyConflictEntry(
    Kind kind,
    PathBytes path,
    Optional<Side> before,
    Optional<Side> ours,
    Optional<Side> theirs,
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
    /** The other side's. */
    THEIRS,
    /** The other side's, and beside it the copy's. */
    BOTH
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
  public record Side(FileType type, int mode, long uid, long gid, long size, FileTime mtime) {}

  static CopyConflictEntry of(CopyConflict c) {
    return new CopyConflictEntry(
        Kind.valueOf(c.kind().name()),
        c.path(),
        side(c.before()),
        side(c.ours()),
        side(c.theirs()),
        Result.valueOf(c.result().name()));
  }

  private static Optional<Side> side(CopyConflict.@Nullable Side s) {
    return s == null
        ? Optional.empty()
        : Optional.of(new Side(s.type(), s.mode(), s.uid(), s.gid(), s.size(), s.mtime()));
  }
}
