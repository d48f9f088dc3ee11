// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

import io.kmesh.unit.DataSize;
import java.util.List;

/**
 * What a check found.
 *
 * @param roots snapshots and other roots that were walked
 * @param packs packs that the index names
 * @param framesRead frames of content that were read and verified
 * @param framesInAll all frames
 * @param bytesRead bytes of the frames that were read
 * @param damages what is wrong; empty when nothing is
 * @param affected what can't be restored because of it
 */
public record CheckReport(
    long roots,
    long packs,
    long framesRead,
    long framesInAll,
    DataSize bytesRead,
    List<String> damages,
    List<String> affected) {
  /** Copies the lists. */
  public CheckReport {
    damages = List.copyOf(damages);
    affected = List.copyOf(affected);
  }

  /** Whether nothing is wrong with what was looked at. */
  public boolean isSound() {
    return damages.isEmpty() && affected.isEmpty();
  }
}
