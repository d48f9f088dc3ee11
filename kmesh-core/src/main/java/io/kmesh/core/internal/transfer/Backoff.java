// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.RetryPolicy;
import io.kmesh.spi.ProviderException;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next try: full jitter, and never less than the store asks.
 * Thread-safe.
 */
final class Backoff {
  private final RetryPolicy policy;
  private final RandomGenerator random;

  Backoff(RetryPolicy policy, RandomGenerator random) {
    this.policy = policy;
    this.random = random;
  }

  /** Whether another try is allowed after {@code tries}. */
  boolean allows(int tries) {
    return tries < policy.tries();
  }

  /** The wait after try {@code tries} (from 1) failed with {@code failure}. */
  Duration delay(int tries, Throwable failure) {
    long cap = policy.cap().toNanos();
    int shift = Math.min(tries - 1, 40);
    long base = policy.base().toNanos();
    long bound = base > cap >> shift ? cap : base << shift;
    Duration jitter = Duration.ofNanos(draw(bound));
    if (failure instanceof ProviderException p && p.retryAfter().isPresent()) {
      return p.retryAfter().get().plus(Duration.ofNanos(draw(Math.min(bound, base))));
    }
    return jitter;
  }

  private long draw(long bound) {
    synchronized (random) {
      return bound <= 0 ? 0 : random.nextLong(bound + 1);
    }
  }
}
