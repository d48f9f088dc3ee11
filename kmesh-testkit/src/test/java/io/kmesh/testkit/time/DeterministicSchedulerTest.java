// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeterministicSchedulerTest {
  /**
   * Two producers and two consumers of a bounded queue, as code that waits on monitors is written.
   */
  private static List<String> run(long seed) {
    DeterministicScheduler scheduler = new DeterministicScheduler(seed);
    KmeshTime time = scheduler.time();
    Deque<String> queue = new ArrayDeque<>();
    List<String> got = new ArrayList<>();
    for (int p = 0; p < 2; p++) {
      String name = "p" + p;
      scheduler.start(
          name,
          () -> {
            for (int i = 0; i < 5; i++) {
              synchronized (queue) {
                while (queue.size() >= 2) {
                  await(time, queue);
                }
                queue.add(name + i);
                queue.notifyAll();
              }
              scheduler.yieldNow();
            }
          });
      scheduler.start(
          "c" + p,
          () -> {
            for (int i = 0; i < 5; i++) {
              synchronized (queue) {
                while (queue.isEmpty()) {
                  await(time, queue);
                }
                got.add(queue.remove());
                queue.notifyAll();
              }
            }
          });
    }
    scheduler.runUntilIdle();
    return got;
  }

  private static void await(KmeshTime time, Object monitor) {
    try {
      time.await(monitor, Duration.ofDays(1));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void runUntilIdle_whenSeedIsTheSame_runsTheSame() {
    Set<List<String>> orders = new HashSet<>();
    for (long seed = 0; seed < 20; seed++) {
      List<String> once = run(seed);
      assertThat(once).hasSize(10).doesNotHaveDuplicates();
      assertThat(run(seed)).isEqualTo(once);
      orders.add(once);
    }
    assertThat(orders).as("different orders of 20 seeds").hasSizeGreaterThan(5);
  }

  @Test
  void sleep_whenNothingElseCanRun_movesTime() {
    DeterministicScheduler scheduler = new DeterministicScheduler(1);
    KmeshTime time = scheduler.time();
    List<String> done = new ArrayList<>();
    scheduler.start("long", () -> sleepAndSay(time, 3600, done, "long"));
    scheduler.start("short", () -> sleepAndSay(time, 1, done, "short"));
    time.schedule(Duration.ofSeconds(60), () -> done.add("timer at " + seconds(time)));
    KmeshTime.Timer cancelled = time.schedule(Duration.ofSeconds(5), () -> done.add("cancelled"));
    cancelled.cancel();
    scheduler.runUntilIdle();
    assertThat(done).containsExactly("short at 1", "timer at 60", "long at 3600");
  }

  /** Each is woken by the other's step, looks, and waits again: nothing but time ends that. */
  @Test
  void tasksThatOnlyWakeEachOther_waitUntilTimeMoves() {
    for (long seed = 0; seed < 5; seed++) {
      DeterministicScheduler scheduler = new DeterministicScheduler(seed);
      KmeshTime time = scheduler.time();
      List<String> done = new ArrayList<>();
      scheduler.start("a", () -> awaitUntil(time, 60, done));
      scheduler.start("b", () -> awaitUntil(time, 30, done));
      scheduler.start("sleeper", () -> sleepAndSay(time, 10, done, "sleeper"));
      scheduler.runUntilIdle();
      assertThat(done).as("seed %d", seed).containsExactly("sleeper at 10", "30", "60");
      assertThat(time.nanoTime()).isEqualTo(Duration.ofSeconds(60).toNanos());
    }
  }

  private static void awaitUntil(KmeshTime time, int seconds, List<String> done) {
    long end = Duration.ofSeconds(seconds).toNanos();
    Object monitor = new Object();
    synchronized (monitor) {
      while (time.nanoTime() < end) {
        try {
          time.await(monitor, Duration.ofNanos(end - time.nanoTime()));
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }
    done.add("" + seconds);
  }

  @Test
  void tasksThatNeverEnd_areNamed_withTheSeed() {
    DeterministicScheduler scheduler = new DeterministicScheduler(7);
    scheduler.start(
        "spinner",
        () -> {
          while (true) {
            scheduler.yieldNow();
          }
        });
    assertThatThrownBy(() -> scheduler.runUntilIdle(10_000))
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(
            "did not end in 10000 steps", "seed 7", "spinner READY", "Last went on");
  }

  @Test
  void runUntilIdle_whenATaskFails_namesItAndTheSeed() {
    DeterministicScheduler scheduler = new DeterministicScheduler(42);
    scheduler.start(
        "bad",
        () -> {
          throw new IllegalStateException("wrong");
        });
    assertThatThrownBy(scheduler::runUntilIdle)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("bad")
        .hasMessageContaining("42")
        .hasRootCauseMessage("wrong");
  }

  private static void sleepAndSay(KmeshTime time, int seconds, List<String> done, String name) {
    try {
      time.sleep(Duration.ofSeconds(seconds));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    done.add(name + " at " + seconds(time));
  }

  private static long seconds(KmeshTime time) {
    return time.nanoTime() / 1_000_000_000L;
  }
}
