// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import java.time.Duration;
import java.util.List;
import java.util.Map;

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
 * @param shownBy of several masters: the place in the log up to which each end shows it
 * @param last the end of the log
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
    long problems,
    Map<Integer, Long> shownBy,
    long last) {
  /** Before the first step. */
  public static final ReplicaStatus NONE =
      new ReplicaStatus(
          List.of(), 0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0, 0, 0, Map.of(), 0);

  /** Copies the list. */
  public ReplicaStatus {
    connected = List.copyOf(connected);
    shownBy = Map.copyOf(shownBy);
  }

  /**
   * As one of several ends counts it.
   *
   * @param end the end's number, or {@link Replica#ALL}
   */
  public ReplicaStatus towards(int end) {
    if (end == Replica.ALL) {
      return this;
    }
    long there = shownBy.getOrDefault(end, 0L);
    return new ReplicaStatus(
        connected,
        there,
        last - Math.min(there, last),
        lag,
        lagP50,
        lagP99,
        changesSent,
        bytesSent,
        problems,
        shownBy,
        last);
  }
}
