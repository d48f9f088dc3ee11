// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.AccessRule;
import io.kmesh.snapshots.Caller;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** The JSON forms of access rules and callers: docs/format/snapshot-spec.md. */
final class AccessJson {
  private static final Set<String> RULE = Set.of("kind", "name", "path");
  private static final Set<String> CALLER = Set.of("user", "groups", "application");

  private AccessJson() {}

  static ArrayNode write(List<AccessRule> rules) {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (AccessRule rule : rules) {
      json.addObject()
          .put("kind", rule.kind().name())
          .put("name", rule.name())
          .put("path", HexFormat.of().formatHex(rule.path().toBytes()));
    }
    return json;
  }

  static List<AccessRule> read(JsonNode json) {
    if (!json.isArray()) {
      throw new IllegalArgumentException("\"access\" is no list");
    }
    List<AccessRule> rules = new ArrayList<>();
    for (JsonNode rule : json) {
      SpecJson.onlyFields(rule, RULE);
      rules.add(
          new AccessRule(
              AccessRule.Kind.valueOf(SpecJson.text(rule, "kind")),
              SpecJson.text(rule, "name"),
              PathBytes.of(HexFormat.of().parseHex(SpecJson.text(rule, "path")))));
    }
    return rules;
  }

  static void write(ObjectNode json, Caller caller) {
    json.put("user", caller.user());
    ArrayNode groups = json.putArray("groups");
    caller.groups().stream().sorted().forEach(groups::add);
    json.put("application", caller.application());
  }

  static Caller caller(JsonNode json) {
    SpecJson.onlyFields(json, CALLER);
    Set<String> groups = new HashSet<>();
    for (JsonNode group : SpecJson.required(json, "groups")) {
      groups.add(group.asText());
    }
    return new Caller(SpecJson.text(json, "user"), groups, SpecJson.text(json, "application"));
  }
}
