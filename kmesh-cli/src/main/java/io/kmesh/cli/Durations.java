// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;

/** Lengths of time as users write them. */
final class Durations {
  private Durations() {}

  /** Reads {@code 90m}, {@code 36h}, {@code 14d}, or ISO 8601 such as {@code PT36H}. */
  static Duration parse(String option, String text) throws CommandFailure {
    String upper = text.toUpperCase(Locale.ROOT);
    try {
      Duration duration =
          upper.matches("[0-9]{1,9}[HMS]")
              ? Duration.parse("PT" + upper)
              : Duration.parse(upper.matches("[0-9]{1,9}D") ? "P" + upper : upper);
      if (!duration.isNegative()) {
        return duration;
      }
    } catch (DateTimeParseException e) {
      // Told below.
    }
    throw new CommandFailure(
        ExitCode.USAGE,
        "Cannot use "
            + option
            + " \""
            + text
            + "\": it is no length of time. Write 30s, 36h, 14d or PT36H.");
  }
}
