// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.snapshots.fs.CopyChange;
import io.kmesh.path.PathBytes;
import java.util.Optional;

/**
 * A difference between a copy and its snapshot.
 *
 * @param kind what it is
 * @param path where it is in the copy; of what was removed, where it would be
 * @param base where it is in the snapshot; empty for what was added
 */
public record CopyDifference(Kind kind, PathBytes path, Optional<PathBytes> base) {
  /** What a difference is. */
  public enum Kind {
    /** It is not in the snapshot. */
    ADDED,
    /** Its bytes, its attributes or its link differ. */
    CHANGED,
    /** It is in the snapshot only, with all below it. */
    REMOVED,
    /** It has another path than in the snapshot, with all below it. */
    RENAMED
  }

  static CopyDifference of(CopyChange change) {
    return new CopyDifference(
        Kind.valueOf(change.kind().name()), change.path(), Optional.ofNullable(change.base()));
  }
}
