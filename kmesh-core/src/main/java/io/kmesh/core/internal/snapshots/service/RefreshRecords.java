// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.snapshots.VirtualCopyRefresh;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What refreshes of virtual copies will have done, kept before they happen: afterwards nobody could
 * find out what their conflicts were. Format: docs/format/operations.md. Thread-safe.
 */
final class RefreshRecords {
  private static final String KIND = "copy.refresh-report";
  private static final int FORMAT = 0;

  private final StateStore state;

  RefreshRecords(StateStore state) {
    this.state = state;
  }

  void keep(String operation, VirtualCopyRefresh refresh) throws IOException {
    state.apply(
        List.of(
            new StateChange.Put(
                new RecordKey(KIND, operation),
                "",
                FORMAT,
                SpecJson.encode(CopyReports.REFRESH.encode(refresh)),
                StateChange.ANY)));
  }

  Optional<VirtualCopyRefresh> find(String operation) throws IOException {
    Optional<StateRecord> record = state.find(new RecordKey(KIND, operation));
    return record.isEmpty() ? Optional.empty() : Optional.of(read(record.get()));
  }

  private static VirtualCopyRefresh read(StateRecord record) throws IOException {
    try {
      if (record.format() == FORMAT && SpecJson.tree(record.payload()) instanceof ObjectNode json) {
        return CopyReports.REFRESH.decode(json);
      }
    } catch (JsonProcessingException e) {
      throw damaged(record, e);
    }
    throw damaged(record, null);
  }

  private static ProviderException damaged(StateRecord record, @Nullable Exception cause) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read what the refresh "
            + record.key().id()
            + " did: its record is damaged. Cancel the operation and refresh again.",
        cause);
  }

  /** Forgets all but those of some operations; gives how many went. */
  long forgetOthers(Set<String> operations) throws IOException {
    return PlanRecords.forgetOthers(state, KIND, operations);
  }
}
