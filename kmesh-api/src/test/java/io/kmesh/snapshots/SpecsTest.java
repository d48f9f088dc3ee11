// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SpecsTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static void refused(String reason, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void schedule_inWords() {
    assertThat(Schedule.daily(LocalTime.of(2, 0)).in(BERLIN))
        .hasToString("daily at 02:00 (Europe/Berlin), missed runs are made up for by one run");
    assertThat(Schedule.weekly(DayOfWeek.SUNDAY, LocalTime.of(2, 0)).ifMissed(MissedRuns.runAll(3)))
        .hasToString(
            "weekly on SUNDAY at 02:00 (Z), missed runs are made up for one by one, at most 3");
    assertThat(Schedule.every(Duration.ofHours(6)).ifMissed(MissedRuns.skip()))
        .hasToString("every PT6H (Z), missed runs are skipped when later than PT5M");
    assertThat(Schedule.cron("@hourly").timing()).hasToString("cron 0 * * * *");
    assertThat(Schedule.monthly(31, LocalTime.NOON).timing())
        .hasToString("monthly on day 31 at 12:00");
    assertThat(Schedule.hourly(5).timing()).hasToString("hourly at minute 5");
  }

  @Test
  void schedule_zonesOfOneMeaning_areEqual() {
    assertThat(Schedule.hourly(0).in(ZoneId.of("UTC")))
        .isEqualTo(Schedule.hourly(0).in(ZoneOffset.UTC))
        .isEqualTo(Schedule.hourly(0).toBuilder().build());
  }

  @Test
  void schedule_outOfRange_isRefused() {
    refused("whole minutes", () -> Schedule.daily(LocalTime.of(2, 0, 1)));
    refused("0 to 59", () -> Schedule.hourly(60));
    refused("1 to 31", () -> Schedule.monthly(0, LocalTime.NOON));
    refused("from a minute", () -> Schedule.every(Duration.ofSeconds(59)));
    refused("whole seconds", () -> Schedule.every(Duration.ofMinutes(1).plusNanos(1)));
    refused("years 0 to 9999", () -> Schedule.every(Duration.ofHours(1), Instant.MAX));
    refused("no times", () -> Schedule.builder().build());
    refused("1 to 1000", () -> MissedRuns.runAll(0));
    refused("at most a day", () -> MissedRuns.skip(Duration.ofDays(2)));
    refused("more than nothing", () -> MissedRuns.skip(Duration.ZERO));
  }

  @Test
  void policy_thatKeepsNothing_isRefused() {
    refused("it keeps nothing", () -> RetentionPolicy.builder().build());
    refused("daily is -1", () -> RetentionPolicy.builder().daily(-1).build());
    refused("longer than nothing", () -> RetentionPolicy.builder().within(Duration.ZERO).build());
    refused("blank", () -> RetentionPolicy.builder().tag(" ").build());
  }

  @Test
  void policy_inWords_andOneFormForEqualOnes() {
    RetentionPolicy policy =
        RetentionPolicy.builder().last(3).daily(7).tag("b").tag("a").in(BERLIN).build();
    assertThat(policy).hasToString("keep last 3, daily 7, tagged a or b (Europe/Berlin)");
    assertThat(policy)
        .isEqualTo(new RetentionPolicy(3, null, 0, 7, 0, 0, 0, Set.of("a", "b"), BERLIN))
        .isEqualTo(policy.toBuilder().build());
    assertThat(policy.toBuilder().within(Duration.ofDays(1)).build().within())
        .contains(Duration.ofDays(1));
  }
}
