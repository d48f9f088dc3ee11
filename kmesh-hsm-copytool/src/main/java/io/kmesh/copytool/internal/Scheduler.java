// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.copytool.internal.ActiveAction.Origin;
import io.kmesh.copytool.internal.ActiveAction.Stop;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which item is worked on next. Up to a bound items wait in memory, the most urgent ones; beyond it
 * their identities only, the items themselves in the journal. Thread-safe.
 */
final class Scheduler {
  private static final Duration FOR_EVER = Duration.ofHours(1);
  private static final int REFILL = 256;

  private final KmeshTime time;
  private final ActionJournal journal;
  private final ToLongFunction<ActionItem> ownerOf;
  private final int maxInMemory;
  private final Object lock = new Object();
  private final ActionQueue queue = new ActionQueue();
  private final ArrayDeque<ActiveAction> stopped = new ArrayDeque<>();

  /** The first are those that should stop, the others are by class. */
  private final List<Map<ActionId, Spilled>> spilled = new ArrayList<>();

  private final Map<ActionId, ActiveAction> active = new HashMap<>();
  private final Set<ActiveAction> running = new HashSet<>();
  private int takers;
  private boolean isIdleAwaited;
  private boolean isClosed;

  /** What is known of an item that waits in the journal only. */
  private record Spilled(long owner, Origin origin, Stop stop) {}

  /**
   * A scheduler.
   *
   * @param ownerOf whose turn an item takes; called without a lock, may be slow
   * @param maxInMemory how many items wait in memory
   */
  Scheduler(
      KmeshTime time, ActionJournal journal, ToLongFunction<ActionItem> ownerOf, int maxInMemory) {
    this.time = time;
    this.journal = journal;
    this.ownerOf = ownerOf;
    this.maxInMemory = maxInMemory;
    for (int i = 0; i <= ActionQueue.CLASSES; i++) {
      spilled.add(new LinkedHashMap<>());
    }
  }

  /**
   * Says that items came which will be journalled and added: one that is at hand was sent again,
   * and its end here may not be its end there.
   */
  void expect(List<ActionItem> items) {
    synchronized (lock) {
      for (ActionItem item : items) {
        ActiveAction there = active.get(ActionId.of(item));
        if (there != null) {
          there.redeliver();
        }
      }
    }
  }

  /** Takes items over that are in the journal already. One that is at hand already is left out. */
  void add(List<ActionItem> items, Origin origin) {
    for (ActionItem item : items) {
      add(new ActiveAction(item, ownerOf.applyAsLong(item), origin));
    }
  }

  /** Wakes as many as there is work for: a hundred workers that all look for one item cost more. */
  private void wake() {
    if (isIdleAwaited) {
      lock.notifyAll();
      return;
    }
    int work = queue.size() + stopped.size() + spilled.get(0).size();
    for (int i = Math.min(takers, work); i > 0; i--) {
      lock.notify();
    }
  }

  private void add(ActiveAction action) {
    ActionId id = ActionId.of(action.item());
    int c = ActionQueue.classOf(action.item());
    synchronized (lock) {
      if (active.containsKey(id) || spilled.stream().anyMatch(s -> s.containsKey(id))) {
        return;
      }
      if (queue.size() < maxInMemory) {
        enqueue(action);
      } else {
        ActiveAction less = queue.pollLastBelow(c);
        if (less == null) {
          spill(action);
        } else {
          active.remove(ActionId.of(less.item()));
          spill(less);
          enqueue(action);
        }
      }
      wake();
    }
  }

  private void spill(ActiveAction action) {
    spilled
        .get(1 + ActionQueue.classOf(action.item()))
        .put(
            ActionId.of(action.item()),
            new Spilled(action.owner(), action.origin(), action.stop()));
  }

  private void enqueue(ActiveAction action) {
    active.put(ActionId.of(action.item()), action);
    if (action.stop() == Stop.NONE) {
      queue.add(action);
    } else {
      stopped.add(action);
    }
  }

  /**
   * Waits for the next item.
   *
   * @return it, or null when the scheduler was closed
   * @throws IOException when the journal can't be read; nothing is lost by that
   */
  @Nullable ActiveAction take() throws IOException, InterruptedException {
    synchronized (lock) {
      while (!isClosed) {
        ActiveAction next = stopped.poll();
        if (next == null) {
          refill();
          next = stopped.isEmpty() ? queue.poll() : stopped.poll();
        }
        if (next != null) {
          running.add(next);
          return next;
        }
        takers++;
        try {
          time.await(lock, FOR_EVER);
        } finally {
          takers--;
        }
      }
      return null;
    }
  }

