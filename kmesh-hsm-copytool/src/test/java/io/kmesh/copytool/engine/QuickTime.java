// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.engine;

import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.time.RunningTime;
import java.time.Duration;
import java.time.Instant;

/**
 * The machine's time, twenty times as fast: what waits for real threads still waits for them, and
 * what only lets time pass does not last. Thread-safe.
 */
final class QuickTime implements KmeshTime {
  private static final int FACTOR = 20;

  private final KmeshTime real = RunningTime.instance();
  private final Instant start = real.now();
  private final long startNanos = real.nanoTime();

  @Override
  public Instant now() {
    return start.plusNanos(nanoTime() - startNanos);
  }

  @Override
  public long nanoTime() {
    return startNanos + FACTOR * (real.nanoTime() - startNanos);
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    real.sleep(duration.dividedBy(FACTOR));
  }

  @Override
  public void await(Object monitor, Duration duration) throws InterruptedException {
    real.await(monitor, duration.dividedBy(FACTOR).plusMillis(1));
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    return real.schedule(delay.dividedBy(FACTOR), task);
  }
}
