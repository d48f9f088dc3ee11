// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.RetryPolicy;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.time.ManualTime;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** How long to wait for the next try, and for the next token. */
class BackoffTest {
  private static final RetryPolicy POLICY =
      new RetryPolicy(5, Duration.ofMillis(100), Duration.ofSeconds(3));

  @Property(tries = 300)
  void delay_whenTransient_isBelowTheDoubledBaseAndTheCap(
      @ForAll @IntRange(min = 1, max = 100) int tries, @ForAll long seed) {
    Backoff backoff = new Backoff(POLICY, new SplittableRandom(seed));
    Duration delay = backoff.delay(tries, new ProviderException(ErrorKind.TRANSIENT, "again"));
    long bound = Math.min(3000, tries > 10 ? 3000 : 100L << (tries - 1));
    assertThat(delay).isBetween(Duration.ZERO, Duration.ofMillis(bound));
    assertThat(backoff.allows(tries)).isEqualTo(tries < 5);
  }

  @Property(tries = 100)
  void delay_whenStoreSaysWhen_isNeverEarlier(
      @ForAll @IntRange(min = 1, max = 10) int tries,
      @ForAll @LongRange(min = 0, max = 100_000) long millis,
      @ForAll long seed) {
    Duration asked = Duration.ofMillis(millis);
    ProviderException failure =
        new ProviderException(ErrorKind.THROTTLED, "slow", null, null, asked, null);
    Duration delay = new Backoff(POLICY, new SplittableRandom(seed)).delay(tries, failure);
    assertThat(delay).isBetween(asked, asked.plusMillis(100));
  }

  @Test
  void delay_whenManyFailAtOnce_spreadsThem() {
    Backoff backoff = new Backoff(POLICY, new SplittableRandom(1));
    Set<Long> slots = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      slots.add(
          backoff.delay(6, new ProviderException(ErrorKind.TRANSIENT, "again")).toMillis() / 100);
    }
    assertThat(slots).hasSize(31 - 1);
  }

  @Property(tries = 200)
  void take_whenAnyAmounts_keepsTheRate(
      @ForAll @LongRange(min = 1, max = 1_000_000) long perSecond,
      @ForAll @Size(min = 1, max = 50) List<@LongRange(min = 0, max = 3_000_000) Long> amounts) {
    ManualTime time = ManualTime.create();
    TokenBucket bucket = new TokenBucket(time, perSecond);
    long begin = time.nanoTime();
    long taken = 0;
    for (long amount : amounts) {
      taken += amount;
      time.advance(bucket.take(amount));
      double seconds = (time.nanoTime() - begin) / 1e9;
      assertThat((double) taken)
          .as("at most one second's worth more than the rate gives")
          .isLessThanOrEqualTo((seconds + 1) * perSecond * (1 + 1e-9) + 1);
    }
  }

  @Test
  void left_whenTheHourChanges_isAtTheNewRate_andNothingIsLost() {
    // The clock stands at midnight: none until one, then two a second.
    RateCalendar calendar =
        new RateCalendar(
            ZoneOffset.UTC,
            2,
            List.of(
                new RateCalendar.Window(
                    EnumSet.allOf(DayOfWeek.class), LocalTime.MIDNIGHT, LocalTime.of(1, 0), 0)));
    ManualTime time = ManualTime.create();
    TokenBucket bucket = new TokenBucket(time, calendar);
    long first = bucket.reserve(10);
    long second = bucket.reserve(4);
    for (int i = 0; i < 3600; i++) {
      assertThat(bucket.left(first)).isEqualTo(Duration.ofSeconds(1));
      time.advance(Duration.ofSeconds(1));
    }
    assertThat(bucket.left(first)).isEqualTo(Duration.ofSeconds(5));
    assertThat(bucket.left(second)).isEqualTo(Duration.ofSeconds(7));
    time.advance(Duration.ofSeconds(5));
    assertThat(bucket.left(first)).isZero();
    assertThat(bucket.left(second)).isEqualTo(Duration.ofSeconds(2));
    time.advance(Duration.ofSeconds(2));
    assertThat(bucket.left(second)).isZero();
  }

  @Test
  void left_whenTheLimitEnds_isZeroForAll() {
    RateCalendar calendar =
        new RateCalendar(
            ZoneOffset.UTC,
            RateCalendar.UNLIMITED,
            List.of(
                new RateCalendar.Window(
                    EnumSet.allOf(DayOfWeek.class), LocalTime.MIDNIGHT, LocalTime.of(1, 0), 1)));
    ManualTime time = ManualTime.create();
    TokenBucket bucket = new TokenBucket(time, calendar);
    long all = bucket.reserve(1_000_000);
    assertThat(bucket.left(all)).isEqualTo(Duration.ofSeconds(999_999));
    time.advance(Duration.ofHours(1));
    assertThat(bucket.left(all)).isZero();
    assertThat(bucket.take(Long.MAX_VALUE >> 10)).isZero();
  }
}
