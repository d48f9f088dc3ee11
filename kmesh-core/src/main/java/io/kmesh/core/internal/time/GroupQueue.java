// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.time;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * What many threads hand to one that works in groups, such as one sync for many writes. A thread
 * that writes alone is served at once; while several keep writing, the taker gives them a moment to
 * come together, since a group costs about as much as one of its members. Thread-safe, for one
 * taker.
 *
 * @param <T> what is handed over
 */
public final class GroupQueue<T> {
  /** The longest that a group waits for company. */
  private static final long PATIENCE_NANOS = 3_000_000;

  /** Fewer threads than these are not waited for: they would lose more than the group gains. */
  private static final int CROWD = 4;

  /** A thread counts as one that keeps writing for this long after it wrote. */
  private static final long ACTIVE_NANOS = 20_000_000;

  private static final int REMEMBERED = 128;

  private final ArrayDeque<T> queue = new ArrayDeque<>(); // guarded by itself, as all below
  private final long[] writers = new long[REMEMBERED];
  private final long[] wroteAt = new long[REMEMBERED];
  private int writes;
  private int wanted = 1;
  private boolean isClosed;

  /** An empty queue. */
  public GroupQueue() {}

  /**
   * Hands something over.
   *
   * @return whether it was taken; not after {@link #close}
   */
  public boolean add(T item) {
    synchronized (queue) {
      if (isClosed) {
        return false;
      }
      queue.add(item);
      int place = writes++ % REMEMBERED;
      writers[place] = Thread.currentThread().getId();
      wroteAt[place] = System.nanoTime();
      if (queue.size() == wanted || queue.size() == 1) {
        queue.notifyAll();
      }
      return true;
    }
  }

  /**
   * Waits for the next group. An interrupt closes the queue: nobody interrupts a taker but to end
   * it.
   *
   * @param most the weight at which a group is full
   * @return the group; empty when the queue is closed and nothing is left
   */
  public List<T> take(int most, ToIntFunction<T> weight) {
    List<T> group = new ArrayList<>();
    synchronized (queue) {
      try {
        while (queue.isEmpty() && !isClosed) {
          queue.wait();
        }
        awaitCompany();
      } catch (InterruptedException e) {
        isClosed = true;
      }
      int taken = 0;
      while (!queue.isEmpty() && taken < most) {
        T item = queue.remove();
        taken += weight.applyAsInt(item);
        group.add(item);
      }
    }
    return group;
  }

  private void awaitCompany() throws InterruptedException {
    long now = System.nanoTime();
    long end = now + PATIENCE_NANOS;
    wanted = writersBy(now);
    if (wanted >= CROWD) {
      while (!isClosed && queue.size() < wanted && end - now > 0) {
        long millis = (end - now + 999_999) / 1_000_000;
        queue.wait(millis);
        now = System.nanoTime();
      }
    }
    wanted = 1;
  }

  /** How many threads wrote lately. */
  private int writersBy(long now) {
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < Math.min(Math.max(writes, 0), REMEMBERED); i++) {
      if (now - wroteAt[i] < ACTIVE_NANOS) {
        seen.add(writers[i]);
      }
    }
    return seen.size();
  }

  /** Refuses everything later; what is queued is still given out. */
  public void close() {
    synchronized (queue) {
      isClosed = true;
      queue.notifyAll();
    }
  }

  /** Refuses everything later and gives out what is left. */
  public List<T> closeAndDrain() {
    synchronized (queue) {
      close();
      List<T> rest = new ArrayList<>(queue);
      queue.clear();
      return rest;
    }
  }
}
