// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManualTimeTest {
  private final ManualTime time = ManualTime.create();

  @Test
  void advance_whenTimersAreDue_runsThemInOrderAtTheirTimes() {
    List<String> ran = new ArrayList<>();
    time.schedule(Duration.ofSeconds(2), () -> ran.add("two at " + seconds()));
    time.schedule(
        Duration.ofSeconds(1),
        () -> {
          ran.add("one at " + seconds());
          time.schedule(Duration.ofSeconds(1), () -> ran.add("added at " + seconds()));
        });
    time.schedule(Duration.ofSeconds(9), () -> ran.add("nine"));
    time.advance(Duration.ofSeconds(3));
    assertThat(ran).containsExactly("one at 1", "two at 2", "added at 2");
    assertThat(seconds()).isEqualTo(3);
    assertThat(time.timers()).isEqualTo(1);
  }

  @Test
  void cancel_whenNotRun_keepsTheTaskFromRunning() {
    List<String> ran = new ArrayList<>();
    KmeshTime.Timer timer = time.schedule(Duration.ofSeconds(1), () -> ran.add("x"));
    timer.cancel();
    time.advance(Duration.ofSeconds(5));
    assertThat(ran).isEmpty();
  }

  @Test
  void runUntilIdle_whenTimersAddTimers_runsAll() {
    List<Long> ran = new ArrayList<>();
    Runnable[] again = new Runnable[1];
    again[0] =
        () -> {
          ran.add(seconds());
          if (ran.size() < 4) {
            time.schedule(Duration.ofSeconds(10), again[0]);
          }
        };
    time.schedule(Duration.ofSeconds(10), again[0]);
    assertThat(time.runUntilIdle()).isEqualTo(4);
    assertThat(ran).containsExactly(10L, 20L, 30L, 40L);
  }

  @Test
  void sleep_whenAdvancedEnough_wakes() throws InterruptedException {
    Thread sleeper =
        new Thread(
            () -> {
              try {
                time.sleep(Duration.ofMinutes(1));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    sleeper.start();
    time.awaitWaiting(1);
    time.advance(Duration.ofSeconds(59));
    assertThat(sleeper.isAlive()).isTrue();
    time.advance(Duration.ofSeconds(1));
    sleeper.join();
  }

  @Test
  void await_whenTimeIsOverOrNotified_wakes() throws InterruptedException {
    Object monitor = new Object();
    boolean[] done = new boolean[1];
    Thread waiter =
        new Thread(
            () -> {
              synchronized (monitor) {
                long end = time.nanoTime() + Duration.ofSeconds(5).toNanos();
                while (!done[0] && time.nanoTime() < end) {
                  try {
                    time.await(monitor, Duration.ofNanos(end - time.nanoTime()));
                  } catch (InterruptedException e) {
                    return;
                  }
                }
              }
            });
    waiter.start();
    time.awaitWaiting(1);
    time.advance(Duration.ofSeconds(5));
    waiter.join();
    assertThatThrownBy(() -> time.await(monitor, Duration.ofSeconds(1)))
        .isInstanceOf(IllegalMonitorStateException.class);
  }

  @Test
  void jump_whenBack_movesTheTimeOfDayAlone() {
    time.advance(Duration.ofSeconds(7));
    time.jump(Duration.ofHours(-1));
    assertThat(time.now()).isEqualTo(ManualTime.START.plusSeconds(7 - 3600));
    assertThat(seconds()).isEqualTo(7);
  }

  @Test
  void sleep_whenSkipping_passesTimeAndRunsTimers() throws InterruptedException {
    ManualTime moving = ManualTime.skipping();
    List<String> ran = new ArrayList<>();
    moving.schedule(Duration.ofSeconds(1), () -> ran.add("timer"));
    moving.sleep(Duration.ofSeconds(2));
    assertThat(ran).containsExactly("timer");
    assertThat(moving.nanoTime()).isEqualTo(2_000_000_000L);
  }

  private long seconds() {
    return time.nanoTime() / 1_000_000_000L;
  }
}
