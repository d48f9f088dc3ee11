// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.schedule;

import io.kmesh.snapshots.MissedRuns;
import io.kmesh.snapshots.Schedule;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Random schedules. */
final class Schedules {
  static final List<String> ZONES =
      List.of(
          "UTC",
          "Europe/Berlin",
          "America/New_York",
          "Australia/Lord_Howe",
          "Asia/Kolkata",
          "Pacific/Apia",
          "America/Havana",
          "America/St_Johns",
          "America/Sao_Paulo",
          "Africa/Casablanca",
          "Africa/Cairo",
          "Antarctica/Troll",
          "Asia/Tehran");

  private Schedules() {}

  static Arbitrary<Schedule> all() {
    return Combinators.combine(timings(), Arbitraries.of(ZONES).map(ZoneId::of), missedRuns())
        .as(
            (timing, zone, missed) ->
                Schedule.builder().at(timing).in(zone).ifMissed(missed).build());
  }

  static Arbitrary<MissedRuns> missedRuns() {
    return Arbitraries.oneOf(
        Arbitraries.integers().between(1, 86_400).map(s -> MissedRuns.skip(Duration.ofSeconds(s))),
        Arbitraries.just(MissedRuns.runOnce()),
        Arbitraries.integers().between(1, 40).map(MissedRuns::runAll));
  }

  static Arbitrary<Schedule.Timing> timings() {
    return Arbitraries.frequencyOf(
        Tuple.of(5, crons().map(text -> Schedule.cron(text).timing())),
        Tuple.of(1, Arbitraries.integers().between(0, 59).map(Schedule.Hourly::new)),
        Tuple.of(1, times().map(Schedule.Daily::new)),
        Tuple.of(
            1,
            Combinators.combine(Arbitraries.of(DayOfWeek.class), times()).as(Schedule.Weekly::new)),
        Tuple.of(
            1,
            Combinators.combine(Arbitraries.integers().between(1, 31), times())
                .as(Schedule.Monthly::new)),
        Tuple.of(
            1,
            Combinators.combine(
                    Arbitraries.integers().between(1, 100_000),
                    Arbitraries.integers().between(-1_000_000, 30_000_000))
                .as(
                    (minutes, from) ->
                        new Schedule.Every(
                            Duration.ofMinutes(minutes), Instant.ofEpochSecond(from * 60L)))));
  }

  private static Arbitrary<LocalTime> times() {
    // Mostly in the hours in which clocks are set.
    return Combinators.combine(
            Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.integers().between(0, 3)),
                Tuple.of(1, Arbitraries.integers().between(0, 23))),
            Arbitraries.integers().between(0, 59))
        .as(LocalTime::of);
  }

  /** Expressions that can be read and match some day. */
  static Arbitrary<String> crons() {
    Arbitrary<String> days =
        Arbitraries.oneOf(
            Arbitraries.just("*"),
            field(1, 31, 31),
            Arbitraries.of("L", "L-1", "L-29", "1,L", "15,L-3", "*/2", "?"));
    Arbitrary<String> months =
        Arbitraries.frequencyOf(
            Tuple.of(4, Arbitraries.just("*")),
            Tuple.of(1, field(1, 12, 12)),
            Tuple.of(1, Arbitraries.of("MAR,OCT", "apr-NOV", "DEC", "JAN/3")));
    Arbitrary<String> weekdays =
        Arbitraries.frequencyOf(
            Tuple.of(2, Arbitraries.just("*")),
            Tuple.of(2, field(0, 7, 7)),
            Tuple.of(
                2,
                Arbitraries.of(
                    "MON-FRI",
                    "sat-sun",
                    "SUN",
                    "FRI#2",
                    "0#5",
                    "7#1",
                    "SUNL",
                    "5L",
                    "5-7",
                    "*/2",
                    "1,SATL,3#3",
                    "6-0",
                    "SUN-SAT")));
    return Combinators.combine(
            Arbitraries.oneOf(Arbitraries.of("0", "30", "*", "*/15"), field(0, 59, 59)),
            Arbitraries.oneOf(
                Arbitraries.of("*", "0", "1", "2", "3", "*/2", "1-3", "0,2", "23"),
                field(0, 23, 23)),
            days,
            months,
            weekdays)
        .as((a, b, c, d, e) -> String.join(" ", a, b, c, d, e))
        .filter(Schedules::matchesSomeDay);
  }

  private static boolean matchesSomeDay(String text) {
    try {
      return Schedule.cron(text).timing() != null;
    } catch (IllegalArgumentException e) {
      if (e.getMessage().contains("no day of any year")) {
        return false;
      }
      throw e;
    }
  }

  private static Arbitrary<String> field(int least, int most, int steps) {
    Arbitrary<Integer> value = Arbitraries.integers().between(least, most);
    Arbitrary<Integer> step = Arbitraries.integers().between(1, steps);
    Arbitrary<String> range =
        Combinators.combine(value, value).as((a, b) -> Math.min(a, b) + "-" + Math.max(a, b));
    Arbitrary<String> item =
        Arbitraries.oneOf(
            value.map(String::valueOf),
            range,
            Combinators.combine(range, step).as((r, s) -> r + "/" + s),
            Combinators.combine(value, step).as((v, s) -> v + "/" + s),
            step.map(s -> "*/" + s));
    return item.list().ofMinSize(1).ofMaxSize(3).map(items -> String.join(",", items));
  }
}
