// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.time;

import java.time.Duration;
import java.time.Instant;

/** The clock, waiting and timers of everything in Kmesh. Thread-safe. */
public interface KmeshTime {
  /**
   * The machine's own time, for a provider that is handed in none.
   *
   * @return always the same
   */
  static KmeshTime machine() {
    return MachineTime.INSTANCE;
  }

  /** The time of day; it may jump. */
  Instant now();

  /** Nanoseconds of a clock that never goes back, from an arbitrary origin. */
  long nanoTime();

  /**
   * Waits.
   *
   * @throws InterruptedException when the thread is interrupted
   */
  void sleep(Duration duration) throws InterruptedException;

  /**
   * Waits on a monitor that the caller holds until it is notified or the time is over; spurious
   * wake-ups happen.
   */
  void await(Object monitor, Duration duration) throws InterruptedException;

  /** Runs a short task once after a delay, on a thread of the implementation. */
  Timer schedule(Duration delay, Runnable task);

  /** A task that was scheduled. */
  interface Timer {
    /** Keeps the task from running if it has not begun. */
    void cancel();
  }
}
