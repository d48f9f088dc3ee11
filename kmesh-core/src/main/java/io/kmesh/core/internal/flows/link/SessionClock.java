// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.link.LinkEnd.Kind;
import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a session does by the clock: it pings, cuts streams that stall, gives up after the grace
 * time, and tunes the number of streams. Guarded by the session's lock.
 */
final class SessionClock {
  private static final double SMOOTHING = 0.5;
  private static final double NANOS = 1e9;

  private static final Duration LONGEST_TICK = Duration.ofMillis(500);

  /** The period over which goodput is measured: so long, and longer until that much got through. */
  private static final Duration LEAST_PERIOD = Duration.ofSeconds(2);

  private static final Duration LONGEST_PERIOD = Duration.ofSeconds(8);
  private static final long PERIOD_BYTES = 8 << 20;

  private static final Duration LONGEST_TRIP = Duration.ofSeconds(10);

  private final Session session;
  private final LinkSettings settings;
  private final KmeshTime time;
  private final Streams streams;
  private final @Nullable StreamTuner tuner;
  private final Duration tick;

  private long pingedAt;
  private long awaySince;
  private long periodBegan;
  private long periodBytes;
  private boolean wasBusy = true;
  private boolean isPeerBusy;
  private double goodput;
  private long roundTrip;

  SessionClock(Session session, Streams streams, @Nullable StreamTuner tuner) {
    this.session = session;
    this.settings = session.settings;
    this.time = settings.time;
    this.streams = streams;
    this.tuner = tuner;
    this.tick = settings.keepAlive.compareTo(LONGEST_TICK) < 0 ? settings.keepAlive : LONGEST_TICK;
  }

  void start() {
    pingedAt = time.nanoTime();
    awaySince = pingedAt;
    periodBegan = pingedAt;
    time.schedule(tick, this::tick);
  }

  private void tick() {
    long now = time.nanoTime();
    List<LinkStream> stalled = new ArrayList<>();
    boolean isAway;
    boolean isWanting = false;
    session.lock.lock();
    try {
      if (session.ended() != null) {
        return;
      }
      for (LinkStream stream : streams.live()) {
        if (stream.isStalled(now, settings.stall)) {
          stalled.add(stream);
        }
      }
      isAway = streams.live().isEmpty() && now - awaySince >= settings.grace.toNanos();
      ping(now);
      measure(now, session.handledBytes());
      if (tuner != null) {
        isWanting = adjust(tuner.target());
      }
    } finally {
      session.lock.unlock();
    }
    stalled.forEach(s -> session.died(s, "it made no progress for " + settings.stall));
    if (isAway) {
      session.end(
          new LinkEnd(Kind.AWAY, "no stream could be had for " + settings.grace), Goodbye.NONE);
      return;
    }
    if (isWanting) {
      session.changed();
    }
    time.schedule(tick, this::tick);
  }

  private void ping(long now) {
    if (now - pingedAt >= settings.keepAlive.toNanos()) {
      pingedAt = now;
      streams.live().forEach(s -> s.isPingDue = true);
      streams.ack();
      streams.wakeAll();
    }
  }

  private void measure(long now, long handled) {
    boolean isBusy = streams.isBusy();
    wasBusy &= isBusy || isPeerBusy;
    long period = now - periodBegan;
    if (period < LEAST_PERIOD.toNanos()
        || (handled - periodBytes < PERIOD_BYTES && period < LONGEST_PERIOD.toNanos())) {
      return;
    }
    double measured = (handled - periodBytes) * NANOS / period;
    goodput += (measured - goodput) * SMOOTHING;
    if (tuner != null) {
      tuner.measured(streams.staying(), measured, wasBusy);
    }
    periodBegan = now;
    periodBytes = handled;
    wasBusy = true;
  }

  /** Lets a stream go when there are too many; says whether there are too few. */
  private boolean adjust(int target) {
    if (streams.staying() > target) {
      LinkStream slowest = streams.slowest();
      if (slowest != null) {
        slowest.isLeaving = true;
        slowest.work.signal();
      }
    }
    return streams.staying() < target;
  }

  /** Whether the owner should dial another stream. */
  boolean isWanting() {
    return tuner != null && streams.staying() < tuner.target();
  }

  void streamCame() {
    awaySince = Long.MAX_VALUE;
  }

  void streamWent() {
    awaySince = time.nanoTime();
  }

  void pinged(long echo, long age, boolean isBusy) {
    isPeerBusy = isBusy;
    if (age >= 0) {
      roundTrip = Math.min(Math.max(0, time.nanoTime() - echo - age), LONGEST_TRIP.toNanos());
    }
  }

  long goodput() {
    return (long) goodput;
  }

  Duration roundTrip() {
    return Duration.ofNanos(roundTrip);
  }
}