  /** Brings spilled items back: all that should stop, and the most urgent when there is room. */
  private void refill() throws IOException {
    while (!spilled.get(0).isEmpty()) {
      load(spilled.get(0), REFILL);
    }
    if (queue.size() > maxInMemory / 2) {
      return;
    }
    for (Map<ActionId, Spilled> waiting : spilled) {
      while (!waiting.isEmpty() && queue.size() < maxInMemory) {
        load(waiting, Math.min(REFILL, maxInMemory - queue.size()));
      }
    }
    wake();
  }

  private void load(Map<ActionId, Spilled> waiting, int most) throws IOException {
    List<ActionId> ids = waiting.keySet().stream().limit(most).toList();
    Map<ActionId, ActionItem> items = new HashMap<>();
    journal.find(ids).forEach(item -> items.put(ActionId.of(item), item));
    for (ActionId id : ids) {
      Spilled was = waiting.remove(id);
      ActionItem item = items.get(id);
      if (was != null && item != null) {
        ActiveAction action = new ActiveAction(item, was.owner(), was.origin());
        action.stop(was.stop());
        enqueue(action);
      }
    }
  }

  /**
   * Says what became of a taken item. What is to be tried again waits a while, and longer each
   * time.
   */
  void ended(ActiveAction action, Outcome outcome) {
    ActionId id = ActionId.of(action.item());
    synchronized (lock) {
      running.remove(action);
      if (outcome == Outcome.PARKED) {
        active.remove(id);
      } else if (outcome == Outcome.AGAIN || outcome == Outcome.ASK_ANEW) {
        Origin next =
            outcome == Outcome.ASK_ANEW || action.origin() == Origin.TO_ASK_ANEW
                ? Origin.TO_ASK_ANEW
                : Origin.RESUMED;
        ActiveAction again = action.again(next);
        active.put(id, again);
        if (outcome == Outcome.ASK_ANEW) {
          enqueue(again);
        } else {
          time.schedule(Backoff.after(action.tries()), () -> enqueueLater(again));
        }
      } else if (outcome == Outcome.ENDED && action.isRedelivered()) {
        if (action.origin() == Origin.TO_ASK_ANEW) {
          journal.noteAsked(id);
        }
        enqueue(action.again(Origin.SENT));
      } else {
        active.remove(id);
        journal.noteEnd(action);
      }
      wake();
    }
  }

  private void enqueueLater(ActiveAction action) {
    synchronized (lock) {
      if (active.get(ActionId.of(action.item())) == action) {
        enqueue(action);
        wake();
      }
    }
  }

  /**
   * Says that an item should stop. One that waits is brought to its end next.
   *
   * @return whether it is at hand
   */
  boolean stop(ActionId id, Stop why) {
    synchronized (lock) {
      ActiveAction action = active.get(id);
      if (action != null) {
        action.stop(why);
        if (queue.remove(action)) {
          stopped.add(action);
          wake();
        }
        return true;
      }
      for (Map<ActionId, Spilled> waiting : spilled) {
        Spilled was = waiting.remove(id);
        if (was != null) {
          Stop later = was.stop().compareTo(why) > 0 ? was.stop() : why;
          spilled.get(0).put(id, new Spilled(was.owner(), was.origin(), later));
          wake();
          return true;
        }
      }
      return false;
    }
  }

  /** Says to all that run that they should stop, and leaves alone those that wait. */
  void stopRunning(Stop why) {
    synchronized (lock) {
      running.forEach(action -> action.stop(why));
    }
  }

  /** All items at hand but the spilled ones. */
  List<ActiveAction> atHand() {
    synchronized (lock) {
      return new ArrayList<>(active.values());
    }
  }

  /** Whether an item is at work. */
  boolean isRunning(ActiveAction action) {
    synchronized (lock) {
      return running.contains(action);
    }
  }

  /** The identities of the spilled items. */
  List<ActionId> spilled() {
    synchronized (lock) {
      List<ActionId> ids = new ArrayList<>();
      spilled.forEach(waiting -> ids.addAll(waiting.keySet()));
      return ids;
    }
  }

  int queuedCount() {
    synchronized (lock) {
      return active.size() - running.size();
    }
  }

  int spilledCount() {
    synchronized (lock) {
      return spilled.stream().mapToInt(Map::size).sum();
    }
  }

  int runningCount() {
    synchronized (lock) {
      return running.size();
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
      isIdleAwaited = true;
      while (!running.isEmpty()) {
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
