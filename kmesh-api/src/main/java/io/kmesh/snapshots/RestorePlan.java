// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Operation;
import io.kmesh.path.PathBytes;
import io.kmesh.unit.DataSize;
import java.util.List;

/**
 * What a restore would change. Making it changes nothing; {@link #apply()} acts. Immutable.
 *
 * <p>Applying it replaces nothing that the plan does not list, and nothing that changed since: it
 * ends with PRECONDITION before anything is written then. What a plan adds is what is missing when
 * it is applied.
 */
public interface RestorePlan {
  /** The most steps of a plan. */
  int MOST_STEPS = 500_000;

  /** What is restored, and where. */
  RestoreSpec spec();

  /** What is added or replaced, in the order of names. */
  List<Step> steps();

  /** Entries that are as the snapshot has them. */
  long unchanged();

  /** Entries of the tree that the snapshot does not have. They stay. */
  long extra();

  /** The bytes of the files that are added or replaced. */
  DataSize bytes();

  /**
   * Does it.
   *
   * @throws io.kmesh.KmeshException PRECONDITION when a step is {@link Action#BLOCKED}
   */
  Operation<RestoreReport> apply();

  /**
   * One entry that is added or replaced.
   *
   * @param path below the target's top
   * @param action what is done
   * @param size of a regular file of the snapshot, else zero
   */
  record Step(PathBytes path, Action action, DataSize size) {}

  /** What is done with an entry. */
  enum Action {
    /** It is missing. */
    ADD,
    /** It is there with other content, or of another type. */
    REPLACE,
    /** It is a directory whose mode or owner differ: they are set. */
    ATTRIBUTES,
    /**
     * A directory is where the snapshot has none, or the other way round. Such a plan can't be
     * applied until that is moved away.
     */
    BLOCKED
  }
}
