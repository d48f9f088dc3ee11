// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.core.internal.json.SpecJson;
import java.io.IOException;
import java.util.Set;

/** What is kept of a flow besides its specification: docs/format/flow-spec.md, version 0. */
final class FlowRecordJson {
  static final int FORMAT = 0;

  private static final Set<String> FIELDS = Set.of("format", "id", "wanted", "generation");

  /** Whether a flow is to run. */
  enum Wanted {
    /** It is. */
    RUNNING,
    /** It is not. */
    STOPPED
  }

  /**
   * A flow.
   *
   * @param id the same at all its sites: 32 hexadecimal digits
   * @param wanted whether it is to run
   * @param generation how often its direction was switched
   */
  record FlowRecord(String id, Wanted wanted, long generation) {
    FlowRecord wanting(Wanted next) {
      return new FlowRecord(id, next, generation);
    }

    FlowRecord switched() {
      return new FlowRecord(id, wanted, generation + 1);
    }
  }

  private FlowRecordJson() {}

  static byte[] encode(FlowRecord flow) {
    return SpecJson.encode(
        SpecJson.object(FORMAT)
            .put("id", flow.id())
            .put("wanted", flow.wanted().name())
            .put("generation", flow.generation()));
  }

  static FlowRecord decode(String name, byte[] bytes) throws IOException {
    return SpecJson.decode("data flow", name, FORMAT, bytes, FlowRecordJson::read);
  }

  private static FlowRecord read(JsonNode json) {
    SpecJson.onlyFields(json, FIELDS);
    String id = SpecJson.text(json, "id");
    if (!id.matches("[0-9a-f]{32}")) {
      throw new IllegalArgumentException("\"id\" is not 32 hexadecimal digits");
    }
    JsonNode generation = SpecJson.required(json, "generation");
    if (!generation.isIntegralNumber() || generation.longValue() < 0) {
      throw new IllegalArgumentException("\"generation\" is no count");
    }
    return new FlowRecord(
        id, Wanted.valueOf(SpecJson.text(json, "wanted")), generation.longValue());
  }
}
