// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.transfer.RateCalendar;
import io.kmesh.testkit.time.ManualTime;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How fast a link may send, and when. */
class RateTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static final RateCalendar OFFICE =
      new RateCalendar(
          BERLIN,
          RateCalendar.UNLIMITED,
          List.of(
              new RateCalendar.Window(
                  EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY),
                  LocalTime.of(8, 0),
                  LocalTime.of(18, 0),
                  1000),
              new RateCalendar.Window(
                  Set.of(DayOfWeek.SATURDAY), LocalTime.of(22, 0), LocalTime.of(2, 30), 0)));

  /** 2026-03-29 and 2026-10-25, both Sundays, are the days on which Berlin's clocks change. */
  @ParameterizedTest
  @CsvSource({
    "2026-03-27T06:59:59Z, -1", // Friday 7:59, winter
    "2026-03-27T07:00:00Z, 1000", // 8:00
    "2026-03-27T16:59:59Z, 1000",
    "2026-03-27T17:00:00Z, -1", // 18:00
    "2026-03-30T05:59:59Z, -1", // Monday 7:59, summer
    "2026-03-30T06:00:00Z, 1000",
    "2026-03-28T20:59:59Z, -1", // Saturday 21:59
    "2026-03-28T21:00:00Z, 0",
    "2026-03-29T00:59:59Z, 0", // Sunday 1:59, then 3:00: 2:30 never was
    "2026-03-29T01:00:00Z, -1",
    "2026-10-25T00:29:59Z, 0", // Sunday 2:29 summer
    "2026-10-25T00:30:00Z, -1", // 2:30
    "2026-10-25T01:00:00Z, 0", // 2:00 again, winter
    "2026-10-25T01:29:59Z, 0",
    "2026-10-25T01:30:00Z, -1"
  })
  void rateAt_wallClock_daylightSavingIncluded(Instant time, long rate) {
    assertThat(OFFICE.rateAt(time)).isEqualTo(rate < 0 ? RateCalendar.UNLIMITED : rate);
  }

  @Test
  void calendar_negativeRate_orNoDay_isRefused() {
    assertThatThrownBy(() -> RateCalendar.always(-1)).hasMessageContaining("-1 bytes a second");
    assertThatThrownBy(
            () -> new RateCalendar.Window(Set.of(), LocalTime.NOON, LocalTime.MIDNIGHT, 5))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void limit_passesTheRateOverTime_largeMessagesIncluded() {
    ManualTime time = ManualTime.create();
    RateLimit limit = new RateLimit(time, RateCalendar.always(1_000_000));
    long sent = 0;
    Instant began = time.now();
    while (sent < 20_000_000) {
      Duration delay = limit.delay();
      assertThat(delay).isLessThanOrEqualTo(Duration.ofSeconds(1));
      if (delay.isZero()) {
        int message = sent % 3 == 0 ? 2_500_000 : 1000;
        limit.spend(message);
        sent += message;
      } else {
        time.advance(delay);
      }
    }
    time.advance(limit.delay());
    assertThat(Duration.between(began, time.now()).toMillis()).isBetween(17_000L, 23_000L);
  }

  @Test
  void limit_idle_savesATenthOfASecondOnly() {
    ManualTime time = ManualTime.create();
    RateLimit limit = new RateLimit(time, RateCalendar.always(1_000_000));
    time.advance(Duration.ofHours(1));
    limit.spend(100_000);
    assertThat(limit.delay()).isPositive();
  }

  @Test
  void limit_changedWhileRunning_countsAtOnce() {
    ManualTime time = ManualTime.create();
    RateLimit limit = RateLimit.none(time);
    limit.spend(Long.MAX_VALUE / 2);
    assertThat(limit.delay()).isZero();
    limit.set(RateCalendar.always(0));
    time.advance(Duration.ofDays(1));
    assertThat(limit.delay()).isEqualTo(Duration.ofSeconds(1));
    limit.set(RateCalendar.always(10));
    limit.spend(5);
    assertThat(limit.delay()).isPositive().isLessThan(Duration.ofSeconds(1));
    limit.set(RateCalendar.always(RateCalendar.UNLIMITED));
    assertThat(limit.delay()).isZero();
  }

  /** Whatever its threads do, a session has sent no more than the time that has passed allows. */
  @Test
  void session_limited_sendsNoMoreThanItsRate() throws Exception {
    ManualTime time = ManualTime.create();
    MemoryTransport.Network network = new MemoryTransport.Network();
    Recorder there = new Recorder();
    byte[] noise = new byte[100_000];
    new java.util.Random(1).nextBytes(noise);
    int count = 30;
    try (LinkServer server =
            LinkServer.start(
                network.site(Link.BURST),
                "burst",
                settings(time, "burst", Link.TWO),
                peer -> there);
        LinkDialer dialer =
            LinkDialer.start(
                network.site(Link.LAB),
                "burst",
                settings(time, "lab", Link.ONE),
                "burst",
                Set.of("job42"),
                new Recorder())) {
      LinkSession session = dialer.awaitSession(Link.LONG);
      session.limit(RateCalendar.always(1_000_000));
      long began = time.nanoTime();
      Thread sender =
          io.kmesh.core.internal.time.KmeshThreads.start(
              "test-sender",
              () -> {
                try {
                  for (int i = 0; i < count; i++) {
                    session.sendBulk(noise.clone());
                  }
                } catch (LinkLostException | InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      int arrived = 0;
      while (arrived < count) {
        arrived = there.bulks().size();
        long allowed = (time.nanoTime() - began) / 1000;
        // A tenth of a second may be saved, and each of three streams goes into debt once.
        assertThat(arrived * 100_000L).isLessThanOrEqualTo(allowed + 100_000 + 3 * 100_100);
        time.advance(Duration.ofMillis(10));
        Thread.onSpinWait();
      }
      sender.join();
      assertThat(server.sessions()).hasSize(1);
    }
  }

  private static LinkSettings settings(ManualTime time, String site, String instance) {
    return LinkSettings.builder(time, site, instance)
        .longestMessage(256 << 10)
        .windows(1 << 20, 4 << 20)
        .streams(3, 3)
        .patience(Duration.ofHours(100), Duration.ofHours(1000), Duration.ofHours(1000))
        .build();
  }

  @Test
  void limit_followsTheCalendar() {
    ManualTime time = ManualTime.startingAt(Instant.parse("2026-03-27T06:59:00Z"));
    RateLimit limit = new RateLimit(time, OFFICE);
    assertThat(limit.rate()).isEqualTo(RateCalendar.UNLIMITED);
    time.advance(Duration.ofMinutes(2));
    assertThat(limit.rate()).isEqualTo(1000);
  }
}
