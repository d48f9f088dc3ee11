// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Every item that the coordinator handed over and that has not ended, kept before any work begins,
 * so that a new process goes on with it. Thread-safe.
 */
public final class ActionJournal {
  /** The kind of the records. */
  public static final String KIND = "copytool.action";

  private static final int SCAN = 1000;

  private final StateStore state;
  private final String prefix;
  private final List<StateChange> ended = new ArrayList<>();
  private final int flushAt;

  /**
   * A journal of one file system.
   *
   * @param fileSystem its name, which keeps several apart in one state
   * @param flushAt after how many ends they are written together
   */
  public ActionJournal(StateStore state, String fileSystem, int flushAt) {
    this.state = state;
    this.prefix = fileSystem + "/";
    this.flushAt = flushAt;
  }

  /** Writes items durably. */
  public void begin(List<ActionItem> items) throws IOException {
    List<StateChange> changes = new ArrayList<>(items.size() + flushAt);
    takeEnded(changes);
    for (ActionItem item : items) {
      changes.add(
          new StateChange.Put(
              key(ActionId.of(item)),
              "",
              ActionItemCodec.FORMAT,
              ActionItemCodec.encode(item),
              StateChange.ANY));
    }
    state.apply(changes);
  }

  /**
   * Notes that an item ended. Written with a later call: when it is lost, the coordinator answers
   * that it does not know the action, and it is dropped then.
   */
  public void end(ActionId id) throws IOException {
    List<StateChange> changes = new ArrayList<>();
    synchronized (ended) {
      ended.add(new StateChange.Delete(key(id), StateChange.ANY));
      if (ended.size() < flushAt) {
        return;
      }
    }
    takeEnded(changes);
    if (!changes.isEmpty()) {
      state.apply(changes);
    }
  }

  /** Writes what {@link #end} has noted. */
  public void flush() throws IOException {
    List<StateChange> changes = new ArrayList<>();
    takeEnded(changes);
    if (!changes.isEmpty()) {
      state.apply(changes);
    }
  }

  private void takeEnded(List<StateChange> into) {
    synchronized (ended) {
      into.addAll(ended);
      ended.clear();
    }
  }

  /** An item that has not ended, or empty. */
  public Optional<ActionItem> find(ActionId id) throws IOException {
    Optional<StateRecord> record = state.find(key(id));
    return record.isPresent() ? Optional.of(decode(record.get())) : Optional.empty();
  }

  /** The items that an earlier process left, oldest cookie first for each MDT. */
  public List<ActionItem> left() throws IOException {
    List<ActionItem> items = new ArrayList<>();
    String after = "";
    while (true) {
      List<StateRecord> page = state.scan(KIND, prefix, after, SCAN);
      for (StateRecord record : page) {
        items.add(decode(record));
        after = record.key().id();
      }
      if (page.size() < SCAN) {
        return items;
      }
    }
  }

  private static ActionItem decode(StateRecord record) throws IOException {
    return ActionItemCodec.decode(record.key().id(), record.format(), record.payload());
  }

  private RecordKey key(ActionId id) {
    return new RecordKey(KIND, prefix + id);
  }
}
