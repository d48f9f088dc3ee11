// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * When something is done again and again, as a value. Local times are those of the zone (UTC unless
 * told otherwise), in whole minutes.
 *
 * <p>When clocks are set, a schedule that fires in every hour of the day follows the real hours: a
 * local time that happens twice counts twice, one that does not exist is left out. Any other
 * schedule fires once for each of its times: at the first instant after the gap when the local time
 * does not exist, at the first of two when it happens twice. Several times in one gap are one run.
 *
 * @param timing the times
 * @param zone where the local times are
 * @param missedRuns what becomes of runs that nobody was there for
 */
public record Schedule(Timing timing, ZoneId zone, MissedRuns missedRuns) {
  /** Normalises the zone. */
  public Schedule {
    zone = zone.normalized();
  }

  /** The times of a schedule. */
  public sealed interface Timing {}

  /**
   * Those of a cron expression.
   *
   * @param expression the expression
   */
  public record Cron(CronExpression expression) implements Timing {
    @Override
    public String toString() {
      return "cron " + expression;
    }
  }

  /**
   * Every hour.
   *
   * @param minute the minute of the hour
   */
  public record Hourly(int minute) implements Timing {
    /** Checks the range. */
    public Hourly {
      if (minute < 0 || minute > 59) {
        throw new IllegalArgumentException("A minute is 0 to 59, not " + minute + ".");
      }
    }

    @Override
    public String toString() {
      return "hourly at minute " + minute;
    }
  }

  /**
   * Every day.
   *
   * @param time the local time
   */
  public record Daily(LocalTime time) implements Timing {
    /** Checks the time. */
    public Daily {
      wholeMinutes(time);
    }

    @Override
    public String toString() {
      return "daily at " + time;
    }
  }

  /**
   * Every week.
   *
   * @param day the day
   * @param time the local time
   */
  public record Weekly(DayOfWeek day, LocalTime time) implements Timing {
    /** Checks the time. */
    public Weekly {
      wholeMinutes(time);
    }

    @Override
    public String toString() {
      return "weekly on " + day + " at " + time;
    }
  }

  /**
   * Every month.
   *
   * @param day the day of the month; a shorter month's last day stands for it
   * @param time the local time
   */
  public record Monthly(int day, LocalTime time) implements Timing {
    /** Checks the day and the time. */
    public Monthly {
      if (day < 1 || day > 31) {
        throw new IllegalArgumentException("A day of a month is 1 to 31, not " + day + ".");
      }
      wholeMinutes(time);
    }

    @Override
    public String toString() {
      return "monthly on day " + day + " at " + time;
    }
  }

  /**
   * In equal steps of real time, whatever the clocks show.
   *
   * @param period the step, in whole seconds, a minute to ten years
   * @param from an instant that the steps are counted from, forward and back
   */
  public record Every(Duration period, Instant from) implements Timing {
    /** Checks the period. */
    public Every {
      if (period.compareTo(Duration.ofMinutes(1)) < 0
          || period.compareTo(Duration.ofDays(3653)) > 0
          || !period.equals(Duration.ofSeconds(period.toSeconds()))) {
        throw new IllegalArgumentException(
            "A period is whole seconds, from a minute to ten years, not " + period + ".");
      }
      if (from.getNano() != 0
          || from.isBefore(Instant.parse("0000-01-01T00:00:00Z"))
          || from.isAfter(Instant.parse("9999-12-31T23:59:59Z"))) {
        throw new IllegalArgumentException(
            "Steps are counted from a whole second of the years 0 to 9999, not from " + from + ".");
      }
    }

    @Override
    public String toString() {
      return "every " + period + (from.equals(Instant.EPOCH) ? "" : " from " + from);
    }
  }

  private static void wholeMinutes(LocalTime time) {
    if (time.getSecond() != 0 || time.getNano() != 0) {
      throw new IllegalArgumentException("A schedule's times are whole minutes, not " + time + ".");
    }
  }

  private static Schedule of(Timing timing) {
    return new Schedule(timing, ZoneOffset.UTC, MissedRuns.runOnce());
  }

  /**
   * By a cron expression of five fields.
   *
   * @throws IllegalArgumentException when it can't be read
   */
  public static Schedule cron(String expression) {
    return of(new Cron(CronExpression.parse(expression)));
  }

  /** At this minute of every hour. */
  public static Schedule hourly(int minute) {
    return of(new Hourly(minute));
  }

  /** At this time of every day. */
  public static Schedule daily(LocalTime time) {
    return of(new Daily(time));
  }

  /** At this time of one day of every week. */
  public static Schedule weekly(DayOfWeek day, LocalTime time) {
    return of(new Weekly(day, time));
  }

  /** At this time of one day of every month; a shorter month's last day stands for a later one. */
  public static Schedule monthly(int day, LocalTime time) {
    return of(new Monthly(day, time));
  }

  /** In equal steps of real time, counted from 1970-01-01T00:00Z. */
  public static Schedule every(Duration period) {
    return every(period, Instant.EPOCH);
  }

  /** In equal steps of real time, counted from an instant. */
  public static Schedule every(Duration period, Instant from) {
    return of(new Every(period, from));
  }

  /** This schedule in a zone. */
  public Schedule in(ZoneId zone) {
    return toBuilder().in(zone).build();
  }

  /** This schedule with another way to treat missed runs. */
  public Schedule ifMissed(MissedRuns missedRuns) {
    return toBuilder().ifMissed(missedRuns).build();
  }

  /** A builder: UTC, one run stands for all that were missed. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins with this schedule. */
  public Builder toBuilder() {
    Builder b = new Builder();
    b.timing = timing;
    b.zone = zone;
    b.missedRuns = missedRuns;
    return b;
  }

  /** The schedule in words. */
  @Override
  public String toString() {
    return timing + " (" + zone + "), missed runs are " + missedRuns;
  }

  /** Builds a schedule. Not thread-safe. */
  public static final class Builder {
    private @Nullable Timing timing;
    private ZoneId zone = ZoneOffset.UTC;
    private MissedRuns missedRuns = MissedRuns.runOnce();

    private Builder() {}

    /** The times. */
    public Builder at(Timing timing) {
      this.timing = timing;
      return this;
    }

    /** Where the local times are. */
    public Builder in(ZoneId zone) {
      this.zone = zone;
      return this;
    }

    /** What becomes of missed runs. */
    public Builder ifMissed(MissedRuns missedRuns) {
      this.missedRuns = missedRuns;
      return this;
    }

    /**
     * The schedule.
     *
     * @throws IllegalArgumentException when no times were given
     */
    public Schedule build() {
      if (timing == null) {
        throw new IllegalArgumentException(
            "Cannot make the schedule: no times were given. Call at(..).");
      }
      return new Schedule(timing, zone, missedRuns);
    }
  }
}
