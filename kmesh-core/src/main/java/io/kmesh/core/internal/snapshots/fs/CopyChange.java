// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.path.PathBytes;
import org.jspecify.annotations.Nullable;

/**
 * A difference between a virtual copy and its snapshot.
 *
 * @param kind what it is
 * @param path where it is in the copy; of what was removed, where it would be
 * @param base where it is in the snapshot; null for what was added
 */
public record CopyChange(Kind kind, PathBytes path, @Nullable PathBytes base) {
  /** What a difference is. */
  public enum Kind {
    /** It is not in the snapshot. */
    ADDED,
    /**
     * Its bytes, its attributes or its link differ. A file with several names is listed under one
     * of them, that of the snapshot when the copy no longer has the name by which it was changed.
     */
    CHANGED,
    /** It is in the snapshot only, with all below it. */
    REMOVED,
    /** It has another path than in the snapshot, with all below it. */
    RENAMED
  }
}
