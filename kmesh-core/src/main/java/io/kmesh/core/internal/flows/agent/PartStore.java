// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The records of parts by their flows' ids. Thread-safe. */
final class PartStore {
  private static final String PART = "flow.part";
  private static final int MOST = 10_000;

  private final StateStore state;

  PartStore(StateStore state) {
    this.state = state;
  }

  Optional<PartRecord> find(String flow) throws IOException {
    Optional<StateRecord> record = state.find(new RecordKey(PART, flow));
    return record.isEmpty()
        ? Optional.empty()
        : Optional.of(PartRecord.decode(flow, record.get().payload()));
  }

  Map<String, PartRecord> all() throws IOException {
    Map<String, PartRecord> all = new TreeMap<>();
    for (StateRecord record : state.scan(PART, "", "", MOST)) {
      all.put(record.key().id(), PartRecord.decode(record.key().id(), record.payload()));
    }
    return all;
  }

  void keep(String flow, PartRecord part) throws IOException {
    state.apply(
        List.of(
            new StateChange.Put(
                new RecordKey(PART, flow), "", PartRecord.FORMAT, part.encode(), StateChange.ANY)));
  }

  void forget(String flow) throws IOException {
    state.apply(List.of(new StateChange.Delete(new RecordKey(PART, flow), StateChange.ANY)));
  }
}
