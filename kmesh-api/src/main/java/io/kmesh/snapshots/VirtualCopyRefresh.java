// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.unit.DataSize;
import java.util.List;

/**
 * What a refresh of a virtual copy did.
 *
 * @param before the id of the snapshot that the copy showed
 * @param now the id of the one that it shows
 * @param kept how many differences from that the copy has: its own changes
 * @param keptDetails the first {@value VirtualCopyConflict#MOST} of them; {@link
 *     VirtualCopy#changes()} has all
 * @param conflicts how many entries both had changed
 * @param conflictDetails the first {@value VirtualCopyConflict#MOST} of them
 * @param copied bytes of the old snapshot that went into the copy's directory
 * @param leftOut how many files of the snapshot a copy on a Lustre lacks: {@link
 *     VirtualCopy#leftOut()}; 0 for one in a directory
 * @param leftOutDetails the first {@value SnapshotProblem#MOST} of them, with the reasons
 */
public record VirtualCopyRefresh(
    String before,
    String now,
    long kept,
    List<VirtualCopyChange> keptDetails,
    long conflicts,
    List<VirtualCopyConflict> conflictDetails,
    DataSize copied,
    long leftOut,
    List<SnapshotProblem> leftOutDetails) {
  /** Copies the lists. */
  public VirtualCopyRefresh {
    keptDetails = List.copyOf(keptDetails);
    conflictDetails = List.copyOf(conflictDetails);
    leftOutDetails = List.copyOf(leftOutDetails);
  }
}
