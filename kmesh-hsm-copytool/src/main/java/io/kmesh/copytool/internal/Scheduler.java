// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which item is worked on next. Up to a bound items wait in memory; beyond it their identities
 * only, the items themselves in the journal. Thread-safe.
 */
public final class Scheduler {
  private static final Duration FOR_EVER = Duration.ofHours(1);

  private final KmeshTime time;
  private final ActionJournal journal;
  private final ToLongFunction<ActionItem> ownerOf;
  private final int maxInMemory;
  private final Object lock = new Object();
  private final ActionQueue queue = new ActionQueue();
  private final ArrayDeque<ActionId> spilled = new ArrayDeque<>();
  private final Map<ActionId, ActiveAction> active = new HashMap<>();
  private int running;
  private boolean isClosed;

  /**
   * A scheduler.
   *
   * @param ownerOf whose turn an item takes
   * @param maxInMemory how many items wait in memory
   */
  public Scheduler(
      KmeshTime time, ActionJournal journal, ToLongFunction<ActionItem> ownerOf, int maxInMemory) {
    this.time = time;
    this.journal = journal;
    this.ownerOf = ownerOf;
    this.maxInMemory = maxInMemory;
  }

  /** Takes items over that are in the journal already. One that is at hand already is left out. */
  void add(List<ActionItem> items) {
    synchronized (lock) {
      for (ActionItem item : items) {
        ActionId id = ActionId.of(item);
        if (active.containsKey(id)) {
          continue;
        }
        if (queue.size() >= maxInMemory) {
          spilled.add(id);
        } else {
          enqueue(id, item);
        }
      }
      lock.notifyAll();
    }
  }

  private void enqueue(ActionId id, ActionItem item) {
    ActiveAction action = new ActiveAction(item, ownerOf.applyAsLong(item));
    active.put(id, action);
    queue.add(action);
  }

  /**
   * Waits for the next item.
   *
   * @return it, or null when the scheduler was closed
   */
  @Nullable ActiveAction take() throws IOException, InterruptedException {
    synchronized (lock) {
      while (!isClosed) {
        if (!spilled.isEmpty() && queue.size() <= maxInMemory / 2) {
          refill();
        }
        ActiveAction next = queue.poll();
        if (next != null) {
          running++;
          return next;
        }
        time.await(lock, FOR_EVER);
      }
      return null;
    }
  }

  private void refill() throws IOException {
    while (!spilled.isEmpty() && queue.size() < maxInMemory) {
      ActionId id = spilled.remove();
      Optional<ActionItem> item = journal.find(id);
      if (item.isPresent()) {
        enqueue(id, item.get());
      }
    }
  }

  /** Says that a taken item ended, whatever its end. */
  void ended(ActiveAction action) {
    synchronized (lock) {
      running--;
      active.remove(ActionId.of(action.item()));
      lock.notifyAll();
    }
  }

  /**
   * Marks an item as cancelled.
   *
   * @return whether it is at hand
   */
  boolean cancel(ActionId id) {
    synchronized (lock) {
      ActiveAction action = active.get(id);
      if (action == null && spilled.remove(id)) {
        try {
          Optional<ActionItem> item = journal.find(id);
          if (item.isPresent()) {
            enqueue(id, item.get());
            action = active.get(id);
          }
        } catch (IOException e) {
          spilled.add(id);
        }
      }
      if (action == null) {
        return false;
      }
      action.cancel();
      return true;
    }
  }

  /** All items at hand but the spilled ones, for keeping them alive. */
  List<ActiveAction> atHand() {
    synchronized (lock) {
      return new ArrayList<>(active.values());
    }
  }

  /** The identities of the spilled items, for keeping them alive. */
  List<ActionId> spilled() {
    synchronized (lock) {
      return new ArrayList<>(spilled);
    }
  }

  int queuedCount() {
    synchronized (lock) {
      return queue.size();
    }
  }

  int spilledCount() {
    synchronized (lock) {
      return spilled.size();
    }
  }

  int runningCount() {
    synchronized (lock) {
      return running;
    }
  }

  /** Makes {@link #take} return null. */
  void close() {
    synchronized (lock) {
      isClosed = true;
      lock.notifyAll();
    }
  }

  /**
   * Waits until nothing is at work.
   *
   * @return whether that is so
   */
  boolean awaitIdle(Duration limit) throws InterruptedException {
    long deadline = time.nanoTime() + limit.toNanos();
    synchronized (lock) {
      while (running > 0) {
        long left = deadline - time.nanoTime();
        if (left <= 0) {
          return false;
        }
        time.await(lock, Duration.ofNanos(left));
      }
      return true;
    }
  }
}
