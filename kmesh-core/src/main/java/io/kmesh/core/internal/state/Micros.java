// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times as they are stored: microseconds since 1970-01-01T00:00Z. Stateless. */
final class Micros {
  private Micros() {}

  /** The microseconds of a time, rounded down. */
  static long of(Instant time) {
    return Math.addExact(
        Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1_000);
  }

  /** The microseconds of a duration, 1 for less than one. */
  static long of(Duration duration) {
    return Math.max(
        1, Math.multiplyExact(duration.getSeconds(), 1_000_000L) + duration.getNano() / 1_000);
  }

  /** The time. */
  static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }
}
