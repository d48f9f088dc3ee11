// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.snapshots.SnapshotProblem;
import java.util.List;

/**
 * What a reverse sync did.
 *
 * @param plan what it set out to do
 * @param steps how many of its steps were done
 * @param movedBytes how many came from the copy
 * @param conflicts what both sides changed, those that came up on the way included
 * @param problems attributes that could not be set
 */
public record SyncResult(
    SyncPlan plan,
    int steps,
    long movedBytes,
    List<CopyConflict> conflicts,
    List<SnapshotProblem> problems) {
  /** Copies the lists. */
  public SyncResult {
    conflicts = List.copyOf(conflicts);
    problems = List.copyOf(problems);
  }
}
