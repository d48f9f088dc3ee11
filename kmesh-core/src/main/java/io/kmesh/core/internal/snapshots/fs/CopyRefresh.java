// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.snapshots.SnapshotProblem;
import java.util.List;

/**
 * What a refresh did.
 *
 * @param before the id of the snapshot that the copy showed
 * @param snapshot the id of the one that it shows now
 * @param kept what differs from that: the copy's own changes
 * @param conflicts what both had changed
 * @param copiedBytes bytes of the old snapshot that went into the copy's folder
 * @param leftOut files of the snapshot that a copy on a Lustre lacks, and why; none in a folder
 */
public record CopyRefresh(
    String before,
    String snapshot,
    List<CopyChange> kept,
    List<CopyConflict> conflicts,
    long copiedBytes,
    List<SnapshotProblem> leftOut) {
  /** Copies the lists. */
  public CopyRefresh {
    kept = List.copyOf(kept);
    conflicts = List.copyOf(conflicts);
    leftOut = List.copyOf(leftOut);
  }
}
