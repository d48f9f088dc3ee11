// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateConflictException;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A batch of changes. All conditions are checked before anything is written, so that a conflict
 * leaves the shared transaction as it was; a change sees the versions that those before it leave.
 */
final class ApplyWrite implements StateWrite<Boolean> {
  private final RecordTable records;
  private final List<StateChange> changes;
  private final String defaultOwner;

  /**
   * A batch.
   *
   * @param defaultOwner the owner of records that name none
   */
  ApplyWrite(RecordTable records, List<StateChange> changes, String defaultOwner) {
    this.records = records;
    this.changes = changes;
    this.defaultOwner = defaultOwner;
  }

  @Override
  public int weight() {
    return changes.size();
  }

  @Override
  public Result<Boolean> run(SqlSession session) throws SQLException, StateConflictException {
    long[] found = check(session);
    int written = 0;
    for (int i = 0; i < found.length; i++) {
      StateChange change = changes.get(i);
      if (change instanceof StateChange.Put put) {
        String owner = put.owner().isEmpty() ? defaultOwner : put.owner();
        records.put(session, put, owner, found[i] + 1);
        written++;
      } else if (found[i] != StateChange.ABSENT) {
        records.delete(session, change.key());
        written++;
      }
    }
    return new Result<>(true, written);
  }

  /** The version that each change finds. */
  private long[] check(SqlSession session) throws SQLException, StateConflictException {
    long[] found = new long[changes.size()];
    Map<RecordKey, Long> versions = new HashMap<>();
    for (int i = 0; i < found.length; i++) {
      StateChange change = changes.get(i);
      Long known = versions.get(change.key());
      found[i] = known != null ? known : records.version(session, change.key());
      long expected = expected(change);
      if (expected != StateChange.ANY && expected != found[i]) {
        throw new StateConflictException(change.key(), expected, found[i]);
      }
      boolean isPut = change instanceof StateChange.Put;
      versions.put(change.key(), isPut ? found[i] + 1 : StateChange.ABSENT);
    }
    return found;
  }

  private static long expected(StateChange change) {
    if (change instanceof StateChange.Put put) {
      return put.expectedVersion();
    }
    return ((StateChange.Delete) change).expectedVersion();
  }
}
