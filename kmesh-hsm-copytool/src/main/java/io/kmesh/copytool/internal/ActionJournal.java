// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Every item that the coordinator handed over and that has not ended, kept before any work begins,
 * so that a new process goes on with it (docs/format/copytool-journal.md). Thread-safe: writes go
 * one after the other, so that an end never overtakes a beginning.
 */
final class ActionJournal {
  /** The kind of the records of items. */
  static final String KIND = "copytool.action";

  /** The kind of the marks of restores that are being ended to be asked for anew. */
  static final String ASK_ANEW = "copytool.ask-anew";

  private static final int SCAN = 1000;

  /** Hears of records that can't be read. */
  interface Damage {
    /** A record that is no item. */
    void found(ProviderException problem);
  }

  /** Takes items in pieces. */
  interface Pieces {
    /** Some items, and which of them are marked to be asked for anew. */
    void take(List<ActionItem> items, Set<ActionId> askAnew);
  }

  private final StateStore state;
  private final String prefix;
  private final int flushAt;
  private final Damage damage;
  private final Object writing = new Object();
  private final List<StateChange> ended = new ArrayList<>(); // guarded by itself

  /**
   * A journal of one file system.
   *
   * @param fileSystem its name, which keeps several apart in one state
   * @param flushAt after how many ends they are written together
   */
  ActionJournal(StateStore state, String fileSystem, int flushAt, Damage damage) {
    this.state = state;
    this.prefix = fileSystem + "/";
    this.flushAt = flushAt;
    this.damage = damage;
  }

  /** Writes items durably. */
  void begin(List<ActionItem> items) throws IOException {
    List<StateChange> puts = new ArrayList<>(items.size());
    for (ActionItem item : items) {
      puts.add(
          new StateChange.Put(
              key(KIND, ActionId.of(item)),
              "",
              ActionItemCodec.FORMAT,
              ActionItemCodec.encode(item),
              StateChange.ANY));
    }
    write(puts);
  }

  /** Marks a restore durably: it will be ended with an error and asked for anew. */
  void askAnew(ActionId id) throws IOException {
    write(
        List.of(
            new StateChange.Put(
                key(ASK_ANEW, id), "", ActionItemCodec.FORMAT, new byte[0], StateChange.ANY)));
  }

  /**
   * Notes that an item ended. Written with a later call: when it is lost, the coordinator answers
   * that it does not know the action, and it is dropped then.
   */
  void noteEnd(ActiveAction action) {
    ActionId id = ActionId.of(action.item());
    synchronized (ended) {
      ended.add(new StateChange.Delete(key(KIND, id), StateChange.ANY));
      if (action.origin() == ActiveAction.Origin.TO_ASK_ANEW) {
        ended.add(new StateChange.Delete(key(ASK_ANEW, id), StateChange.ANY));
      }
    }
  }

  /** Notes that a restore was asked for anew and lives on, since the coordinator sent it again. */
  void noteAsked(ActionId id) {
    synchronized (ended) {
      ended.add(new StateChange.Delete(key(ASK_ANEW, id), StateChange.ANY));
    }
  }

  /** Writes what {@link #noteEnd} has noted if that is much. */
  void flushIfMuch() throws IOException {
    synchronized (ended) {
      if (ended.size() < flushAt) {
        return;
      }
    }
    flush();
  }

  /** Writes what {@link #noteEnd} has noted. */
  void flush() throws IOException {
    write(List.of());
  }

  private void write(List<StateChange> puts) throws IOException {
    synchronized (writing) {
      List<StateChange> changes = new ArrayList<>();
      synchronized (ended) {
        changes.addAll(ended);
        ended.clear();
      }
      int ends = changes.size();
      changes.addAll(puts);
      if (changes.isEmpty()) {
        return;
      }
      boolean isWritten = false;
      try {
        state.apply(changes);
        isWritten = true;
      } finally {
        if (!isWritten) {
          synchronized (ended) {
            ended.addAll(0, changes.subList(0, ends));
          }
        }
      }
    }
  }

  /** Those of these items that have not ended, in no order; damaged records are left out. */
  List<ActionItem> find(List<ActionId> ids) throws IOException {
    return decode(state.findAll(ids.stream().map(id -> key(KIND, id)).toList()));
  }

  /**
   * Gives the items that an earlier process left, oldest cookie first for each MDT. Damaged records
   * are left out.
   *
   * @throws ProviderException INVALID when a newer Kmesh wrote one: nothing may be lost unseen
   */
  void left(Pieces to) throws IOException {
    String after = "";
    while (true) {
      List<StateRecord> page = state.scan(KIND, prefix, after, SCAN);
      List<ActionItem> items = decode(page);
      to.take(items, marked(items));
      if (page.size() < SCAN) {
        return;
      }
      after = page.get(page.size() - 1).key().id();
    }
  }

  private Set<ActionId> marked(List<ActionItem> items) throws IOException {
    Set<ActionId> marked = new HashSet<>();
    List<RecordKey> keys = new ArrayList<>();
    items.forEach(item -> keys.add(key(ASK_ANEW, ActionId.of(item))));
    Set<RecordKey> there = new HashSet<>();
    if (!keys.isEmpty()) {
      state.findAll(keys).forEach(record -> there.add(record.key()));
    }
    for (ActionItem item : items) {
      ActionId id = ActionId.of(item);
      if (there.contains(key(ASK_ANEW, id))) {
        marked.add(id);
      }
    }
    return marked;
  }

  private List<ActionItem> decode(List<StateRecord> records) throws IOException {
    List<ActionItem> items = new ArrayList<>(records.size());
    for (StateRecord record : records) {
      try {
        items.add(ActionItemCodec.decode(record.key().id(), record.format(), record.payload()));
      } catch (ProviderException e) {
        if (e.kind() != ErrorKind.CORRUPT) {
          throw e;
        }
        damage.found(e);
      }
    }
    return items;
  }

  private RecordKey key(String kind, ActionId id) {
    return new RecordKey(kind, prefix + id);
  }
}
