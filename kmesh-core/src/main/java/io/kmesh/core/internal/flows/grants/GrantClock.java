// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import io.kmesh.spi.time.KmeshTime;

/**
 * The clock that the end of a grant is measured by: the latest time of day that was ever seen, or
 * what has passed since by a clock that nobody sets, whichever is later. So setting the clock back
 * makes no grant longer; setting it forward may end it early. Thread-safe.
 */
final class GrantClock {
  private static final long MILLI = 1_000_000;

  private final KmeshTime time;
  private long base; // guarded by this, as the next
  private long baseNanos;

  /**
   * A clock.
   *
   * @param latest the latest time that an earlier process saw, in milliseconds
   */
  GrantClock(KmeshTime time, long latest) {
    this.time = time;
    this.base = latest;
    this.baseNanos = time.nanoTime();
  }

  /** Milliseconds since the epoch, never less than before. */
  synchronized long millis() {
    long nanos = time.nanoTime();
    long passed = base + (nanos - baseNanos + MILLI - 1) / MILLI;
    long wall = wall();
    if (wall > passed) {
      base = wall;
      baseNanos = nanos;
      return wall;
    }
    return passed;
  }

  /** The time of day as it is set now: what a grant's beginning is measured by. */
  long wall() {
    return time.now().toEpochMilli();
  }
}
