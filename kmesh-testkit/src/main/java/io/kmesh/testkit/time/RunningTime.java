// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.time;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.time.Instant;

/**
 * The machine's own time, {@link KmeshTime#machine()}, for simulators that run beside real work.
 * Thread-safe. Timers share one daemon thread, which ends after a second without timers.
 */
public final class RunningTime implements KmeshTime {
  private static final RunningTime INSTANCE = new RunningTime();

  private final KmeshTime machine = KmeshTime.machine();

  private RunningTime() {}

  /** The one instance. */
  public static RunningTime instance() {
    return INSTANCE;
  }

  @Override
  public Instant now() {
    return machine.now();
  }

  @Override
  public long nanoTime() {
    return machine.nanoTime();
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    machine.sleep(duration);
  }

  @Override
  public void await(Object monitor, Duration duration) throws InterruptedException {
    machine.await(monitor, duration);
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    return machine.schedule(delay, task);
  }
}
