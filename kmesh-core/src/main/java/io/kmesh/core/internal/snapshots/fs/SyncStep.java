// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.path.PathBytes;
import org.jspecify.annotations.Nullable;

/**
 * A step of a reverse sync.
 *
 * @param kind what it does
 * @param path where; of what is removed, before any rename
 * @param from where a renamed entry is before, or which name a link is one more of; else null
 * @param bytes how many come from the copy
 */
public record SyncStep(Kind kind, PathBytes path, @Nullable PathBytes from, long bytes) {
  /** What a step does. */
  public enum Kind {
    /** Removes an entry. */
    REMOVE,
    /** Removes an entry with all in it. */
    REMOVE_TREE,
    /** Renames an entry. */
    RENAME,
    /** Makes a directory. */
    MAKE_DIRECTORY,
    /** Writes an entry that is no directory, new or in the place of another. */
    WRITE,
    /** Gives a file one more name. */
    LINK,
    /** Sets mode, owner, time or extended attributes. */
    ATTRIBUTES
  }

  static SyncStep of(MergeStep step) {
    boolean hasFrom = step.kind() == MergeStep.Kind.RENAME || step.kind() == MergeStep.Kind.LINK;
    return new SyncStep(
        Kind.valueOf(step.kind().name()),
        step.path(),
        hasFrom ? step.source() : null,
        step.bytes());
  }
}
