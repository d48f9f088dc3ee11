// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import java.util.List;

/**
 * What a check found.
 *
 * @param roots snapshots and other roots that were walked
 * @param packs packs that the index names
 * @param framesRead frames that were read and verified
 * @param framesInAll all frames
 * @param bytesRead bytes of the frames that were read
 * @param damages what is wrong; empty when nothing is
 * @param affected what can't be restored because of it
 */
public record CheckResult(
    long roots,
    long packs,
    long framesRead,
    long framesInAll,
    long bytesRead,
    List<String> damages,
    List<String> affected) {
  /** Copies the lists. */
  public CheckResult {
    damages = List.copyOf(damages);
    affected = List.copyOf(affected);
  }
}
