// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.engine.RetryPolicy;
import io.kmesh.engine.StorePace;
import io.kmesh.flows.FlowRate;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A governor before a simulated store, in the time of a scheduler. */
class StoreGovernorTest {
  private static final long MILLI = 1_000_000;
  private static final long SMALL = 16 << 10;
  private static final long PART = 8 << 20;

  /**
   * A store that does so much at a time, more wait, and far more slow it down; and its clients,
   * each with one request at a time. All of it is events in an order that their times decide.
   */
  private static final class Simulated {
    private final ManualTime time = ManualTime.create();
    private final long start = time.nanoTime();
    private final PriorityQueue<Event> events =
        new PriorityQueue<>(Comparator.comparing(Event::at).thenComparing(Event::number));
    private final StoreGovernor governor;
    private final Backoff backoff;
    private final int capacity;
    private final long serviceNanos;
    private LongFunction<@Nullable ProviderException> refusal = now -> null;
    private long numbers;
    private int underWay;
    private int most;
    private int served;
    private int refused;
    private final List<Long> sentAt = new ArrayList<>();

    private record Event(long at, long number, Runnable action) {}

    Simulated(long seed, StorePace pace, int capacity, long serviceNanos) {
      SplittableRandom random = new SplittableRandom(seed);
      governor = new StoreGovernor(time, pace, random, Observer.NONE);
      backoff =
          new Backoff(new RetryPolicy(1000, Duration.ofMillis(10), Duration.ofMillis(200)), random);
      this.capacity = capacity;
      this.serviceNanos = serviceNanos;
    }

    long now() {
      return time.nanoTime() - start;
    }

    private void later(long nanos, Runnable action) {
      events.add(new Event(now() + nanos, numbers++, action));
    }

    /** Clients that send so many requests each. */
    void clients(int count, int requests, long bytes, Runnable atEnd) {
      for (int i = 0; i < count; i++) {
        later(0, () -> request(bytes, requests, 1, atEnd));
      }
    }

    void clients(int count, int requests, long bytes) {
      clients(count, requests, bytes, () -> {});
    }

    private void request(long bytes, int left, int tries, Runnable atEnd) {
      if (left == 0) {
        atEnd.run();
        return;
      }
      StoreGovernor.Permit[] permit = new StoreGovernor.Permit[1];
      permit[0] =
          governor.enqueue(bytes, () -> later(0, () -> send(permit[0], bytes, left, tries, atEnd)));
      lookAfterPause();
    }

    private void lookAfterPause() {
      if (!governor.pause().isZero()) {
        later(
            governor.pause().toNanos(),
            () -> {
              governor.look();
              lookAfterPause();
            });
      }
    }

    private void send(
        StoreGovernor.Permit permit, long bytes, int left, int tries, Runnable atEnd) {
      sentAt.add(now());
      underWay++;
      most = Math.max(most, underWay);
      ProviderException refusing = refusal.apply(now());
      if (refusing == null) {
        double crowd = Math.max(1.0, (double) underWay / capacity);
        double thrashing = Math.max(1.0, underWay / (3.0 * capacity));
        later(
            (long) (serviceNanos * (1 + bytes / SMALL / 16) * crowd * thrashing),
            () -> {
              underWay--;
              served++;
              permit.succeeded();
              request(bytes, left - 1, 1, atEnd);
            });
      } else {
        refused++;
        later(
            MILLI,
            () -> {
              underWay--;
              permit.failed(refusing);
              later(
                  backoff.delay(tries, refusing).toNanos(),
                  () -> request(bytes, left, tries + 1, atEnd));
            });
      }
    }

    void run() {
      for (Event e = events.poll(); e != null; e = events.poll()) {
        if (e.at > now()) {
          time.advance(Duration.ofNanos(e.at - now()));
        }
        e.action.run();
      }
    }

    double perSecond() {
      return served * 1e9 / now();
    }
  }

  private static StorePace pace(int least, int first, int most) {
    return new StorePace(least, first, most, FlowRate.UNLIMITED, OptionalLong.empty());
  }

