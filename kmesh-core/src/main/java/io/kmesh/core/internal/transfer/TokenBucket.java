// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;

/**
 * Tokens that come at a calendar's rate, at most one second's worth in store. Who takes more than
 * there are goes into debt and waits it out, so that large takes are never refused. Thread-safe.
 */
final class TokenBucket {
  private static final double NANOS = 1e9;

  /** A change of the calendar's rate is seen within this time. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final KmeshTime time;
  private final RateCalendar calendar;
  private long rate; // guarded by this, as all below
  private double tokens;
  private long taken;
  private long last;
  private long looked;

  /**
   * A full bucket.
   *
   * @param perSecond tokens a second, from 1
   */
  TokenBucket(KmeshTime time, long perSecond) {
    this(time, RateCalendar.always(perSecond));
  }

  /** A bucket that is full at the rate of now. */
  TokenBucket(KmeshTime time, RateCalendar calendar) {
    this.time = time;
    this.calendar = calendar;
    this.last = time.nanoTime();
    this.looked = last;
    this.rate = calendar.rateAt(time.now());
    this.tokens = isUnlimited() ? 0 : rate;
  }

  /** Takes tokens and says how long to wait for them at the rate of now; see {@link #left}. */
  synchronized Duration take(long count) {
    return left(reserve(count));
  }

  /** Takes tokens; they are there once {@link #left} is zero. */
  synchronized long reserve(long count) {
    refill();
    taken += count;
    tokens -= count;
    return taken;
  }

  /**
   * How long to wait for what was reserved, at the rate of now; a second while there is none. Where
   * the calendar has hours, ask again after a second at most.
   */
  synchronized Duration left(long reservation) {
    refill();
    double missing = -tokens - (taken - reservation); // without what was taken after it
    if (isUnlimited() || missing <= 0) {
      return Duration.ZERO;
    }
    return rate == 0 ? LOOK : Duration.ofNanos((long) Math.ceil(missing / rate * NANOS));
  }

  private boolean isUnlimited() {
    return rate == RateCalendar.UNLIMITED;
  }

  private void refill() {
    long now = time.nanoTime();
    tokens = isUnlimited() ? 0 : Math.min((double) rate, tokens + (now - last) / NANOS * rate);
    last = now;
    if (now - looked >= LOOK.toNanos() && !calendar.windows().isEmpty()) {
      looked = now;
      rate = calendar.rateAt(time.now());
    }
  }
}
