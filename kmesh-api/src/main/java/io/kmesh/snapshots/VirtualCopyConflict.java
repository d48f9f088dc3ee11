// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.unit.DataSize;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An entry that both a virtual copy and the other side changed since the copy's snapshot. The other
 * side is the newer snapshot of a refresh, or the tree of a reverse sync.
 *
 * @param kind how the two changes are at odds
 * @param path where, in the copy; of what the copy does not have, on the other side
 * @param beforeOrNull what the copy's snapshot has; null for nothing
 * @param oursOrNull what the copy has
 * @param theirsOrNull what the other side has
 * @param result whose entry is there in the end
 */
public record VirtualCopyConflict(
    Kind kind,
    PathBytes path,
    @Nullable Side beforeOrNull,
    @Nullable Side oursOrNull,
    @Nullable Side theirsOrNull,
    Result result) {
  /** How many of them a result names. */
  public static final int MOST = 1000;

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
    /** The other's entry changed while the sync was at work. */
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
   * @param size of a file's bytes or of a link's target
   * @param mtime last modification
   */
  public record Side(FileType type, int mode, long uid, long gid, DataSize size, FileTime mtime) {}

  /** What the copy's snapshot has; empty for nothing. */
  public Optional<Side> before() {
    return Optional.ofNullable(beforeOrNull);
  }

  /** What the copy has; empty for nothing. */
  public Optional<Side> ours() {
    return Optional.ofNullable(oursOrNull);
  }

  /** What the other side has; empty for nothing. */
  public Optional<Side> theirs() {
    return Optional.ofNullable(theirsOrNull);
  }
}
