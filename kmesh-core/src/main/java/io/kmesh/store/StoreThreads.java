// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.core.internal.time.KmeshThreads;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Where a store's calls run: on a pool of its own for callers that do not wait, on the caller's
 * thread for those that do. Thread-safe.
 */
final class StoreThreads {
  private static final int THREADS = 8;

  private final ThreadPoolExecutor pool;

  /** Held for reading by calls on callers' threads, so that closing can wait for them. */
  private final ReentrantReadWriteLock calls = new ReentrantReadWriteLock();

  StoreThreads(String name) {
    pool = KmeshThreads.pool(name, THREADS, new LinkedBlockingQueue<>());
  }

  /** The pool. */
  Executor own() {
    return pool;
  }

  /** The thread that calls; refuses after {@link #close} as the pool does. */
  Executor callers() {
    return task -> {
      calls.readLock().lock();
      try {
        if (pool.isShutdown()) {
          throw new RejectedExecutionException("closed");
        }
        task.run();
      } finally {
        calls.readLock().unlock();
      }
    };
  }

  boolean isClosed() {
    return pool.isShutdown();
  }

  /** Refuses new calls. */
  void close() {
    pool.shutdown();
  }

  /** Whether all calls ended in time. */
  boolean awaitEnd(Duration limit) throws InterruptedException {
    if (!calls.writeLock().tryLock(limit.toNanos(), TimeUnit.NANOSECONDS)) {
      return false;
    }
    calls.writeLock().unlock();
    return KmeshThreads.awaitEnd(pool, limit);
  }
}
