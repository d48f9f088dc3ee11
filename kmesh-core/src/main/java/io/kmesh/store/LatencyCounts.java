// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.time.Duration;

/** How often calls took how long: 16 classes for each doubling, so within 1/16. Thread-safe. */
final class LatencyCounts {
  private static final int BITS = 4;
  private static final int STEPS = 1 << BITS;

  private final long[] counts = new long[64 * STEPS]; // guarded by this
  private long total; // guarded by this

  synchronized void add(long nanos) {
    counts[index(Math.max(1, nanos))]++;
    total++;
  }

  /** What a share of the calls did not exceed; zero without calls. */
  synchronized Duration quantile(double share) {
    long wanted = Math.max(1, (long) Math.ceil(share * total));
    long seen = 0;
    for (int i = 0; i < counts.length && total > 0; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return Duration.ofNanos(most(i));
      }
    }
    return Duration.ZERO;
  }

  private static int index(long nanos) {
    int top = 63 - Long.numberOfLeadingZeros(nanos);
    if (top < BITS) {
      return (int) nanos;
    }
    return ((top - BITS + 1) << BITS) + (int) ((nanos >>> (top - BITS)) & (STEPS - 1));
  }

  /** The longest of a class. */
  private static long most(int index) {
    if (index < STEPS) {
      return index;
    }
    int shift = (index >> BITS) - 1;
    return ((STEPS + (index & (STEPS - 1)) + 1L) << shift) - 1;
  }
}
