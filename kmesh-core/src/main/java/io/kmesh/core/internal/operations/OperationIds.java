// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import io.kmesh.OperationId;
import io.kmesh.spi.time.KmeshTime;
import java.util.random.RandomGenerator;

/**
 * Makes ids of 26 characters: 10 for the milliseconds since 1970, 16 random ones. Their order is
 * that of their making, even when the clock goes back, as long as this object lives. Thread-safe.
 */
final class OperationIds {
  private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
  private static final int TIME_DIGITS = 10;
  private static final int RANDOM_DIGITS = 8;
  private static final long RANDOM_MASK = (1L << (5 * RANDOM_DIGITS)) - 1;

  private final KmeshTime time;
  private final RandomGenerator random;
  private long millis = -1; // guarded by this
  private long high; // guarded by this

  OperationIds(KmeshTime time, RandomGenerator random) {
    this.time = time;
    this.random = random;
  }

  /** The next id. */
  synchronized OperationId next() {
    long now = Math.max(0, time.now().toEpochMilli());
    if (now > millis) {
      millis = now;
      high = random.nextLong() & (RANDOM_MASK >> 1); // room to count up
    } else {
      high++;
    }
    StringBuilder id = new StringBuilder(TIME_DIGITS + 2 * RANDOM_DIGITS);
    append(id, millis, TIME_DIGITS);
    append(id, high, RANDOM_DIGITS);
    append(id, random.nextLong() & RANDOM_MASK, RANDOM_DIGITS);
    return new OperationId(id.toString());
  }

  private static void append(StringBuilder id, long value, int digits) {
    for (int i = digits - 1; i >= 0; i--) {
      id.append(DIGITS.charAt((int) (value >>> (5 * i)) & 31));
    }
  }
}
