// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Endpoint;
import io.kmesh.Operation;
import io.kmesh.path.PathBytes;
import io.kmesh.unit.DataSize;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a reverse sync would change. Making it changes nothing; {@link #apply()} acts. Immutable.
 *
 * <p>Applying it does nothing that the plan does not list: when the copy or the tree changed since
 * so that there is more to do, it ends with PRECONDITION before anything is written. It says of
 * itself in print what it would do.
 */
public interface ReverseSyncPlan {
  /** What was asked. */
  ReverseSyncSpec spec();

  /** The tree that is changed. */
  Endpoint target();

  /** What is done, in this order. */
  List<Step> steps();

  /** What both sides changed, and how each is settled. */
  List<VirtualCopyConflict> conflicts();

  /** The bytes that come from the copy. */
  DataSize bytes();

  /** Does it. One that was cut is gone on with by the next process. */
  Operation<ReverseSyncReport> apply();

  /**
   * One step.
   *
   * @param action what it does
   * @param path where, below the tree's top; of what is removed, before any rename
   * @param fromOrNull where a renamed entry is before, or which name a link is one more of; else
   *     null
   * @param size the bytes that come from the copy
   */
  record Step(Action action, PathBytes path, @Nullable PathBytes fromOrNull, DataSize size) {
    /** Where a renamed entry is before, or which name a link is one more of. */
    public Optional<PathBytes> from() {
      return Optional.ofNullable(fromOrNull);
    }
  }

  /** What a step does. */
  enum Action {
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
}
