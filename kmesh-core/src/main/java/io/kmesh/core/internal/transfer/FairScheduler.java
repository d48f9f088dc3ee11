// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.TransferPriority;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides what comes next: the best class first; in a class the owners in turn by deficit round
 * robin over bytes; and every {@link #AGED_TURN}th turn goes to the item that waits longest in a
 * class that was passed over for longer than the ageing time. Deterministic, without a clock or
 * threads. Not thread-safe.
 *
 * @param <T> what is scheduled
 */
final class FairScheduler<T> {
  /** The bytes that an owner may move in one turn. */
  static final long QUANTUM = 1 << 20;

  /** What the smallest item counts: a request costs something without any bytes. */
  static final long LEAST_COST = 16 << 10;

  /** Every which turn an aged item may take. */
  static final int AGED_TURN = 4;

  private final Map<TransferPriority, Level<T>> levels = new EnumMap<>(TransferPriority.class);
  private final long ageingNanos;
  private int turnsSinceAged = AGED_TURN;
  private int size;

  FairScheduler(long ageingNanos) {
    this.ageingNanos = ageingNanos;
    for (TransferPriority priority : TransferPriority.values()) {
      levels.put(priority, new Level<>());
    }
  }

  /** An item that waits. */
  static final class Item<T> {
    final T value;
    final TransferPriority priority;
    final String owner;
    final long cost;
    final long since;
    private boolean isGone;

    Item(T value, TransferPriority priority, String owner, long bytes, long now) {
      this.value = value;
      this.priority = priority;
      this.owner = owner;
      this.cost = Math.max(LEAST_COST, bytes);
      this.since = now;
    }
  }

  /** Adds an item behind its owner's others. */
  Item<T> add(T value, TransferPriority priority, String owner, long bytes, long now) {
    Item<T> item = new Item<>(value, priority, owner, bytes, now);
    level(priority).add(item);
    size++;
    return item;
  }

  /** Takes an item out; one that was taken before stays so. */
  void remove(Item<T> item) {
    if (!item.isGone) {
      item.isGone = true;
      size--;
      level(item.priority).removed();
    }
  }

  /** The items that wait. */
  int size() {
    return size;
  }

  /** Takes the next item. */
  Optional<Item<T>> next(long now) {
    if (size == 0) {
      return Optional.empty();
    }
    TransferPriority best = best();
    turnsSinceAged++;
    if (turnsSinceAged >= AGED_TURN) {
      Item<T> aged = oldestBelow(best, now);
      if (aged != null) {
        turnsSinceAged = 0;
        level(aged.priority).charge(aged);
        return taken(aged);
      }
    }
    return taken(level(best).next());
  }

  private Optional<Item<T>> taken(Item<T> item) {
    remove(item);
    return Optional.of(item);
  }

  private TransferPriority best() {
    for (TransferPriority priority : TransferPriority.values()) {
      if (level(priority).count > 0) {
        return priority;
      }
    }
    throw new IllegalStateException("Cannot schedule: the count of items is wrong.");
  }

  private @Nullable Item<T> oldestBelow(TransferPriority best, long now) {
    Item<T> oldest = null;
    for (TransferPriority priority : TransferPriority.values()) {
      if (priority.compareTo(best) > 0) {
        Item<T> candidate = level(priority).oldest();
        if (candidate != null
            && now - candidate.since >= ageingNanos
            && (oldest == null || candidate.since - oldest.since < 0)) {
          oldest = candidate;
        }
      }
    }
    return oldest;
  }

  private Level<T> level(TransferPriority priority) {
    return java.util.Objects.requireNonNull(levels.get(priority));
  }

  /** One class: its owners in turn. */
  private static final class Level<T> {
    private final Map<String, Owner<T>> owners = new HashMap<>();
    private final Deque<Owner<T>> turn = new ArrayDeque<>();
    private final Deque<Item<T>> byAge = new ArrayDeque<>();
    private int count;

    void add(Item<T> item) {
      Owner<T> owner = owners.get(item.owner);
      if (owner == null) {
        owner = new Owner<>(item.owner);
        owners.put(item.owner, owner);
        turn.addLast(owner);
      }
      owner.items.addLast(item);
      byAge.addLast(item);
      count++;
    }

    void removed() {
      count--;
      while (!byAge.isEmpty() && byAge.peekFirst().isGone) {
        byAge.removeFirst();
      }
    }

    @Nullable Item<T> oldest() {
      return byAge.peekFirst();
    }

    /** An item taken out of turn counts for its owner all the same. */
    void charge(Item<T> item) {
      Owner<T> owner = owners.get(item.owner);
      if (owner != null) {
        owner.deficit -= item.cost;
      }
    }

    Item<T> next() {
      while (true) {
        long fewestRounds = Long.MAX_VALUE;
        for (int i = turn.size(); i > 0; i--) {
          Owner<T> owner = turn.removeFirst();
          Item<T> head = owner.head();
          if (head == null) {
            owners.remove(owner.name);
            continue;
          }
          if (owner.deficit >= head.cost) {
            owner.deficit -= head.cost;
            turn.addFirst(owner);
            return head;
          }
          fewestRounds =
              Math.min(fewestRounds, (head.cost - owner.deficit + QUANTUM - 1) / QUANTUM);
          turn.addLast(owner);
        }
        if (turn.isEmpty()) {
          throw new IllegalStateException("Cannot schedule: no owner has an item.");
        }
        for (Owner<T> owner : turn) {
          owner.deficit += fewestRounds * QUANTUM;
        }
      }
    }
  }

  /** One owner's items of one class, in order. */
  private static final class Owner<T> {
    private final String name;
    private final Deque<Item<T>> items = new ArrayDeque<>();
    private long deficit;

    Owner(String name) {
      this.name = name;
    }

    @Nullable Item<T> head() {
      while (!items.isEmpty() && items.peekFirst().isGone) {
        items.removeFirst();
      }
      return items.peekFirst();
    }
  }
}
