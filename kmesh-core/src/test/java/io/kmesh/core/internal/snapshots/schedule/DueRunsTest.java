// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.snapshots.MissedRuns;
import io.kmesh.snapshots.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class DueRunsTest {
  private static final Instant START = Instant.parse("2026-03-20T12:00:00Z");

  private static final Schedule NIGHTLY =
      Schedule.daily(LocalTime.of(2, 0)).in(ZoneId.of("Europe/Berlin"));

  @Provide
  Arbitrary<Schedule> schedules() {
    return Schedules.all();
  }

  private static DueRuns due(Schedule schedule, String last, String now) {
    return DueRuns.between(ScheduleClock.of(schedule), Instant.parse(last), Instant.parse(now));
  }

  private static Instant at(String text) {
    return Instant.parse(text);
  }

  @Test
  void between_nothingDue_saysWhenToAskAgain() {
    DueRuns due = due(NIGHTLY, "2026-03-27T02:00:00Z", "2026-03-27T12:00:00Z");
    assertThat(due)
        .isEqualTo(
            new DueRuns(
                List.of(), 0, at("2026-03-27T12:00:00Z"), Optional.of(at("2026-03-28T01:00:00Z"))));
  }

  @Test
  void between_threeMissed_followsThePolicy() {
    String last = "2026-03-26T12:00:00Z";
    String now = "2026-03-29T12:00:00Z";
    Instant a = at("2026-03-27T01:00:00Z");
    Instant b = at("2026-03-28T01:00:00Z");
    Instant c = at("2026-03-29T01:00:00Z"); // 02:00 does not exist: 03:00
    DueRuns once = due(NIGHTLY, last, now);
    assertThat(once.run()).containsExactly(c);
    assertThat(once.leftOut()).isEqualTo(2);
    assertThat(due(NIGHTLY.ifMissed(MissedRuns.runAll(5)), last, now).run())
        .containsExactly(a, b, c);
    assertThat(due(NIGHTLY.ifMissed(MissedRuns.runAll(2)), last, now).run()).containsExactly(b, c);
    DueRuns skipped = due(NIGHTLY.ifMissed(MissedRuns.skip()), last, now);
    assertThat(skipped.run()).isEmpty();
    assertThat(skipped.leftOut()).isEqualTo(3);
    assertThat(due(NIGHTLY.ifMissed(MissedRuns.skip()), last, "2026-03-29T01:05:00Z").run())
        .containsExactly(c);
    assertThat(due(NIGHTLY.ifMissed(MissedRuns.skip()), last, "2026-03-29T01:05:01Z").run())
        .isEmpty();
  }

  @Test
  void between_yearsOfMinutes_countsNoFurtherThanItsBound() {
    DueRuns due =
        DueRuns.between(ScheduleClock.of(Schedule.cron("* * * * *")), Instant.EPOCH, START);
    assertThat(due.run()).containsExactly(START);
    assertThat(due.leftOut()).isEqualTo(DueRuns.MOST_COUNTED);
  }

  @Test
  void between_clockWentBack_repeatsNothing_unlessItWasWrongBefore() {
    Schedule minutes = Schedule.cron("* * * * *");
    DueRuns little = due(minutes, "2026-03-27T12:00:00Z", "2026-03-27T11:30:00Z");
    assertThat(little.run()).isEmpty();
    assertThat(little.next()).contains(at("2026-03-27T12:01:00Z"));
    assertThat(little.covered()).isEqualTo(at("2026-03-27T12:00:00Z"));
    DueRuns far = due(minutes, "2099-03-27T12:00:00Z", "2026-03-27T11:30:00Z");
    assertThat(far.run()).isEmpty();
    assertThat(far.next()).contains(at("2026-03-27T11:31:00Z"));
    assertThat(far.covered()).isEqualTo(at("2026-03-27T11:30:00Z"));
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void between_polledAtAnyTimes_runsAreOnTimeInOrderAndNeverTwice(
      @ForAll("schedules") Schedule schedule,
      @ForAll @Size(min = 1, max = 20) List<@IntRange(max = 40_000) Integer> minutes) {
    ScheduleClock clock = ScheduleClock.of(schedule);
    Instant last = START;
    Instant asked = START;
    List<Instant> ran = new ArrayList<>();
    for (int step : minutes) {
      Instant now = last.plus(Duration.ofMinutes(step));
      DueRuns due = DueRuns.between(clock, last, now);
      List<Instant> expected = new ArrayList<>();
      Optional<Instant> next = clock.after(last);
      while (next.filter(n -> !n.isAfter(now)).isPresent()) {
        expected.add(next.get());
        next = clock.after(next.get());
      }
      assertThat(due.next()).isEqualTo(next);
      int all = expected.size();
      if (schedule.missedRuns() instanceof MissedRuns.Skip skip) {
        expected.removeIf(e -> e.isBefore(now.minus(skip.tolerance())));
      }
      int limit = schedule.missedRuns() instanceof MissedRuns.RunAll runAll ? runAll.limit() : 1;
      List<Instant> newest =
          expected.subList(Math.max(0, expected.size() - limit), expected.size());
      assertThat(due.run()).isEqualTo(newest);
      assertThat(due.leftOut()).isEqualTo(Math.min(all - newest.size(), DueRuns.MOST_COUNTED));
      ran.addAll(due.run());
      last = due.covered();
      asked = asked.plus(Duration.ofMinutes(step));
      assertThat(last).isEqualTo(asked);
    }
    assertThat(ran).doesNotHaveDuplicates().isSorted();
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void between_askedWheneverItSays_runsAllOnTime(@ForAll("schedules") Schedule schedule) {
    ScheduleClock clock = ScheduleClock.of(schedule);
    Instant last = START;
    for (int i = 0; i < 50; i++) {
      Instant now = clock.after(last).orElseThrow();
      DueRuns due = DueRuns.between(clock, last, now);
      assertThat(due.run()).containsExactly(now);
      assertThat(due.leftOut()).isZero();
      last = due.covered();
    }
  }
}