  private static ProviderException slowDown(@Nullable Duration retryAfter) {
    return new ProviderException(ErrorKind.THROTTLED, "slow down", null, null, retryAfter, null);
  }

  @Test
  void limit_ofAStoreWithRoom_growsToWhereMoreDoesNotHelp() {
    for (int capacity : new int[] {2, 8, 24}) {
      Simulated store = new Simulated(capacity, pace(1, 4, 64), capacity, 20 * MILLI);
      store.clients(64, 60, SMALL);
      store.run();
      double best = capacity / 0.020;
      assertThat(store.served).isEqualTo(64 * 60);
      assertThat(store.perSecond()).as("of %s a second", best).isGreaterThan(0.6 * best);
      assertThat(store.governor.limit()).isBetween(Math.max(1, capacity / 2), 3 * capacity);
      assertThat(store.most).isLessThanOrEqualTo(Math.max(8, 4 * capacity));
    }
  }

  @Test
  void limit_whereMoreSlowsAllDown_doesNotCollapse() {
    Simulated store = new Simulated(7, pace(1, 32, 64), 3, 20 * MILLI);
    store.clients(64, 60, SMALL);
    store.run();
    assertThat(store.governor.limit()).isLessThan(16);
  }

  @Test
  void throttled_storeThatRefusesManyAtATime_isKeptNearWhatItTakes() {
    Simulated store = new Simulated(3, pace(1, 4, 64), 100, 20 * MILLI);
    store.refusal = now -> store.underWay > 12 ? slowDown(null) : null;
    store.clients(64, 80, SMALL);
    store.run();
    assertThat(store.served).isEqualTo(64 * 80);
    assertThat(store.refused).isLessThan(store.served / 10);
    assertThat(store.perSecond()).isGreaterThan(0.3 * 12 / 0.020);
  }

  @Test
  void throttled_withRetryAfter_sendsNothingBeforeAndThenOneAlone() {
    Simulated store = new Simulated(5, pace(1, 16, 64), 100, 20 * MILLI);
    long end = 3_000 * MILLI;
    boolean[] isSaid = {false};
    long[] said = {0};
    store.refusal =
        now -> {
          if (!isSaid[0] && store.served > 100) {
            isSaid[0] = true;
            said[0] = now;
            return slowDown(Duration.ofNanos(end));
          }
          return null;
        };
    store.clients(32, 20, SMALL);
    store.run();
    long answered = said[0] + MILLI;
    assertThat(store.sentAt).noneMatch(at -> at > answered && at < answered + end);
    long first = store.sentAt.stream().filter(at -> at > answered).min(Long::compare).orElseThrow();
    long alone = first + 20 * MILLI;
    assertThat(store.sentAt.stream().filter(at -> at > answered && at < alone)).hasSize(1);
    assertThat(store.served).isEqualTo(32 * 20);
  }

  @Test
  void throttled_byAllAnswersForAWhile_sendsFewAndRecovers() {
    Simulated store = new Simulated(11, pace(1, 4, 64), 16, 20 * MILLI);
    long from = 2_000 * MILLI;
    long to = 12_000 * MILLI;
    store.refusal = now -> now >= from && now < to ? slowDown(null) : null;
    store.clients(48, 150, SMALL);
    store.run();
    assertThat(store.served).isEqualTo(48 * 150);
    // 10 s, one try after each pause and what was under way at first.
    assertThat(store.refused).isBetween(1, 40);
    assertThat(store.governor.limit()).isGreaterThanOrEqualTo(8);
  }

  @Test
  void smallRequests_besideManyLargeOnes_getTheirShare() {
    Simulated store = new Simulated(1, pace(8, 8, 8), 8, 20 * MILLI);
    List<Integer> largeAtTheirEnd = new ArrayList<>();
    store.clients(32, 20, PART);
    store.clients(16, 20, SMALL, () -> largeAtTheirEnd.add(store.served));
    store.run();
    assertThat(store.served).isEqualTo(48 * 20);
    // Served in the order of arrival, each small one would wait for two large ones.
    assertThat(largeAtTheirEnd).hasSize(16).allMatch(served -> served < 16 * 20 + 32 * 20 / 8);
  }

