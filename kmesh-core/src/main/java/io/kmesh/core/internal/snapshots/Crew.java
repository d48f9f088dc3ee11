// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.transfer.Retrier;
import java.io.IOException;
import java.io.InterruptedIOException;
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
  private static final long PATIENCE = 100;

  private final BlockingQueue<Optional<T>> queue = new ArrayBlockingQueue<>(WAITING);
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Hands<T> hands;
  private final Retrier.Check check;

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

  /**
   * A crew.
   *
   * @param check asked by the giver with each item, and while it waits; throws to stop all
   */
  Crew(String name, int workers, Retrier.Check check, Hands<T> hands) {
    this.check = check;
    this.hands = hands;
    for (int i = 0; i < workers; i++) {
      Thread thread = new Thread(this::run, name + "-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  /** Ends a worker whose crew was closed; asked often in long work. */
  static void requireWanted() throws InterruptedIOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("Cannot go on: the work was stopped.");
    }
  }

  /** Hands something over; waits while all have enough. */
  void give(T item) throws IOException {
    requireGoing();
    offer(Optional.of(item));
  }

  /** Throws the failure of a worker, or what the check throws. */
  void requireGoing() throws IOException {
    rethrow();
    check.run();
  }

  private void offer(Optional<T> item) throws IOException {
    rethrow();
    try {
      while (!queue.offer(item, PATIENCE, TimeUnit.MILLISECONDS)) {
        requireGoing();
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
        for (thread.join(PATIENCE); thread.isAlive(); thread.join(PATIENCE)) {
          check.run();
        }
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
