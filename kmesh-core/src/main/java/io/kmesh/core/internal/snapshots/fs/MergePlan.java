// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import java.util.List;

/**
 * What brings the changes of a copy to another tree. Immutable.
 *
 * @param steps in the order in which they are done
 * @param conflicts what is not clear, and how each is settled
 */
record MergePlan(List<MergeStep> steps, List<CopyConflict> conflicts) {
  MergePlan {
    steps = List.copyOf(steps);
    conflicts = List.copyOf(conflicts);
  }

  /** The bytes that are written. */
  long bytes() {
    return steps.stream().mapToLong(MergeStep::bytes).sum();
  }
}
