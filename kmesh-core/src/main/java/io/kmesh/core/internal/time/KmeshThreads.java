// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.time;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the engine's threads: daemons whose names begin with {@code kmesh-}, so that they never
 * keep a host program alive and can be told in a thread dump. Thread-safe.
 */
public final class KmeshThreads {
  private static final Logger LOG = LoggerFactory.getLogger(KmeshThreads.class);

  private KmeshThreads() {}

  /**
   * A factory of daemon threads.
   *
   * @param name what they do, such as {@code transfer}: the threads are named {@code
   *     kmesh-transfer-1}, {@code kmesh-transfer-2} and so on
   */
  public static ThreadFactory factory(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> thread("kmesh-" + name + "-" + number.incrementAndGet(), task);
  }

  /**
   * Starts one daemon thread.
   *
   * @param name what it does, such as {@code state-writer}: the thread is named {@code
   *     kmesh-state-writer}
   */
  public static Thread start(String name, Runnable task) {
    Thread thread = thread("kmesh-" + name, task);
    thread.start();
    return thread;
  }

  /**
   * A pool of a bounded number of daemon threads and a bounded queue; threads end after ten idle
   * seconds.
   *
   * @param name what they do, see {@link #factory}
   * @param threads the most threads, 1 or more
   * @param queueCapacity the most waiting tasks, 1 or more; one more is refused with {@link
   *     java.util.concurrent.RejectedExecutionException}
   */
  public static ThreadPoolExecutor bounded(String name, int threads, int queueCapacity) {
    return pool(name, threads, new LinkedBlockingQueue<>(queueCapacity));
  }

  /**
   * A pool of a bounded number of daemon threads; threads end after ten idle seconds.
   *
   * @param name what they do, see {@link #factory}
   * @param threads the most threads, 1 or more
   * @param queue where tasks wait
   */
  public static ThreadPoolExecutor pool(String name, int threads, BlockingQueue<Runnable> queue) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(threads, threads, 10, TimeUnit.SECONDS, queue, factory(name));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * Waits until a pool that was shut down has ended its tasks.
   *
   * @return whether it ended in time; an interrupt ends the wait and stays set
   */
  public static boolean awaitEnd(ThreadPoolExecutor pool, Duration limit) {
    try {
      return pool.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static Thread thread(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler(
        (t, e) -> LOG.error("The thread {} ended by an unexpected error.", t.getName(), e));
    return thread;
  }
}
