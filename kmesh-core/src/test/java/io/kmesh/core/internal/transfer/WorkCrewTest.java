// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkCrewTest {
  private static WorkCrew<String> crew(int threads) {
    return new WorkCrew<>("test-crew", Collections.nCopies(threads, "own"), 2);
  }

  @Test
  void together_whenThreadsAreIdle_usesThemAll() throws IOException {
    AtomicInteger pieces = new AtomicInteger();
    Set<Thread> threads = Collections.synchronizedSet(new HashSet<>());
    CyclicBarrier all = new CyclicBarrier(3);
    try (WorkCrew<String> crew = crew(2)) {
      crew.together(
          own -> {
            if (pieces.incrementAndGet() > 9) {
              return false;
            }
            threads.add(Thread.currentThread());
            try {
              all.await(); // every piece needs three threads at once
            } catch (Exception e) {
              throw new IOException(e);
            }
            return true;
          },
          "mine");
    }
    assertThat(threads).hasSize(3).contains(Thread.currentThread());
  }

  @Test
  void together_byATaskThatRunsWhenTheCrewIsClosed_usesAllThreads() throws Exception {
    AtomicInteger pieces = new AtomicInteger();
    CyclicBarrier all = new CyclicBarrier(3);
    WorkCrew<String> crew = crew(3);
    Thread closer = new Thread(crew::close);
    CountDownLatch isStarted = new CountDownLatch(1);
    crew.submit(
        own -> {
          closer.start();
          isStarted.countDown();
          while (closer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait(); // until it waits for the threads' end
          }
          crew.together(
              mine -> {
                if (pieces.incrementAndGet() > 9) {
                  return false;
                }
                try {
                  all.await(); // every piece needs three threads at once
                } catch (Exception e) {
                  throw new IOException(e);
                }
                return true;
              },
              own);
        });
    isStarted.await();
    closer.join();
    assertThat(pieces).hasValueGreaterThanOrEqualTo(10);
    assertThat(crew.failure()).isNull();
  }

  @Test
  void together_whenNobodyIsIdle_isDoneByTheCallerAlone() throws Exception {
    AtomicInteger pieces = new AtomicInteger();
    CountDownLatch open = new CountDownLatch(1);
    try (WorkCrew<String> crew = crew(1)) {
      CountDownLatch begun = new CountDownLatch(1);
      crew.submit(
          own -> {
            begun.countDown();
            await(open);
          });
      begun.await();
      crew.together(own -> pieces.incrementAndGet() <= 5 && own.equals("mine"), "mine");
      assertThat(pieces).hasValue(6);
      open.countDown();
    }
  }

  @Test
  void together_whenAHelperFails_throwsItsFailureAfterAllStopped() {
    AtomicInteger inside = new AtomicInteger();
    CyclicBarrier both = new CyclicBarrier(2);
    Thread self = Thread.currentThread();
    try (WorkCrew<String> crew = crew(1)) {
      assertThatThrownBy(
              () ->
                  crew.together(
                      own -> {
                        inside.incrementAndGet();
                        try {
                          both.await();
                          if (Thread.currentThread() != self) {
                            throw new IOException("a helper's");
                          }
                          return false;
                        } catch (java.util.concurrent.BrokenBarrierException
                            | InterruptedException e) {
                          throw new IOException(e);
                        } finally {
                          inside.decrementAndGet();
                        }
                      },
                      "mine"))
          .hasMessage("a helper's");
      assertThat(inside).hasValue(0);
      assertThat(crew.failure()).isNull();
    }
  }

  @Test
  void submit_whenATaskFails_isKnownAndTheOthersRun() {
    AtomicInteger ran = new AtomicInteger();
    WorkCrew<String> crew = crew(2);
    try (crew) {
      for (int i = 0; i < 100; i++) {
        int number = i;
        crew.submit(
            own -> {
              ran.incrementAndGet();
              if (number % 10 == 3) {
                throw new IOException("number " + number % 10);
              }
            });
      }
    }
    assertThat(ran).hasValue(100);
    assertThat(crew.failure()).hasMessage("number 3");
  }

  @Test
  void close_whenTasksWait_runsThemFirst() {
    AtomicInteger ran = new AtomicInteger();
    CountDownLatch open = new CountDownLatch(1);
    try (WorkCrew<String> crew = crew(1)) {
      crew.submit(own -> await(open));
      crew.submit(own -> ran.incrementAndGet());
      crew.submit(own -> ran.incrementAndGet());
      open.countDown();
    }
    assertThat(ran).hasValue(2);
    assertThat(List.of(Thread.getAllStackTraces().keySet().toArray(Thread[]::new)))
        .noneMatch(t -> t.getName().startsWith("kmesh-test-crew"));
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
