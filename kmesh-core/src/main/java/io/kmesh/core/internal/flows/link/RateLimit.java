// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.transfer.RateCalendar;
import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * How fast sessions that share it may send. Who sends may go into debt once, and all wait until it
 * is paid, so that no message is too large. Thread-safe.
 */
public final class RateLimit {
  /** What may be saved up while nobody sends. */
  private static final double SAVED_SECONDS = 0.1;

  private static final double NANOS = 1e9;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

  private final KmeshTime time;
  private RateCalendar calendar; // guarded by this, as all below
  private double tokens;
  private long last;
  private long rate;
  private long looked;

  /** A limit that follows a calendar. */
  public RateLimit(KmeshTime time, RateCalendar calendar) {
    this.time = time;
    this.calendar = calendar;
    this.last = time.nanoTime();
    look(last);
  }

  /** No limit, until one is set. */
  public static RateLimit none(KmeshTime time) {
    return new RateLimit(time, RateCalendar.always(RateCalendar.UNLIMITED));
  }

  /** Follows another calendar from now on; debts are forgotten. Sessions notice within a second. */
  public synchronized void set(RateCalendar calendar) {
    this.calendar = calendar;
    tokens = 0;
    look(time.nanoTime());
  }

  /** The rate now, in bytes a second. */
  public synchronized long rate() {
    refill();
    return rate;
  }

  /** How long to wait before sending; zero when one may. A second at most: ask again then. */
  synchronized Duration delay() {
    refill();
    if (rate == RateCalendar.UNLIMITED || tokens > 0) {
      return Duration.ZERO;
    }
    if (rate == 0) {
      return LONGEST_WAIT;
    }
    double nanos = Math.ceil((1 - tokens) * NANOS / rate);
    return nanos >= LONGEST_WAIT.toNanos() ? LONGEST_WAIT : Duration.ofNanos((long) nanos);
  }

  /** Counts what was sent, allowed or not. */
  synchronized void spend(long bytes) {
    refill();
    if (rate != RateCalendar.UNLIMITED) {
      tokens -= bytes;
    }
  }

  /**
   * Waits until one may send, and counts what is sent then.
   *
   * @param isWanted whether to go on waiting; asked each second at least
   */
  public void take(long bytes, BooleanSupplier isWanted) throws InterruptedException {
    for (Duration delay = delay(); !delay.isZero() && isWanted.getAsBoolean(); delay = delay()) {
      synchronized (this) {
        time.await(this, delay);
      }
    }
    spend(bytes);
  }

  private void refill() {
    long now = time.nanoTime();
    if (rate != RateCalendar.UNLIMITED) {
      tokens = Math.min(rate * SAVED_SECONDS, tokens + (now - last) / NANOS * rate);
    }
    last = now;
    if (now - looked >= LONGEST_WAIT.toNanos()) {
      look(now);
    }
  }

  private void look(long now) {
    looked = now;
    long before = rate;
    rate = calendar.rateAt(time.now());
    if (before == RateCalendar.UNLIMITED) {
      tokens = 0;
    }
  }
}
