// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Threads that work on what one thread gives them. The first failure stops all and is thrown to the
 * giver.
 */
final class Crew<T> implements AutoCloseable {
  private static final int WAITING = 16;

  private final BlockingQueue<Optional<T>> queue = new ArrayBlockingQueue<>(WAITING);
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Hands<T> hands;

  /** What one thread works with. */
  @FunctionalInterface
  interface Worker<T> {
    /** Works on something; on null it finishes what it has. */
    void work(@Nullable T item) throws IOException;

    /** Frees what it holds. */
    default void close() {}
  }

  /** Makes workers, in their threads. */
  @FunctionalInterface
  interface Hands<T> {
    Worker<T> make() throws IOException;
  }

  Crew(String name, int workers, Hands<T> hands) {
    this.hands = hands;
    for (int i = 0; i < workers; i++) {
      Thread thread = new Thread(this::run, name + "-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  /** Hands something over; waits while all have enough. */
  void give(T item) throws IOException {
    offer(Optional.of(item));
  }

  private void offer(Optional<T> item) throws IOException {
    rethrow();
    try {
      while (!queue.offer(item, 100, TimeUnit.MILLISECONDS)) {
        rethrow();
      }
    } catch (InterruptedException e) {
      throw TreeScan.interrupted(e);
    }
  }

  /** Waits until all is done. */
  void end() throws IOException {
    for (int i = 0; i < threads.size(); i++) {
      offer(Optional.empty());
    }
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      throw TreeScan.interrupted(e);
    }
    rethrow();
  }

  private void rethrow() throws IOException {
    Throwable thrown = failure.get();
    if (thrown instanceof IOException e) {
      throw e;
    }
    if (thrown != null) {
      throw new IOException("Cannot go on: " + thrown, thrown);
    }
  }

  private void run() {
    try {
      Worker<T> worker = hands.make();
      try {
        for (Optional<T> item = queue.take(); item.isPresent(); item = queue.take()) {
          worker.work(item.get());
        }
        worker.work(null);
      } finally {
        worker.close();
      }
    } catch (InterruptedException e) {
      // Closed.
    } catch (IOException | RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    }
  }

  /** Stops all threads and waits for them: what they use may be closed then. */
  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
    boolean isInterrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          isInterrupted = true;
        }
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
