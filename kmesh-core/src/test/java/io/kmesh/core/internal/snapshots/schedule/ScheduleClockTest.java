// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.snapshots.Schedule;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ScheduleClockTest {
  private static final int DAYS = 400;

  /**
   * Apia had no 30 December 2011; St John's set its clocks at 00:01 in 1995; the rest is recent.
   */
  private static final List<Instant> STARTS =
      List.of(
          Instant.parse("2026-01-01T00:00:00Z"),
          Instant.parse("2011-06-01T00:00:00Z"),
          Instant.parse("1995-03-01T00:00:00Z"));

  private static final Map<String, MinuteOracle> ORACLES = new HashMap<>();

  @Provide
  Arbitrary<Schedule> schedules() {
    return Schedules.all();
  }

  private static MinuteOracle oracle(ZoneId zone, Instant start) {
    return ORACLES.computeIfAbsent(zone + " " + start, k -> new MinuteOracle(zone, start, DAYS));
  }

  private static List<Instant> forward(ScheduleClock clock, Instant from, Instant to) {
    List<Instant> all = new ArrayList<>();
    Optional<Instant> next = clock.after(from);
    while (next.filter(n -> !n.isAfter(to)).isPresent()) {
      all.add(next.get());
      next = clock.after(next.get());
    }
    return all;
  }

  private static List<Instant> backward(ScheduleClock clock, Instant from, Instant to) {
    List<Instant> all = new ArrayList<>();
    Optional<Instant> previous = clock.atOrBefore(to);
    while (previous.filter(p -> p.isAfter(from)).isPresent()) {
      all.add(previous.get());
      previous = clock.atOrBefore(previous.get().minusNanos(1));
    }
    Collections.reverse(all);
    return all;
  }

  private static List<Instant> sameAsOracle(Schedule schedule, Instant start) {
    MinuteOracle oracle = oracle(schedule.zone(), start);
    ScheduleClock clock = ScheduleClock.of(schedule);
    List<Instant> expected = oracle.fires(schedule.timing());
    assertThat(forward(clock, start, oracle.end())).isEqualTo(expected);
    assertThat(backward(clock, start, oracle.end())).isEqualTo(expected);
    return expected;
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void anySchedule_over400Days_firesWhenTheOracleSays(
      @ForAll("schedules") Schedule schedule, @ForAll @IntRange(max = 2) int start) {
    sameAsOracle(schedule, STARTS.get(start));
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void anySchedule_askedAtAnyInstant_givesTheNeighboursOfTheOracle(
      @ForAll("schedules") Schedule schedule,
      @ForAll @LongRange(min = 0, max = 390L * 86_400_000) long millis) {
    MinuteOracle oracle = oracle(schedule.zone(), STARTS.get(0));
    List<Instant> fires = oracle.fires(schedule.timing());
    ScheduleClock clock = ScheduleClock.of(schedule);
    Instant at = STARTS.get(0).plusMillis(millis);
    fires.stream()
        .filter(f -> f.isAfter(at))
        .findFirst()
        .ifPresent(f -> assertThat(clock.after(at)).contains(f));
    fires.stream()
        .filter(f -> !f.isAfter(at))
        .reduce((a, b) -> b)
        .ifPresent(f -> assertThat(clock.atOrBefore(at)).contains(f));
  }

  @Test
  void commonSchedules_inEveryZone_fireWhenTheOracleSays() {
    List<Schedule> common =
        List.of(
            Schedule.hourly(0),
            Schedule.hourly(45),
            Schedule.daily(LocalTime.of(0, 0)),
            Schedule.daily(LocalTime.of(2, 30)),
            Schedule.daily(LocalTime.of(1, 45)),
            Schedule.weekly(DayOfWeek.SUNDAY, LocalTime.of(2, 15)),
            Schedule.weekly(DayOfWeek.FRIDAY, LocalTime.of(10, 0)),
            Schedule.monthly(31, LocalTime.of(23, 59)),
            Schedule.every(Duration.ofMinutes(90)),
            Schedule.cron("*/20 * * * *"),
            Schedule.cron("*/15 1-3 * * *"),
            Schedule.cron("0 */2 * * *"),
            Schedule.cron("30 2 L * *"),
            Schedule.cron("0 3 * * SUNL"),
            Schedule.cron("0 3 13 * FRI"));
    for (String zone : Schedules.ZONES) {
      Instant start = STARTS.get(zone.equals("Pacific/Apia") ? 1 : zone.contains("John") ? 2 : 0);
      for (Schedule schedule : common) {
        assertThat(sameAsOracle(schedule.in(ZoneId.of(zone)), start)).isNotEmpty();
      }
    }
  }

  private static List<String> between(Schedule schedule, String from, String to) {
    return forward(ScheduleClock.of(schedule), Instant.parse(from), Instant.parse(to)).stream()
        .map(i -> i.atZone(schedule.zone()).toOffsetDateTime().toString())
        .toList();
  }

  @Test
  void springForward_aTimeInTheGap_firesOnceBehindIt() {
    Schedule daily = Schedule.daily(LocalTime.of(2, 30)).in(ZoneId.of("Europe/Berlin"));
    assertThat(between(daily, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"))
        .containsExactly("2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00");
    Schedule many = Schedule.cron("0,20,40 2,3 29 3 *").in(ZoneId.of("Europe/Berlin"));
    assertThat(between(many, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"))
        .containsExactly(
            "2026-03-29T03:00+02:00", "2026-03-29T03:20+02:00", "2026-03-29T03:40+02:00");
  }

  @Test
  void fallBack_aTimeThatHappensTwice_firesAtTheFirst() {
    Schedule daily = Schedule.daily(LocalTime.of(1, 30)).in(ZoneId.of("America/New_York"));
    assertThat(between(daily, "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z"))
        .containsExactly("2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00");
  }

  @Test
  void hourly_followsTheRealHours() {
    Schedule hourly = Schedule.hourly(30).in(ZoneId.of("Europe/Berlin"));
    assertThat(between(hourly, "2026-10-24T23:00:00Z", "2026-10-25T02:00:00Z"))
        .containsExactly(
            "2026-10-25T01:30+02:00", "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00");
    assertThat(between(hourly, "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z"))
        .containsExactly("2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00");
  }

  @Test
  void apia_aDayThatDoesNotExist_firesAtTheBeginningOfTheNext() {
    Schedule weekly = Schedule.weekly(DayOfWeek.FRIDAY, LocalTime.of(10, 0));
    assertThat(
            between(
                weekly.in(ZoneId.of("Pacific/Apia")),
                "2011-12-25T00:00:00Z",
                "2012-01-08T00:00:00Z"))
        .containsExactly("2011-12-31T00:00+14:00", "2012-01-06T10:00+14:00");
  }

  @Test
  void leapDay_isFoundYearsAhead() {
    ScheduleClock clock = ScheduleClock.of(Schedule.cron("0 0 29 2 *"));
    assertThat(clock.after(Instant.parse("2096-03-01T00:00:00Z")))
        .contains(Instant.parse("2104-02-29T00:00:00Z"));
    assertThat(clock.atOrBefore(Instant.parse("2104-02-28T00:00:00Z")))
        .contains(Instant.parse("2096-02-29T00:00:00Z"));
  }

  @Test
  void endsOfTime_areNoErrors() {
    for (Schedule schedule :
        List.of(
            Schedule.daily(LocalTime.of(2, 0)).in(ZoneId.of("Europe/Berlin")),
            Schedule.hourly(0).in(ZoneId.of("Pacific/Apia")),
            Schedule.every(Duration.ofHours(7)))) {
      ScheduleClock clock = ScheduleClock.of(schedule);
      assertThat(clock.after(Instant.MAX)).isEmpty();
      assertThat(clock.atOrBefore(Instant.MIN)).isEmpty();
      assertThat(clock.after(Instant.MIN)).isPresent();
      assertThat(clock.atOrBefore(Instant.MAX)).isPresent();
    }
  }
}
