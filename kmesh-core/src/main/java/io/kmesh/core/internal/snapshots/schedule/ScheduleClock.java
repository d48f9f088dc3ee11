// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.schedule;

import io.kmesh.snapshots.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When a schedule fires. Pure: it is told what time it is.
 *
 * <p>A calendar with a time in every hour of the day follows the real hours: it fires at each
 * instant whose local time matches. Any other fires once for each local time: at the first instant
 * after the gap when that time does not exist, at the first of two when it happens twice. The
 * second kind maps local times to instants without ever going back, which is what both searches
 * rest on.
 */
public final class ScheduleClock {
  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("9999-12-01T00:00:00Z");
  private static final Duration TICK = Duration.ofNanos(1);

  private final Schedule schedule;
  private final ZoneRules rules;
  private final @Nullable LocalCalendar calendar;
  private final boolean realHours;

  private ScheduleClock(Schedule schedule) {
    this.schedule = schedule;
    this.rules = schedule.zone().getRules();
    this.calendar = LocalCalendar.of(schedule.timing()).orElse(null);
    this.realHours = calendar != null && calendar.everyHour();
  }

  /** The clock of a schedule. */
  public static ScheduleClock of(Schedule schedule) {
    return new ScheduleClock(schedule);
  }

  /** The schedule. */
  public Schedule schedule() {
    return schedule;
  }

  /** The first time after this instant; empty past the year 9999. */
  public Optional<Instant> after(Instant instant) {
    Instant from = instant.isBefore(FIRST) ? FIRST : instant;
    if (from.isAfter(LAST)) {
      return Optional.empty();
    }
    Instant next;
    if (calendar == null) {
      next = step(from, 1);
    } else if (realHours) {
      next = realAtOrAfter(calendar, from.plus(TICK));
    } else {
      next = onceAfter(calendar, from);
    }
    return next.isAfter(LAST) ? Optional.empty() : Optional.of(next);
  }

  /** The last time at or before this instant; empty before the year 1. */
  public Optional<Instant> atOrBefore(Instant instant) {
    Instant from = instant.isAfter(LAST) ? LAST : instant;
    if (from.isBefore(FIRST)) {
      return Optional.empty();
    }
    Instant previous;
    if (calendar == null) {
      previous = step(from, 0);
    } else if (realHours) {
      previous = realAtOrBefore(calendar, from);
    } else {
      previous = onceAtOrBefore(calendar, from);
    }
    return previous.isBefore(FIRST) ? Optional.empty() : Optional.of(previous);
  }

  /** Step 0 is the one at or before the instant, step 1 the one behind it. */
  private Instant step(Instant from, int which) {
    Schedule.Every every = (Schedule.Every) schedule.timing();
    long period = every.period().toSeconds();
    long steps = Math.floorDiv(from.getEpochSecond() - every.from().getEpochSecond(), period);
    return every.from().plusSeconds((steps + which) * period);
  }

  private Instant realAtOrAfter(LocalCalendar calendar, Instant instant) {
    Instant from = instant;
    while (true) {
      ZoneOffset offset = rules.getOffset(from);
      Instant found = calendar.atOrAfter(LocalDateTime.ofInstant(from, offset)).toInstant(offset);
      ZoneOffsetTransition set = rules.nextTransition(from);
      if (set == null || found.isBefore(set.getInstant())) {
        return found;
      }
      from = set.getInstant();
    }
  }

  private Instant realAtOrBefore(LocalCalendar calendar, Instant instant) {
    Instant from = instant;
    while (true) {
      ZoneOffset offset = rules.getOffset(from);
      Instant found = calendar.atOrBefore(LocalDateTime.ofInstant(from, offset)).toInstant(offset);
      ZoneOffsetTransition set = rules.previousTransition(from.plus(TICK));
      if (set == null || !found.isBefore(set.getInstant())) {
        return found;
      }
      from = set.getInstant().minus(TICK);
    }
  }

  private Instant onceAfter(LocalCalendar calendar, Instant instant) {
    // What is at or before the local time of the instant fired at or before the instant.
    LocalDateTime local = LocalDateTime.ofInstant(instant, rules.getOffset(instant));
    while (true) {
      local = calendar.atOrAfter(local.plus(TICK));
      Instant fires = instantOf(local);
      if (fires.isAfter(instant)) {
        return fires;
      }
    }
  }

  private Instant onceAtOrBefore(LocalCalendar calendar, Instant instant) {
    LocalDateTime local = LocalDateTime.ofInstant(instant, rules.getOffset(instant));
    ZoneOffsetTransition set = rules.previousTransition(instant.plus(TICK));
    if (set != null && set.isOverlap() && local.isBefore(set.getDateTimeBefore())) {
      // The second time round: all of the overlap fired the first time.
      local = set.getDateTimeBefore().minus(TICK);
    }
    return instantOf(calendar.atOrBefore(local));
  }

  private Instant instantOf(LocalDateTime local) {
    ZoneOffsetTransition set = rules.getTransition(local);
    if (set != null && set.isGap()) {
      return set.getInstant();
    }
    return local.toInstant(set == null ? rules.getOffset(local) : set.getOffsetBefore());
  }
}
