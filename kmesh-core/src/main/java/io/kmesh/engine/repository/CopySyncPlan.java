// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.snapshots.fs.SyncPlan;
import java.util.List;

/**
 * What a reverse sync would do.
 *
 * @param steps in the order in which they are done
 * @param conflicts what both sides changed
 * @param bytes how many come from the copy
 */
public record CopySyncPlan(
    List<CopySyncStep> steps, List<CopyConflictEntry> conflicts, long bytes) {
  /** Copies the lists. */
  public CopySyncPlan {
    steps = List.copyOf(steps);
    conflicts = List.copyOf(conflicts);
  }

  static CopySyncPlan of(SyncPlan plan) {
    return new CopySyncPlan(
        plan.steps().stream().map(CopySyncStep::of).toList(),
        plan.conflicts().stream().map(CopyConflictEntry::of).toList(),
        plan.bytes());
  }
}
