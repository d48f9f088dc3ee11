// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.testkit.lustre.ActionStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The records of one coordinator and the indexes over them, made for hundreds of thousands that
 * wait: a record costs its own fields, an entry by file and a place in a queue. Not thread-safe.
 */
final class ActionTable {
  private @Nullable ActionRecord head;
  private @Nullable ActionRecord tail;
  private final Map<Fid, ActionRecord> open = new HashMap<>();
  private final Map<Long, ActionRecord> active = new LinkedHashMap<>();
  private final Map<Long, List<ActionRecord>> cancels = new HashMap<>();
  private final LinkedHashSet<ActionRecord> started = new LinkedHashSet<>();
  private final ArrayDeque<ActionRecord> ended = new ArrayDeque<>();
  private final WaitingQueues waiting = new WaitingQueues();

  /** Adds a record that waits. */
  void add(ActionRecord record) {
    ActionRecord last = tail;
    record.previous = last;
    if (last == null) {
      head = record;
    } else {
      last.next = record;
    }
    tail = record;
    if (record.action == HsmActionKind.CANCEL) {
      cancels.computeIfAbsent(record.cookie, c -> new ArrayList<>(1)).add(record);
    } else {
      record.nextOpen = open.put(record.fid, record);
    }
    waiting.addLast(record);
  }

  /** Sets a record's status and keeps the indexes. */
  void setStatus(ActionRecord record, ActionStatus status) {
    ActionStatus before = record.status;
    if (before == status) {
      return;
    }
    record.status = status;
    if (before == ActionStatus.STARTED) {
      started.remove(record);
    }
    waiting.leave(record);
    switch (status) {
      case WAITING -> waiting.addFirst(record);
      case STARTED -> started.add(record);
      case FAILED, CANCELED, SUCCEED -> {
        close(record);
        ended.addLast(record);
      }
    }
  }

  private void close(ActionRecord record) {
    if (record.action == HsmActionKind.CANCEL) {
      List<ActionRecord> same = cancels.get(record.cookie);
      if (same != null) {
        same.remove(record);
        if (same.isEmpty()) {
          cancels.remove(record.cookie);
        }
      }
      return;
    }
    ActionRecord first = open.get(record.fid);
    if (first == record) {
      if (record.nextOpen == null) {
        open.remove(record.fid);
      } else {
        open.put(record.fid, record.nextOpen);
      }
    } else {
      for (ActionRecord r = first; r != null; r = r.nextOpen) {
        if (r.nextOpen == record) {
          r.nextOpen = record.nextOpen;
        }
      }
    }
    record.nextOpen = null;
  }

  /** Gives a record a slot or takes it back. */
  void setActive(ActionRecord record, boolean holdsSlot) {
    if (holdsSlot) {
      active.put(record.cookie, record);
    } else {
      active.remove(record.cookie, record);
    }
    record.active = holdsSlot;
  }

  /** Takes a record out of the list; it lives on while it holds a slot. */
  void unlist(ActionRecord record) {
    ActionRecord before = record.previous;
    ActionRecord after = record.next;
    if (before == null) {
      head = after;
    } else {
      before.next = after;
    }
    if (after == null) {
      tail = before;
    } else {
      after.previous = before;
    }
    record.previous = null;
    record.next = null;
    record.listed = false;
  }

  /** The action that waits or runs on a file; the one queued last when there are several. */
  @Nullable ActionRecord open(Fid fid) {
    return open.get(fid);
  }

  /** The action that holds a slot under a cookie. */
  @Nullable ActionRecord active(long cookie) {
    return active.get(cookie);
  }

  /** All that hold a slot. */
  Collection<ActionRecord> active() {
    return active.values();
  }

  /** The CANCELs of a cookie that are not ended. */
  List<ActionRecord> cancels(long cookie) {
    return List.copyOf(cancels.getOrDefault(cookie, List.of()));
  }

  /** All of status STARTED, the longest started first. */
  List<ActionRecord> started() {
    return new ArrayList<>(started);
  }

  /** The record that ended first and is still listed; null when there is none. */
  @Nullable ActionRecord firstEnded() {
    return ended.peekFirst();
  }

  /** Takes {@link #firstEnded()} out of the list. */
  void dropFirstEnded() {
    unlist(ended.removeFirst());
  }

  /** All in the list, in order. */
  List<ActionRecord> all() {
    List<ActionRecord> all = new ArrayList<>();
    for (ActionRecord r = head; r != null; r = r.next) {
      all.add(r);
    }
    return all;
  }

  WaitingQueues waiting() {
    return waiting;
  }

  /** The records that wait to be sent, by archive in the order of their indexes. */
  static final class WaitingQueues {
    private final Map<Integer, ArrayDeque<ActionRecord>> byArchive = new TreeMap<>();
    private final Map<Integer, ArrayDeque<ActionRecord>> restores = new TreeMap<>();

    private void addLast(ActionRecord record) {
      record.queued = true;
      queue(byArchive, record).addLast(record);
      if (record.action == HsmActionKind.RESTORE) {
        ArrayDeque<ActionRecord> queue = queue(restores, record);
        dropStale(queue);
        queue.addLast(record);
      }
    }

    /** Puts a record back that was taken and not sent. */
    void addFirst(ActionRecord record) {
      record.queued = true;
      queue(byArchive, record).addFirst(record);
      if (record.action == HsmActionKind.RESTORE) {
        queue(restores, record).addFirst(record);
      }
    }

    private void leave(ActionRecord record) {
      // Its entries become stale; whoever meets one drops it.
      record.queued = false;
    }

    private static ArrayDeque<ActionRecord> queue(
        Map<Integer, ArrayDeque<ActionRecord>> queues, ActionRecord record) {
      return queues.computeIfAbsent(record.archiveId, a -> new ArrayDeque<>());
    }

    /** Takes the record of the smallest index whose archive is served. */
    @Nullable ActionRecord takeFirst(IntPredicate isServed) {
      return take(byArchive, isServed);
    }

    /** Takes the restore of the smallest index whose archive is served. */
    @Nullable ActionRecord takeRestore(IntPredicate isServed) {
      return take(restores, isServed);
    }

    private static void dropStale(ArrayDeque<ActionRecord> queue) {
      while (!queue.isEmpty() && !queue.getFirst().queued) {
        queue.removeFirst();
      }
    }

    private static @Nullable ActionRecord take(
        Map<Integer, ArrayDeque<ActionRecord>> queues, IntPredicate isServed) {
      ArrayDeque<ActionRecord> best = null;
      ActionRecord first = null;
      for (Iterator<Map.Entry<Integer, ArrayDeque<ActionRecord>>> i = queues.entrySet().iterator();
          i.hasNext(); ) {
        Map.Entry<Integer, ArrayDeque<ActionRecord>> e = i.next();
        ArrayDeque<ActionRecord> queue = e.getValue();
        dropStale(queue);
        ActionRecord r = queue.peekFirst();
        if (r == null) {
          i.remove();
        } else if ((first == null || r.index < first.index) && isServed.test(e.getKey())) {
          first = r;
          best = queue;
        }
      }
      if (best == null || first == null) {
        return null;
      }
      best.removeFirst();
      first.queued = false;
      return first;
    }
  }
}
