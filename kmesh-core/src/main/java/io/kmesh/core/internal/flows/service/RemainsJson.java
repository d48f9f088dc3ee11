// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.FlowProblem;
import java.util.ArrayList;
import java.util.List;

/** What stays of a flow at the site that left it: docs/format/flow-control.md, LEAVE. Stateless. */
public final class RemainsJson {
  private static final int FORMAT = 0;
  private static final int MOST = 16;
  private static final int LONGEST = 8192;
  private static final String KEPT = "kept";

  private RemainsJson() {}

  /** The answer; it is that of a build that says nothing when nothing stays. */
  public static ObjectNode write(List<FlowProblem> kept) {
    ObjectNode json = SpecJson.object(FORMAT);
    if (!kept.isEmpty()) {
      ArrayNode all = json.putArray(KEPT);
      kept.stream()
          .limit(MOST)
          .forEach(one -> all.addObject().put("path", one.path()).put("reason", one.reason()));
    }
    return json;
  }

  /**
   * Reads what another site says: for people alone, so what is not understood is left out.
   *
   * @param site put before its paths
   */
  static List<FlowProblem> read(String site, ObjectNode json) {
    List<FlowProblem> kept = new ArrayList<>();
    for (JsonNode one : json.path(KEPT)) {
      String path = one.path("path").asText();
      String reason = one.path("reason").asText();
      if (kept.size() < MOST && path.length() + reason.length() <= LONGEST && !path.isEmpty()) {
        kept.add(new FlowProblem(site + ":" + path, reason));
      }
    }
    return List.copyOf(kept);
  }
}
