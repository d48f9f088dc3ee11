// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.flows.DataFlows;
import io.kmesh.flows.FlowPart;
import io.kmesh.flows.FlowRemains;
import io.kmesh.spi.ErrorKind;

/** Answers about ends that are here of other sites' flows. Stateless. */
final class PartRequests {
  private PartRequests() {}

  static ObjectNode handle(DataFlows flows, String what, JsonNode request) {
    if (what.equals("flow.parts")) {
      ObjectNode json = Output.object();
      ArrayNode all = json.putArray("parts");
      flows.parts().forEach(part -> all.add(json(part)));
      return json;
    }
    String name = request.path("name").asText();
    if (!request.path("sure").asBoolean()) {
      ObjectNode json = Output.object();
      ArrayNode all = json.putArray("wouldForget");
      flows.parts().stream()
          .filter(part -> part.name().equals(name) || part.id().equals(name))
          .forEach(part -> all.add(json(part)));
      if (all.isEmpty()) {
        throw new KmeshException(
            ErrorKind.NOT_FOUND,
            "Cannot forget the part \"" + name + "\" of a flow: kmesh flow parts names all.");
      }
      return json;
    }
    return remains(flows.forgetPart(name), Output.object().put("forgot", name));
  }

  private static ObjectNode json(FlowPart part) {
    return Output.object()
        .put("name", part.name())
        .put("flow", part.flow())
        .put("site", part.site())
        .put("id", part.id())
        .put("tree", part.tree().toString())
        .put("written", part.isWritten())
        .put("connected", part.isConnected());
  }

  /** What stays of a flow. */
  static ObjectNode remains(FlowRemains remains, ObjectNode json) {
    ArrayNode kept = json.putArray("kept");
    remains
        .kept()
        .forEach(one -> kept.addObject().put("path", one.path()).put("reason", one.reason()));
    remains.toTell().ifPresent(site -> json.put("toTell", site));
    return json;
  }
}
