// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import java.io.IOException;
import java.util.Set;

/** What another site is to be told: docs/format/flow-spec.md, version 0. Stateless. */
final class FarewellJson {
  static final int FORMAT = 0;
  private static final Set<String> FIELDS = Set.of("format", "name", "site");

  /**
   * A flow was deleted while the site of its other end was not reached.
   *
   * @param name what it was called
   * @param site who is to forget it
   */
  record Farewell(String name, String site) {}

  private FarewellJson() {}

  static byte[] encode(Farewell farewell) {
    ObjectNode json = SpecJson.object(FORMAT);
    json.put("name", farewell.name()).put("site", farewell.site());
    return SpecJson.encode(json);
  }

  static Farewell decode(String flow, byte[] bytes) throws IOException {
    return SpecJson.decode(
        "farewell of a deleted data flow", flow, FORMAT, bytes, FarewellJson::read);
  }

  private static Farewell read(JsonNode json) {
    SpecJson.onlyFields(json, FIELDS);
    return new Farewell(SpecJson.text(json, "name"), SpecJson.text(json, "site"));
  }
}
