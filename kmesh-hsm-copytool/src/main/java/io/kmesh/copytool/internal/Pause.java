// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;

/** A wait that closing ends, without an interrupt that might hit other work. Thread-safe. */
final class Pause {
  private final KmeshTime time;
  private boolean isClosed; // guarded by this

  Pause(KmeshTime time) {
    this.time = time;
  }

  /**
   * Waits.
   *
   * @return whether to go on: false once it was closed
   */
  synchronized boolean sleep(Duration duration) {
    long end = time.nanoTime() + duration.toNanos();
    try {
      long left = end - time.nanoTime();
      while (!isClosed && left > 0) {
        time.await(this, Duration.ofNanos(left));
        left = end - time.nanoTime();
      }
      return !isClosed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  synchronized boolean isClosed() {
    return isClosed;
  }

  synchronized void close() {
    isClosed = true;
    notifyAll();
  }
}
