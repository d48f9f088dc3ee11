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
 */
public record VirtualCopyRefresh(
    String before,
    String now,
    long kept,
    List<VirtualCopyChange> keptDetails,
    long conflicts,
    List<VirtualCopyConflict> conflictDetails,
    DataSize copied) {
  /** Copies the lists. */
  public VirtualCopyRefresh {
    keptDetails = List.copyOf(keptDetails);
    conflictDetails = List.copyOf(conflictDetails);
  }
}
