// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Asks a run to end, as Ctrl-C does, and waits until it has. Thread-safe. */
final class StopSignal {
  private final CountDownLatch requested = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  /** A run that was asked to end. */
  static final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoppedException() {
      super("it was stopped by a signal.");
    }
  }

  void request() {
    requested.countDown();
  }

  boolean isRequested() {
    return requested.getCount() == 0;
  }

  /** Pauses, but not once the run is to end. */
  void pause(Duration time) throws InterruptedException {
    if (requested.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new StoppedException();
    }
  }

  /** Told when the run has said its last word. */
  void ended() {
    ended.countDown();
  }

  /** Waits for that; false when it did not come in this time. */
  boolean awaitEnd(Duration limit) throws InterruptedException {
    return ended.await(limit.toNanos(), TimeUnit.NANOSECONDS);
  }
}
