// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.service.FlowRecordJson.FlowRecord;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.FlowSpec;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A flow that was deleted, and whose files may be there yet: kept with the same write that removes
 * the flow, until they are gone, so that a process that ends between leaves none that nobody knows.
 * docs/format/flow-spec.md, version 0.
 *
 * @param record what was kept of it
 * @param spec its specification
 */
record GoneFlow(FlowRecord record, FlowSpec spec) {
  private static final Logger LOG = LoggerFactory.getLogger(GoneFlow.class);
  private static final int FORMAT = 0;
  private static final String KIND = "flow.gone";
  private static final int MOST = 10_000;
  private static final Set<String> FIELDS = Set.of("format", "run", "spec");

  byte[] encode() {
    ObjectNode json = SpecJson.object(FORMAT);
    json.set("run", FlowRecordJson.write(record));
    json.set("spec", FlowSpecJson.write(spec));
    return SpecJson.encode(json);
  }

  static GoneFlow decode(String flow, byte[] bytes) throws IOException {
    return SpecJson.decode("deleted data flow", flow, FORMAT, bytes, GoneFlow::read);
  }

  private static GoneFlow read(JsonNode json) {
    SpecJson.onlyFields(json, FIELDS);
    return new GoneFlow(
        FlowRecordJson.read(SpecJson.required(json, "run")),
        FlowSpecJson.read(SpecJson.required(json, "spec")));
  }

  private RecordKey key() {
    return new RecordKey(KIND, record.id());
  }

  /** What is written with the removal of the flow. */
  StateChange keep() {
    return new StateChange.Put(key(), "", FORMAT, encode(), StateChange.ANY);
  }

  /** Nothing is left of it. */
  void forget(StateStore state) throws IOException {
    state.apply(List.of(new StateChange.Delete(key(), StateChange.ANY)));
  }

  /** Those whose files may be there; what can't be read stays for the build that wrote it. */
  static List<GoneFlow> all(StateStore state) throws IOException {
    List<GoneFlow> all = new ArrayList<>();
    for (StateRecord one : state.scan(KIND, "", "", MOST)) {
      try {
        all.add(decode(one.key().id(), one.payload()));
      } catch (IOException e) {
        LOG.warn("The files of a deleted flow stay: {}", e.getMessage());
      }
    }
    return all;
  }
}
