// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.time.RunningTime;
import java.time.Duration;
import java.time.Instant;

/**
 * The machine's time a minute later: what the test wrote just now is as old as files are, so that
 * no stamp of it is too young to prove what it is. Thread-safe.
 */
final class LaterTime implements KmeshTime {
  private final KmeshTime real = RunningTime.instance();

  @Override
  public Instant now() {
    return real.now().plusSeconds(60);
  }

  @Override
  public long nanoTime() {
    return real.nanoTime();
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    real.sleep(duration);
  }

  @Override
  public void await(Object monitor, Duration duration) throws InterruptedException {
    real.await(monitor, duration);
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    return real.schedule(delay, task);
  }
}
