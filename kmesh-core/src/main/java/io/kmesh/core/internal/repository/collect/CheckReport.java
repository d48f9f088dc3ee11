// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import java.util.List;

/**
 * What a check found.
 *
 * @param roots snapshots and other roots that were walked
 * @param packs packs that the index names
 * @param framesRead frames that were read and verified
 * @param framesInAll all frames
 * @param chunks chunks of the frames that were read
 * @param bytesRead bytes of these frames in the store
 * @param damages what is wrong; empty when nothing is
 * @param affected what can't be restored because of it: root and path
 */
public record CheckReport(
    long roots,
    long packs,
    long framesRead,
    long framesInAll,
    long chunks,
    long bytesRead,
    List<String> damages,
    List<String> affected) {
  /** Copies the lists. */
  public CheckReport {
    damages = List.copyOf(damages);
    affected = List.copyOf(affected);
  }

  /** Whether nothing is wrong. */
  public boolean isWhole() {
    return damages.isEmpty();
  }
}
