// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What every {@link KmeshTime} keeps. No test asserts how long anything took. */
public abstract class KmeshTimeContract {
  private static final Duration SHORT = Duration.ofMillis(2);
  private static final Duration NEVER = Duration.ofDays(400_000);

  /** For subclasses. */
  protected KmeshTimeContract() {}

  /** The time under test, always the same one within a test. */
  protected abstract KmeshTime time();

  /** Lets so much time pass: a manual clock is moved, a real one waited for. */
  protected abstract void pass(Duration duration) throws InterruptedException;

  @Test
  void nanoTime_whenTimePasses_grows() throws InterruptedException {
    long before = time().nanoTime();
    long wallBefore = time().now().toEpochMilli();
    pass(SHORT);
    assertThat(time().nanoTime() - before).isGreaterThanOrEqualTo(SHORT.toNanos());
    assertThat(time().now().toEpochMilli()).isGreaterThanOrEqualTo(wallBefore);
  }

  @Test
  void sleep_whenNoneOrNegative_returns() throws InterruptedException {
    time().sleep(Duration.ZERO);
    time().sleep(Duration.ofSeconds(-5));
  }

  @Test
  void sleep_whenInterrupted_throws() throws InterruptedException {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> time().sleep(NEVER)).isInstanceOf(InterruptedException.class);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    AtomicBoolean interrupted = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1);
    Thread sleeper =
        start(
            () -> {
              begun.countDown();
              try {
                time().sleep(NEVER);
              } catch (InterruptedException e) {
                interrupted.set(true);
              }
            });
    begun.await();
    sleeper.interrupt();
    join(sleeper);
    assertThat(interrupted).isTrue();
  }

  @Test
  void await_whenNotified_returns() throws InterruptedException {
    Object monitor = new Object();
    boolean[] done = new boolean[1];
    Thread waiter =
        start(
            () -> {
              synchronized (monitor) {
                try {
                  while (!done[0]) {
                    time().await(monitor, NEVER);
                  }
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
            });
    synchronized (monitor) {
      done[0] = true;
      monitor.notifyAll();
    }
    join(waiter);
  }

  @Test
  void await_whenNoTimeIsGiven_returns() throws InterruptedException {
    Object monitor = new Object();
    synchronized (monitor) {
      time().await(monitor, Duration.ZERO);
      time().await(monitor, Duration.ofSeconds(-1));
    }
  }

  @Test
  void await_whenMonitorIsNotHeld_isRefused() {
    assertThatThrownBy(() -> time().await(new Object(), SHORT))
        .isInstanceOf(IllegalMonitorStateException.class);
  }

  @Test
  void schedule_whenDue_runsOnceInOrder() throws InterruptedException {
    List<String> ran = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch last = new CountDownLatch(1);
    time().schedule(SHORT.multipliedBy(20), () -> ran.add("second"));
    time().schedule(SHORT, () -> ran.add("first"));
    time().schedule(SHORT.multipliedBy(40), last::countDown);
    pass(SHORT.multipliedBy(40));
    assertThat(last.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(ran).containsExactly("first", "second");
  }

  @Test
  void schedule_whenDelayIsNegative_runsAtOnce() throws InterruptedException {
    CountDownLatch ran = new CountDownLatch(1);
    time().schedule(Duration.ofSeconds(-3), ran::countDown);
    pass(SHORT);
    assertThat(ran.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void cancel_whenNotBegun_keepsItFromRunning() throws InterruptedException {
    AtomicBoolean ran = new AtomicBoolean();
    CountDownLatch last = new CountDownLatch(1);
    KmeshTime.Timer timer = time().schedule(Duration.ofSeconds(30), () -> ran.set(true));
    time().schedule(SHORT, last::countDown);
    timer.cancel();
    timer.cancel();
    pass(SHORT);
    assertThat(last.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(ran).isFalse();
  }

  private static Thread start(Runnable task) {
    Thread thread = new Thread(task, "contract-of-time");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void join(Thread thread) throws InterruptedException {
    thread.join(TimeUnit.SECONDS.toMillis(60));
    assertThat(thread.isAlive()).as("the thread is still waiting").isFalse();
  }
}
