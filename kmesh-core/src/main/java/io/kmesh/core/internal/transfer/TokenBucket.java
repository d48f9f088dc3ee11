// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;

/**
 * Tokens that come at a steady rate, at most one second's worth in store. Who takes more than there
 * are goes into debt and waits it out, so that large takes are never refused. Thread-safe.
 */
final class TokenBucket {
  private static final double NANOS = 1e9;

  private final KmeshTime time;
  private final double perNano;
  private final double most;
  private double tokens;
  private long last;

  /**
   * A full bucket.
   *
   * @param perSecond tokens a second, from 1
   */
  TokenBucket(KmeshTime time, long perSecond) {
    this.time = time;
    this.perNano = perSecond / NANOS;
    this.most = perSecond;
    this.tokens = perSecond;
    this.last = time.nanoTime();
  }

  /** Takes tokens and says how long to wait for them. */
  synchronized Duration take(long count) {
    long now = time.nanoTime();
    tokens = Math.min(most, tokens + (now - last) * perNano);
    last = now;
    tokens -= count;
    return tokens >= 0 ? Duration.ZERO : Duration.ofNanos((long) Math.ceil(-tokens / perNano));
  }
}
