// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.time;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The machine's own time. Its timers share one daemon thread, which ends when there are none. */
final class MachineTime implements KmeshTime {
  static final KmeshTime INSTANCE = new MachineTime();

  /** Longer waits are cut to this: 292 years overflow in nanoseconds, and nobody waits for one. */
  private static final Duration LONGEST = Duration.ofDays(3650);

  private final ScheduledThreadPoolExecutor timers =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            Thread thread = new Thread(task, "kmesh-machine-timer");
            thread.setDaemon(true);
            return thread;
          });

  private MachineTime() {
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
    if (nanos > 0) { // Object.wait(0) would wait for ever
      monitor.wait(nanos / 1_000_000, (int) (nanos % 1_000_000));
    }
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    Future<?> future = timers.schedule(task, nanos(delay), TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  private static long nanos(Duration duration) {
    if (duration.isNegative()) {
      return 0;
    }
    return (duration.compareTo(LONGEST) > 0 ? LONGEST : duration).toNanos();
  }
}
