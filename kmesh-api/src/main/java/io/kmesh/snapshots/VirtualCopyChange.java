// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.path.PathBytes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A difference between a virtual copy and its snapshot.
 *
 * @param kind what it is
 * @param path where it is in the copy; of what was removed, where it would be
 * @param baseOrNull where it is in the snapshot; null for what was added
 */
public record VirtualCopyChange(Kind kind, PathBytes path, @Nullable PathBytes baseOrNull) {
  /** What a difference is. */
  public enum Kind {
    /** It is not in the snapshot. */
    ADDED,
    /**
     * Its bytes, its attributes or its link differ. A file with several names is listed under one
     * of them.
     */
    CHANGED,
    /** It is in the snapshot only, with all below it. */
    REMOVED,
    /** It has another path than in the snapshot, with all below it. */
    RENAMED
  }

  /** Where it is in the snapshot; empty for what was added. */
  public Optional<PathBytes> base() {
    return Optional.ofNullable(baseOrNull);
  }
}
