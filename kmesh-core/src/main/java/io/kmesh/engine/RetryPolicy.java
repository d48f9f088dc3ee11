// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import java.time.Duration;

/**
 * How often and how late a retryable failure is tried again: after try n a random time between zero
 * and {@code base * 2^(n-1)}, at most {@code cap}; never less than a store's retry-after.
 *
 * @param tries the most tries, from 1
 * @param base the first bound
 * @param cap the greatest bound
 */
public record RetryPolicy(int tries, Duration base, Duration cap) {
  /** 8 tries, 100 ms to 20 s. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(8, Duration.ofMillis(100), Duration.ofSeconds(20));

  /** Checks the ranges. */
  public RetryPolicy {
    if (tries < 1 || base.isNegative() || cap.compareTo(base) < 0) {
      throw new IllegalArgumentException(
          "A retry policy needs at least one try and a cap not below its base, not "
              + tries
              + " tries, "
              + base
              + ", "
              + cap
              + ".");
    }
  }
}
