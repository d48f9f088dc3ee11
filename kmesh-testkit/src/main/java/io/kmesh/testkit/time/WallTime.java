// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.time;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.time.Instant;

/**
 * The machine's time, but for a clock on the wall that a test sets: what is timed goes on as ever.
 * Thread-safe.
 */
public final class WallTime implements KmeshTime {
  private final KmeshTime time = RunningTime.instance();
  private volatile Duration offset = Duration.ZERO;

  /** The machine's time, until a test sets the clock. */
  public WallTime() {}

  /**
   * Sets the clock.
   *
   * @param by how far forward; back when it is negative
   */
  public synchronized void jump(Duration by) {
    offset = offset.plus(by);
  }

  @Override
  public Instant now() {
    return time.now().plus(offset);
  }

  @Override
  public long nanoTime() {
    return time.nanoTime();
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    time.sleep(duration);
  }

  @Override
  public void await(Object monitor, Duration duration) throws InterruptedException {
    time.await(monitor, duration);
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    return time.schedule(delay, task);
  }
}
