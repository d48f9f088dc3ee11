// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Where other sites listen: docs/format/flow-spec.md, version 0. Thread-safe. */
final class AddressBook {
  private static final int FORMAT = 0;
  private static final String SITE = "site.address";
  private static final int MOST = 10_000;
  private static final Set<String> FIELDS = Set.of("format", "address");

  private final StateStore state;

  AddressBook(StateStore state) {
    this.state = state;
  }

  void keep(String site, String address) throws IOException {
    state.apply(
        List.of(
            new StateChange.Put(
                new RecordKey(SITE, site),
                "",
                FORMAT,
                SpecJson.encode(SpecJson.object(FORMAT).put("address", address)),
                StateChange.ANY)));
  }

  Optional<String> find(String site) throws IOException {
    Optional<StateRecord> record = state.find(new RecordKey(SITE, site));
    return record.isEmpty() ? Optional.empty() : Optional.of(decode(record.get()));
  }

  Map<String, String> all() throws IOException {
    Map<String, String> all = new TreeMap<>();
    for (StateRecord record : state.scan(SITE, "", "", MOST)) {
      all.put(record.key().id(), decode(record));
    }
    return all;
  }

  private static String decode(StateRecord record) throws IOException {
    return SpecJson.decode(
        "address of a site", record.key().id(), FORMAT, record.payload(), AddressBook::read);
  }

  private static String read(JsonNode json) {
    SpecJson.onlyFields(json, FIELDS);
    return SpecJson.text(json, "address");
  }
}
