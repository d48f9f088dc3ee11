// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.placement;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.EndpointJson;
import io.kmesh.core.internal.flows.placement.PlacementGate.Decided;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.placement.PlacementJson;
import io.kmesh.placement.Placement;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Facts and decisions as they are kept: docs/format/placement.md, version 0. Stateless. */
final class FactsJson {
  static final int FORMAT = 0;

  private static final Set<String> FIELDS = Set.of("format", "here", "sites", "trees");
  private static final Set<String> FACTS = Set.of("country", "provider", "keyOwner");
  private static final Set<String> TREE = Set.of("endpoint", "facts");
  private static final Set<String> DECISIONS = Set.of("format", "decisions");
  private static final Set<String> DECIDED = Set.of("way", "decision");

  private FactsJson() {}

  static byte[] encode(PlacementFacts facts) {
    ObjectNode json = SpecJson.object(FORMAT);
    write(json.putObject("here"), facts.here());
    ObjectNode sites = json.putObject("sites");
    facts.sites().forEach((site, said) -> write(sites.putObject(site), said));
    ArrayNode trees = json.putArray("trees");
    facts
        .trees()
        .forEach(
            (tree, said) -> {
              ObjectNode one = trees.addObject();
              one.set("endpoint", EndpointJson.write(tree));
              write(one.putObject("facts"), said);
            });
    return SpecJson.encode(json);
  }

  private static void write(ObjectNode json, Placement said) {
    said.country().ifPresent(country -> json.put("country", country));
    said.provider().ifPresent(provider -> json.put("provider", provider));
    said.keyOwner().ifPresent(owner -> json.put("keyOwner", owner));
  }

  static PlacementFacts decode(byte[] bytes) throws IOException {
    return SpecJson.decode("placement facts", "of this Kmesh", FORMAT, bytes, FactsJson::facts);
  }

  private static PlacementFacts facts(JsonNode json) {
    SpecJson.onlyFields(json, FIELDS);
    Map<String, Placement> sites = new HashMap<>();
    JsonNode named = SpecJson.required(json, "sites");
    if (!named.isObject()) {
      throw new IllegalArgumentException("\"sites\" is no object");
    }
    for (Map.Entry<String, JsonNode> site : named.properties()) {
      sites.put(site.getKey(), said(site.getValue(), site.getKey()));
    }
    Map<Endpoint, Placement> trees = new HashMap<>();
    for (JsonNode tree : array(json, "trees")) {
      SpecJson.onlyFields(tree, TREE);
      Endpoint endpoint = EndpointJson.read(SpecJson.required(tree, "endpoint"));
      trees.put(endpoint, said(SpecJson.required(tree, "facts"), PlacementFacts.nameOf(endpoint)));
    }
    return new PlacementFacts(
        said(SpecJson.required(json, "here"), PlacementFacts.HERE), sites, trees);
  }

  private static Placement said(JsonNode json, String name) {
    SpecJson.onlyFields(json, FACTS);
    return new Placement(
        name, optional(json, "country"), optional(json, "provider"), optional(json, "keyOwner"));
  }

  private static @Nullable String optional(JsonNode json, String field) {
    return json.has(field) ? SpecJson.text(json, field) : null;
  }

  static byte[] encode(List<Decided> decisions) {
    ObjectNode json = SpecJson.object(FORMAT);
    ArrayNode array = json.putArray("decisions");
    for (Decided one : decisions) {
      ObjectNode entry = array.addObject().put("way", one.way().name());
      entry.set("decision", PlacementJson.write(one.decision()));
    }
    return SpecJson.encode(json);
  }

  static List<Decided> decisions(String flow, byte[] bytes) throws IOException {
    return SpecJson.decode(
        "placement decisions of the flow", flow, FORMAT, bytes, FactsJson::decisions);
  }

  private static List<Decided> decisions(JsonNode json) {
    SpecJson.onlyFields(json, DECISIONS);
    List<Decided> all = new ArrayList<>();
    for (JsonNode one : array(json, "decisions")) {
      SpecJson.onlyFields(one, DECIDED);
      all.add(
          new Decided(
              Way.valueOf(SpecJson.text(one, "way")),
              PlacementJson.decision(SpecJson.required(one, "decision"))));
    }
    return all;
  }

  private static JsonNode array(JsonNode json, String field) {
    JsonNode value = SpecJson.required(json, field);
    if (!value.isArray()) {
      throw new IllegalArgumentException("the field \"" + field + "\" is no array");
    }
    return value;
  }
}
