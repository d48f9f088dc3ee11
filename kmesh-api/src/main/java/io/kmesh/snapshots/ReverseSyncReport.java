// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Endpoint;
import io.kmesh.unit.DataSize;
import java.util.List;

/**
 * What a reverse sync did. Of one that was cut, steps, moved bytes and conflicts are those that the
 * last process that worked on it found.
 *
 * @param target the tree that was changed
 * @param steps how many steps were done
 * @param moved the bytes that came from the copy
 * @param conflicts how many entries both sides changed, those that came up on the way included
 * @param conflictDetails the first {@value VirtualCopyConflict#MOST} of them
 * @param problems how many attributes could not be set
 * @param problemDetails the first {@value SnapshotProblem#MOST} of them
 */
public record ReverseSyncReport(
    Endpoint target,
    long steps,
    DataSize moved,
    long conflicts,
    List<VirtualCopyConflict> conflictDetails,
    long problems,
    List<SnapshotProblem> problemDetails) {
  /** Copies the lists. */
  public ReverseSyncReport {
    conflictDetails = List.copyOf(conflictDetails);
    problemDetails = List.copyOf(problemDetails);
  }
}
