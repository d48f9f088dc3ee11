// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

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
public record CopySyncReport(
    CopySyncPlan plan,
    int steps,
    long movedBytes,
    List<CopyConflictEntry> conflicts,
    List<SnapshotWork.Problem> problems) {
  /** Copies the lists. */
  public CopySyncReport {
    conflicts = List.copyOf(conflicts);
    problems = List.copyOf(problems);
  }
}
