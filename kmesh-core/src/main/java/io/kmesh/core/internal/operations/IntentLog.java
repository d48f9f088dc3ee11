// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import io.kmesh.OperationId;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The intents of one operation: written before the world is changed, removed when the change is
 * done and known. What is left after a crash may or may not have happened: look, then {@link
 * #settle} it. Thread-safe.
 */
public final class IntentLog {
  /** The kind of the records; their ids are operation, slash, unit. */
  static final String KIND = "operation.intent";

  private final StateStore state;
  private final OperationId operation;
  private final String owner;

  IntentLog(StateStore state, OperationId operation, String owner) {
    this.state = state;
    this.operation = operation;
    this.owner = owner;
  }

  /** Makes intents durable; act only after it returned. One that is there is replaced. */
  public void begin(Collection<Intent> intents) throws IOException {
    List<StateChange> changes = new ArrayList<>();
    for (Intent intent : intents) {
      changes.add(
          new StateChange.Put(
              key(intent.unit()),
              owner,
              OperationCodec.FORMAT,
              OperationCodec.encode(intent),
              StateChange.ANY));
    }
    state.apply(changes);
  }

  /**
   * Removes the intents of units whose outcome is known, and records what came of them, all at
   * once.
   *
   * @param units the units; one that has no intent is no error
   * @param outcome further changes, which become durable together with the removal
   */
  public void settle(Collection<String> units, List<StateChange> outcome) throws IOException {
    List<StateChange> changes = new ArrayList<>(outcome);
    for (String unit : units) {
      changes.add(new StateChange.Delete(key(unit), StateChange.ANY));
    }
    state.apply(changes);
  }

  /**
   * The intents that are not settled, by unit.
   *
   * @param afterUnit only units behind it; empty from the first
   * @param limit the most, 1 to 10,000
   */
  public List<Intent> open(String afterUnit, int limit) throws IOException {
    String prefix = operation.value() + "/";
    String after = afterUnit.isEmpty() ? "" : prefix + afterUnit;
    List<Intent> found = new ArrayList<>();
    for (StateRecord record : state.scan(KIND, prefix, after, limit)) {
      String unit = record.key().id().substring(prefix.length());
      found.add(
          OperationCodec.decodeIntent(operation.value(), unit, record.format(), record.payload()));
    }
    return found;
  }

  /** The number of intents that are not settled. */
  public long count() throws IOException {
    return state.count(KIND, operation.value() + "/");
  }

  private RecordKey key(String unit) {
    return new RecordKey(KIND, operation.value() + "/" + unit);
  }
}
