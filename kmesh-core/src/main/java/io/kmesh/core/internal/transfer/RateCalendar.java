// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.flows.FlowRate;
import io.kmesh.unit.DataSize;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;

/**
 * How many bytes a second may be sent, by the hour of the week as clocks on the wall show it. An
 * immutable value.
 *
 * @param zone whose clocks
 * @param otherwise the rate outside all windows, in bytes a second: {@link #UNLIMITED}, or 0 for
 *     nothing
 * @param windows the first one that contains the time counts
 */
public record RateCalendar(ZoneId zone, long otherwise, List<Window> windows) {
  /** No limit. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  /**
   * A part of each week.
   *
   * @param days the days on which it begins
   * @param from when it begins
   * @param to when it ends; not after {@code from} means on the next day
   * @param rate bytes a second in it: 0 for nothing, {@link #UNLIMITED}
   */
  public record Window(Set<DayOfWeek> days, LocalTime from, LocalTime to, long rate) {
    /** Checks the rate and copies the days. */
    public Window {
      days = Set.copyOf(days);
      if (rate < 0 || days.isEmpty()) {
        throw new IllegalArgumentException(
            "Cannot make a window of "
                + rate
                + " bytes a second on "
                + days
                + ": a rate is 0 or more, and there is a day. Correct it.");
      }
    }

    private boolean contains(LocalDateTime at) {
      LocalTime time = at.toLocalTime();
      DayOfWeek day = at.getDayOfWeek();
      if (from.isBefore(to)) {
        return days.contains(day) && !time.isBefore(from) && time.isBefore(to);
      }
      return (days.contains(day) && !time.isBefore(from))
          || (days.contains(day.minus(1)) && time.isBefore(to));
    }
  }

  /** Checks the rate and copies the windows. */
  public RateCalendar {
    windows = List.copyOf(windows);
    if (otherwise < 0) {
      throw new IllegalArgumentException(
          "Cannot limit to " + otherwise + " bytes a second: a rate is 0 or more. Correct it.");
    }
  }

  /** The same rate at all times, in bytes a second. */
  public static RateCalendar always(long rate) {
    return new RateCalendar(ZoneOffset.UTC, rate, List.of());
  }

  /** What a user wrote, as a link or a store goes by it. */
  public static RateCalendar of(FlowRate rate) {
    return new RateCalendar(
        rate.zone(),
        rate.otherwise().map(DataSize::bytes).orElse(UNLIMITED),
        rate.windows().stream()
            .map(
                w ->
                    new Window(
                        w.days(),
                        w.from(),
                        w.to(),
                        w.perSecond().map(DataSize::bytes).orElse(UNLIMITED)))
            .toList());
  }

  /** The rate at a time. */
  public long rateAt(Instant time) {
    LocalDateTime local = LocalDateTime.ofInstant(time, zone);
    return windows.stream()
        .filter(w -> w.contains(local))
        .findFirst()
        .map(Window::rate)
        .orElse(otherwise);
  }
}
