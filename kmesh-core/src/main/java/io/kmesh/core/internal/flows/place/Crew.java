// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.time.KmeshThreads;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Does many independent things on a few threads, the caller's among them. For one caller. */
final class Crew implements AutoCloseable {
  /** Fewer are done by the caller alone. */
  private static final int FEW = 16;

  private static final int AT_ONCE = 8;

  private final int threads;
  private final ThreadPoolExecutor pool;

  /**
   * Threads start when they are needed.
   *
   * @param threads how many work, the caller's included; 1 or more
   */
  Crew(String name, int threads) {
    this.threads = threads;
    this.pool = KmeshThreads.bounded(name, Math.max(1, threads - 1), Math.max(1, threads));
  }

  /**
   * Calls a task with each number below a count, and returns when all calls have. What one throws
   * ends the others, and is thrown.
   */
  void run(int count, IntConsumer task) {
    int helpers = count < FEW ? 0 : Math.min(threads - 1, count / AT_ONCE);
    AtomicInteger next = new AtomicInteger();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    CountDownLatch ended = new CountDownLatch(helpers);
    for (int i = 0; i < helpers; i++) {
      pool.execute(
          () -> {
            work(count, next, failure, task);
            ended.countDown();
          });
    }
    work(count, next, failure, task);
    boolean isInterrupted = false;
    while (true) {
      try {
        ended.await();
        break;
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
    Throwable thrown = failure.get();
    if (thrown instanceof Error e) {
      throw e;
    }
    if (thrown instanceof RuntimeException e) {
      throw e;
    }
  }

  private static void work(
      int count,
      AtomicInteger next,
      AtomicReference<@Nullable Throwable> failure,
      IntConsumer task) {
    try {
      while (failure.get() == null) {
        int from = next.getAndAdd(AT_ONCE);
        if (from >= count) {
          return;
        }
        for (int i = from; i < Math.min(count, from + AT_ONCE); i++) {
          task.accept(i);
        }
      }
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    }
  }

  @Override
  public void close() {
    pool.shutdown();
  }
}
