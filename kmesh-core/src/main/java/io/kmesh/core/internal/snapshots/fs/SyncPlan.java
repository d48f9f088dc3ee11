// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import java.util.List;

/**
 * What a reverse sync would do.
 *
 * @param steps in the order in which they are done
 * @param conflicts what both sides changed
 * @param bytes how many come from the copy
 * @param marks by which another plan is known to do no more
 */
public record SyncPlan(
    List<SyncStep> steps, List<CopyConflict> conflicts, long bytes, SyncMarks marks) {
  /** Copies the lists. */
  public SyncPlan {
    steps = List.copyOf(steps);
    conflicts = List.copyOf(conflicts);
  }
}
