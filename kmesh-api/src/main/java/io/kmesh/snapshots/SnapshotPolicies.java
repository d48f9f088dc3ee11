// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import java.util.List;
import java.util.Optional;

/**
 * The snapshot policies of a state. They are run by each open Kmesh: a run that is due is begun
 * once, one of a policy at a time. Made by {@link Snapshots#ensure}. Thread-safe.
 */
public interface SnapshotPolicies {
  /** The policies by name. */
  List<SnapshotPolicy> list();

  /** The policy of a name. */
  Optional<SnapshotPolicy> find(String name);

  /**
   * Keeps a policy, in place of one of its name. What it did stays known; with another schedule it
   * begins from now on.
   */
  SnapshotPolicy replace(SnapshotPolicy policy);

  /**
   * Where a policy stands.
   *
   * @throws io.kmesh.KmeshException NOT_FOUND when there is none of that name
   */
  SnapshotPolicyStatus status(String name);

  /**
   * Begins no more runs until {@link #resume}; one that is under way goes on.
   *
   * @throws io.kmesh.KmeshException NOT_FOUND when there is none of that name
   */
  void pause(String name);

  /**
   * Goes on from now: what was due while it was paused is neither made up for nor missed.
   *
   * @throws io.kmesh.KmeshException NOT_FOUND when there is none of that name
   */
  void resume(String name);

  /** Deletes a policy; its snapshots stay, and a run that is under way goes on. */
  void delete(String name);
}
