// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import java.time.Duration;
import java.util.List;

/**
 * How a replica stands.
 *
 * @param connected the sites that a way is up to
 * @param shown the place in its log up to which a peer shows it
 * @param backlog places of this replica's log that a connected peer does not show yet, at most
 * @param lag the age of the oldest change that a peer does not show
 * @param lagP50 the lag that half of the last changes did not exceed
 * @param lagP99 the lag that 99 of 100 of the last changes did not exceed
 * @param changesSent registers that were sent
 * @param bytesSent bytes of content that were sent, before compression
 * @param problems entries that can't be placed here
 */
public record ReplicaStatus(
    List<String> connected,
    long shown,
    long backlog,
    Duration lag,
    Duration lagP50,
    Duration lagP99,
    long changesSent,
    long bytesSent,
    long problems) {
  /** Before the first step. */
  public static final ReplicaStatus NONE =
      new ReplicaStatus(List.of(), 0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0, 0, 0);

  /** Copies the list. */
  public ReplicaStatus {
    connected = List.copyOf(connected);
  }
}
