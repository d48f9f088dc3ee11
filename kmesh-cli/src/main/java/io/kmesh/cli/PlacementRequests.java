// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.engine.PlacementForm;
import io.kmesh.placement.Placement;
import io.kmesh.placement.PlacementDecision;
import io.kmesh.placement.Placements;
import io.kmesh.spi.ErrorKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What commands ask about where data may go. Stateless. */
final class PlacementRequests {
  private static final ObjectMapper JSON = new ObjectMapper();

  private PlacementRequests() {}

  static ObjectNode facts(Placements placement, JsonNode request) {
    if (request.has("place")) {
      say(placement, request.path("place").asText(), request);
    }
    ObjectNode answer = Output.object();
    ObjectNode facts = answer.putObject("facts");
    placement.facts().forEach((place, said) -> write(said, facts.putObject(place)));
    return answer;
  }

  private static void say(Placements placement, String place, JsonNode request) {
    Placement said =
        new Placement(
            "said", text(request, "country"), text(request, "provider"), text(request, "keyOwner"));
    if (place.equals("here")) {
      placement.here(p -> said);
    } else if (place.startsWith("/") || place.contains("::")) {
      placement.endpoint(EndpointText.parse(place), p -> said);
    } else {
      placement.site(place, p -> said);
    }
  }

  private static @Nullable String text(JsonNode request, String field) {
    return request.has(field) ? request.path(field).asText() : null;
  }

  private static void write(Placement said, ObjectNode json) {
    said.country().ifPresent(country -> json.put("country", country));
    said.provider().ifPresent(provider -> json.put("provider", provider));
    said.keyOwner().ifPresent(owner -> json.put("keyOwner", owner));
  }

  static ObjectNode rules(Placements placement, JsonNode request) {
    if (request.has("rules")) {
      byte[] given = request.path("rules").toString().getBytes(StandardCharsets.UTF_8);
      try {
        placement.rules(PlacementForm.decode(request.path("name").asText(), given));
      } catch (IOException e) {
        throw new KmeshException(
            ErrorKind.INVALID,
            "Cannot use these placement rules: " + e.getMessage() + " Nothing was changed.",
            e);
      }
    }
    try {
      return (ObjectNode) JSON.readTree(PlacementForm.encode(placement.rules()));
    } catch (IOException e) {
      throw new IllegalStateException("What was just written can be read.", e);
    }
  }

  /** Decisions as commands print them. */
  static void write(List<PlacementDecision> decisions, ObjectNode json) {
    ArrayNode array = json.putArray("placement");
    for (PlacementDecision decision : decisions) {
      ObjectNode one = array.addObject();
      one.put("effect", decision.effect().name());
      decision.rule().ifPresent(rule -> one.put("rule", rule));
      one.put("reason", decision.reason()).put("time", decision.time().toString());
    }
  }
}
