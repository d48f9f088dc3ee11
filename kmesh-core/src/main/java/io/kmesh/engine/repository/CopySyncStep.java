// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.snapshots.fs.SyncStep;
import io.kmesh.path.PathBytes;
import java.util.Optional;

/**
 * A step of a reverse sync.
 *
 * @param kind what it does
 * @param path where; of what is removed, before any rename
 * @param from where a renamed entry is before, or which name a link is one more of
 * @param bytes how many come from the copy
 */
public record CopySyncStep(Kind kind, PathBytes path, Optional<PathBytes> from, long bytes) {
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

  static CopySyncStep of(SyncStep step) {
    return new CopySyncStep(
        Kind.valueOf(step.kind().name()),
        step.path(),
        Optional.ofNullable(step.from()),
        step.bytes());
  }
}
