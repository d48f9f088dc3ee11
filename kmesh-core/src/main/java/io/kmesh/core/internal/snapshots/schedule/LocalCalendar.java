// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.schedule;

import io.kmesh.snapshots.Schedule;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * The local times of a schedule, as if every day had 24 hours.
 *
 * @param days which days
 * @param times the times of such a day, in order
 */
record LocalCalendar(Predicate<LocalDate> days, List<LocalTime> times) {
  /** In so many days the calendar repeats. */
  private static final int DAYS_OF_CALENDAR = 146_097;

  private static final int HOURS = 24;

  /** The calendar of a timing; empty for steps of real time, which have none. */
  static Optional<LocalCalendar> of(Schedule.Timing timing) {
    LocalCalendar calendar = null;
    if (timing instanceof Schedule.Cron t) {
      calendar = new LocalCalendar(t.expression()::matches, t.expression().times());
    } else if (timing instanceof Schedule.Hourly t) {
      calendar =
          new LocalCalendar(
              day -> true,
              IntStream.range(0, HOURS).mapToObj(hour -> LocalTime.of(hour, t.minute())).toList());
    } else if (timing instanceof Schedule.Daily t) {
      calendar = new LocalCalendar(day -> true, List.of(t.time()));
    } else if (timing instanceof Schedule.Weekly t) {
      calendar = new LocalCalendar(day -> day.getDayOfWeek() == t.day(), List.of(t.time()));
    } else if (timing instanceof Schedule.Monthly t) {
      calendar =
          new LocalCalendar(
              day -> day.getDayOfMonth() == Math.min(t.day(), day.lengthOfMonth()),
              List.of(t.time()));
    }
    return Optional.ofNullable(calendar);
  }

  /** Whether it has a time in every hour of a day, and so follows the real hours. */
  boolean everyHour() {
    return times.stream().mapToInt(LocalTime::getHour).distinct().count() == HOURS;
  }

  /** The first time at or after this one. */
  LocalDateTime atOrAfter(LocalDateTime from) {
    LocalDate day = from.toLocalDate();
    if (days.test(day)) {
      int at = Collections.binarySearch(times, from.toLocalTime());
      int index = at < 0 ? -at - 1 : at;
      if (index < times.size()) {
        return day.atTime(times.get(index));
      }
    }
    for (int i = 0; i < DAYS_OF_CALENDAR; i++) {
      day = day.plusDays(1);
      if (days.test(day)) {
        return day.atTime(times.get(0));
      }
    }
    throw new IllegalStateException("A schedule has a day in the whole calendar.");
  }

  /** The last time at or before this one. */
  LocalDateTime atOrBefore(LocalDateTime from) {
    LocalDate day = from.toLocalDate();
    if (days.test(day)) {
      int at = Collections.binarySearch(times, from.toLocalTime());
      int index = at < 0 ? -at - 2 : at;
      if (index >= 0) {
        return day.atTime(times.get(index));
      }
    }
    for (int i = 0; i < DAYS_OF_CALENDAR; i++) {
      day = day.minusDays(1);
      if (days.test(day)) {
        return day.atTime(times.get(times.size() - 1));
      }
    }
    throw new IllegalStateException("A schedule has a day in the whole calendar.");
  }
}
