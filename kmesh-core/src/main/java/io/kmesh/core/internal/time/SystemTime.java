// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.time;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The machine's own time. Thread-safe. Timers share one daemon thread {@code kmesh-timer-1}, which
 * ends after a second without timers.
 */
public final class SystemTime implements KmeshTime {
  /** The one instance. */
  public static final KmeshTime INSTANCE = new SystemTime();

  /** Longer waits are cut to this: 292 years overflow in nanoseconds, and nobody waits for one. */
  private static final Duration LONGEST = Duration.ofDays(3650);

  private static final Logger LOG = LoggerFactory.getLogger(SystemTime.class);

  private final ScheduledThreadPoolExecutor timers =
      new ScheduledThreadPoolExecutor(1, KmeshThreads.factory("timer"));

  private SystemTime() {
    timers.setRemoveOnCancelPolicy(true);
    timers.setKeepAliveTime(1, TimeUnit.SECONDS);
    timers.allowCoreThreadTimeOut(true);
  }

  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(nanos(duration));
  }

  // Waits once on behalf of a caller that holds the monitor and loops around its own condition.
  @SuppressWarnings({"WaitNotInLoop", "SynchronizeOnNonFinalField"})
  @Override
  public void await(Object monitor, Duration duration) throws InterruptedException {
    long nanos = nanos(duration);
    if (nanos == 0) {
      return; // Object.wait(0) would wait for ever
    }
    monitor.wait(nanos / 1_000_000, (int) (nanos % 1_000_000));
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    Future<?> future = timers.schedule(() -> runLogged(task), nanos(delay), TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  private static void runLogged(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      LOG.error("A timer's task ended by an unexpected error.", e);
    }
  }

  private static long nanos(Duration duration) {
    if (duration.isNegative()) {
      return 0;
    }
    return (duration.compareTo(LONGEST) > 0 ? LONGEST : duration).toNanos();
  }
}
