// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import java.util.List;

/**
 * What a refresh did.
 *
 * @param before the id of the snapshot that the copy showed
 * @param snapshot the id of the one that it shows now
 * @param kept what differs from that: the copy's own changes
 * @param conflicts what both had changed
 * @param copiedBytes bytes of the old snapshot that went into the copy's folder
 */
public record CopyRefreshReport(
    String before,
    String snapshot,
    List<CopyDifference> kept,
    List<CopyConflictEntry> conflicts,
    long copiedBytes) {
  /** Copies the lists. */
  public CopyRefreshReport {
    kept = List.copyOf(kept);
    conflicts = List.copyOf(conflicts);
  }
}