  @Test
  void rates_areKept() throws IOException {
    ManualTime time = ManualTime.skipping();
    StorePace pace = pace(4, 4, 4).withRequestsPerSecond(50).withBytesPerSecond(100 * SMALL);
    for (int bytes : new int[] {0, 4 * (int) SMALL}) {
      StoreGovernor governor =
          new StoreGovernor(time, pace, new SplittableRandom(1), Observer.NONE);
      long began = time.nanoTime();
      for (int i = 0; i < 400; i++) {
        governor.acquire(bytes, () -> false).succeeded();
      }
      // One second's worth is there at first.
      long seconds = bytes == 0 ? 400 / 50 - 1 : 1600 / 100 - 1;
      assertThat(time.nanoTime() - began)
          .isBetween(seconds * 1000 * MILLI, seconds * 1000 * MILLI + 100 * MILLI);
    }
  }

  @Test
  void acquire_whenCancelledDuringAPause_fails() throws IOException {
    ManualTime time = ManualTime.skipping();
    StoreGovernor governor =
        new StoreGovernor(time, pace(1, 4, 4), new SplittableRandom(1), Observer.NONE);
    governor.acquire(0, () -> false).throttled(Duration.ofHours(1));
    long until = time.nanoTime() + 5_500 * MILLI;
    assertThatThrownBy(() -> governor.acquire(0, () -> time.nanoTime() >= until))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CANCELLED));
    assertThat(time.nanoTime() - until).isLessThanOrEqualTo(1000 * MILLI);
    assertThat(governor.underWay()).isZero();
    governor.acquire(0, () -> false).succeeded(); // the pause is waited for
    assertThat(time.nanoTime() - until).isGreaterThan(3_500_000 * MILLI);
  }

  @Test
  void acquire_byManyThreads_letsAsManyGoAsTheLimit() throws Exception {
    StoreGovernor governor =
        new StoreGovernor(
            RunningTime.instance(), pace(3, 3, 3), new SplittableRandom(1), Observer.NONE);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  for (int n = 0; n < 200; n++) {
                    StoreGovernor.Permit permit = governor.acquire(n, () -> false);
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    inside.decrementAndGet();
                    permit.succeeded();
                    done.incrementAndGet();
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(done).hasValue(12 * 200);
    assertThat(most.get()).isBetween(1, 3);
    assertThat(governor.underWay()).isZero();
  }

  @Test
  void acquire_whenInterrupted_fails() throws Exception {
    StoreGovernor governor =
        new StoreGovernor(
            RunningTime.instance(), pace(1, 1, 1), new SplittableRandom(1), Observer.NONE);
    StoreGovernor.Permit held = governor.acquire(0, () -> false);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> governor.acquire(0, () -> false))
        .isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
    held.succeeded();
    assertThat(governor.underWay()).isZero();
    governor.acquire(0, () -> false).succeeded();
  }

  @Property(tries = 40)
  void governor_whateverTheStoreAnswers_keepsItsBoundsAndLetsAllGo(
      @ForAll @LongRange(max = 1_000_000) long seed,
      @ForAll @IntRange(min = 1, max = 24) int clients,
      @ForAll @IntRange(min = 1, max = 4) int least,
      @ForAll @IntRange(max = 30) int throttledPercent) {
    int most = least + 12;
    Simulated store = new Simulated(seed, pace(least, least + 1, most), 5, 10 * MILLI);
    SplittableRandom answers = new SplittableRandom(seed);
    store.refusal =
        now -> {
          int drawn = answers.nextInt(100);
          assertThat(store.underWay).isLessThanOrEqualTo(most);
          assertThat(store.governor.limit()).isBetween(least, most);
          if (drawn < throttledPercent) {
            return slowDown(drawn % 3 == 0 ? Duration.ofMillis(drawn * 10L) : null);
          }
          return drawn < throttledPercent + 5
              ? new ProviderException(ErrorKind.TRANSIENT, "lost")
              : null;
        };
    store.clients(clients, 20, SMALL);
    store.clients(2, 5, PART);
    store.run();
    assertThat(store.served).isEqualTo(clients * 20 + 10);
    assertThat(store.governor.underWay()).isZero();
  }
}
