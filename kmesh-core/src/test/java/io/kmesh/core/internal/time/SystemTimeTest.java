// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

final class SystemTimeTest {
  private final KmeshTime time = SystemTime.INSTANCE;

  @Test
  void sleep_lastsAtLeastAsLong() throws InterruptedException {
    long begin = time.nanoTime();
    time.sleep(Duration.ofMillis(2));
    assertThat(time.nanoTime() - begin).isGreaterThanOrEqualTo(2_000_000);
    time.sleep(Duration.ZERO);
    time.sleep(Duration.ofSeconds(-5));
  }

  @Test
  void await_whenTheTimeIsNoneOrNegative_returnsAtOnce() throws InterruptedException {
    Object monitor = new Object();
    synchronized (monitor) {
      time.await(monitor, Duration.ZERO);
      time.await(monitor, Duration.ofSeconds(-1));
      time.await(monitor, Duration.ofNanos(1));
    }
  }

  @Test
  void await_whenTheTimeIsForEver_endsByNotification() throws InterruptedException {
    Object monitor = new Object();
    boolean[] isDone = {false};
    synchronized (monitor) {
      KmeshThreads.start(
          "test",
          () -> {
            synchronized (monitor) {
              isDone[0] = true;
              monitor.notifyAll();
            }
          });
      while (!isDone[0]) {
        time.await(monitor, Duration.ofSeconds(Long.MAX_VALUE));
      }
    }
    assertThat(isDone[0]).isTrue();
  }

  @Test
  void schedule_runsOnADaemonOfKmesh_evenAfterATaskThrew() throws InterruptedException {
    CountDownLatch ran = new CountDownLatch(1);
    Thread[] thread = new Thread[1];
    time.schedule(
        Duration.ZERO,
        () -> {
          throw new IllegalStateException("a task that fails, as this test wants");
        });
    time.schedule(
        Duration.ofMillis(1),
        () -> {
          thread[0] = Thread.currentThread();
          ran.countDown();
        });
    ran.await();

    assertThat(thread[0].isDaemon()).isTrue();
    assertThat(thread[0].getName()).startsWith("kmesh-timer-");
  }

  @Test
  void schedule_whenCancelled_doesNotRun() throws InterruptedException {
    CountDownLatch later = new CountDownLatch(1);
    boolean[] ran = {false};
    KmeshTime.Timer timer = time.schedule(Duration.ofMillis(20), () -> ran[0] = true);
    timer.cancel();
    time.schedule(Duration.ofMillis(30), later::countDown);
    later.await();

    assertThat(ran[0]).isFalse();
  }

  @Test
  void bounded_refusesWhatDoesNotFit() throws InterruptedException {
    ThreadPoolExecutor pool = KmeshThreads.bounded("test", 1, 1);
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch began = new CountDownLatch(1);
    pool.execute(
        () -> {
          began.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    began.await();
    pool.execute(() -> {});

    Assertions.assertThatThrownBy(() -> pool.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
    go.countDown();
    pool.shutdown();
    assertThat(KmeshThreads.awaitEnd(pool, Duration.ofMinutes(1))).isTrue();
  }
}
