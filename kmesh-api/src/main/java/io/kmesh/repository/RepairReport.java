// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

import java.util.List;

/**
 * What a repair did.
 *
 * @param packs packs that were read
 * @param chunks chunks in them that are whole
 * @param foundSnapshots ids of snapshots that were not known any more
 * @param damages what was left out
 */
public record RepairReport(
    long packs, long chunks, List<String> foundSnapshots, List<String> damages) {
  /** Copies the lists. */
  public RepairReport {
    foundSnapshots = List.copyOf(foundSnapshots);
    damages = List.copyOf(damages);
  }
}
