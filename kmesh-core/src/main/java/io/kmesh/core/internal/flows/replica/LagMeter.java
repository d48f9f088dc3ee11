// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * How long changes take from when they were seen at their source until the other site shows them.
 * Keeps the last of them. Thread-safe.
 */
final class LagMeter {
  private static final int MOST_MARKS = 100_000;
  private static final int SAMPLES = 8192;

  private final Deque<Mark> open = new ArrayDeque<>();
  private final long[] nanos = new long[SAMPLES];
  private long count;
  private long[] sorted = new long[0];
  private long sortedAt;

  private record Mark(long place, long changes, long since) {}

  /** The log grew to a place by changes that were seen at a time. */
  synchronized void seen(long place, long changes, long nanoTime) {
    if (changes > 0 && open.size() < MOST_MARKS) {
      open.add(new Mark(place, changes, nanoTime));
    }
  }

  /** The other site shows all up to a place. */
  synchronized void placed(long place, long nanoTime) {
    while (!open.isEmpty() && open.peekFirst().place() <= place) {
      Mark mark = open.removeFirst();
      long lag = Math.max(0, nanoTime - mark.since());
      // One sample for every sixteen changes keeps the ring long and the weights right.
      for (long i = 0; i < Math.min(SAMPLES, (mark.changes() + 15) / 16); i++) {
        nanos[(int) (count++ % SAMPLES)] = lag;
      }
    }
  }

  /** The age of the oldest change that the other site does not show; zero when it shows all. */
  synchronized Duration now(long nanoTime) {
    return open.isEmpty()
        ? Duration.ZERO
        : Duration.ofNanos(Math.max(0, nanoTime - open.peekFirst().since()));
  }

  /**
   * The lag that a share of the last changes did not exceed.
   *
   * @param share 0 to 1
   */
  synchronized Duration quantile(double share) {
    int have = (int) Math.min(count, SAMPLES);
    if (have == 0) {
      return Duration.ZERO;
    }
    if (sortedAt != count) {
      sorted = Arrays.copyOf(nanos, have); // asked for with every step, and most add none
      Arrays.sort(sorted);
      sortedAt = count;
    }
    return Duration.ofNanos(sorted[(int) Math.min(have - 1, Math.round(share * (have - 1)))]);
  }
}
