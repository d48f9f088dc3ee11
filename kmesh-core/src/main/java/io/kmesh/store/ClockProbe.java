// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.store.PutOptions;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How far the store's clock is from this machine's: each of some puts happened between its begin
 * and its end here, and the store says when, in whole seconds at worst. One thread.
 */
final class ClockProbe {
  /** Requests that are signed with a time this far off are near to being refused. */
  private static final Duration WARNING = Duration.ofMinutes(5);

  private static final Duration RESOLUTION = Duration.ofSeconds(1);
  private static final int PUTS = 5;

  private final Trial trial;
  private @Nullable Duration drift;
  private Duration within = Duration.ZERO;

  ClockProbe(Trial trial) {
    this.trial = trial;
  }

  /** Null before it was measured, and when the store tells no time. */
  @Nullable Duration drift() {
    return drift;
  }

  Duration within() {
    return within;
  }

  String measure() throws IOException, CheckFailure {
    for (int i = 0; i < PUTS; i++) {
      Instant before = trial.time().now();
      long began = trial.time().nanoTime();
      trial.put("clock", new byte[] {(byte) i}, PutOptions.NONE);
      Duration half = Duration.ofNanos((trial.time().nanoTime() - began) / 2);
      Instant told = trial.head("clock").lastModified();
      if (told.getEpochSecond() <= 0) {
        throw CheckFailure.absent("the store does not tell when objects were written");
      }
      Duration off = Duration.between(before.plus(half), told);
      // What is told in whole seconds may be nearly one behind: in the middle it is half.
      Duration middle = told.getNano() == 0 ? off.plusMillis(500) : off;
      Duration error = half.plus(RESOLUTION.dividedBy(2));
      if (drift == null || error.compareTo(within) < 0) {
        drift = middle;
        within = error;
      }
    }
    if (drift == null) {
      throw new IllegalStateException("Puts were made and none was measured.");
    }
    String words =
        String.format(
            Locale.ROOT,
            "the store's clock is %.1f s %s this machine's, within %.1f s",
            seconds(drift.abs()),
            drift.isNegative() ? "behind" : "ahead of",
            seconds(within));
    CheckFailure.require(drift.abs().compareTo(WARNING) <= 0, words);
    return words;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
