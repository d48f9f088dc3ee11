// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.placement;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.placement.Placement;
import io.kmesh.placement.PlacementDecision;
import io.kmesh.placement.PlacementEffect;
import io.kmesh.placement.PlacementMatch;
import io.kmesh.placement.PlacementNames;
import io.kmesh.placement.PlacementNames.Kind;
import io.kmesh.placement.PlacementRule;
import io.kmesh.placement.PlacementRules;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The canonical JSON forms. Format: docs/format/placement.md, version 0. */
public final class PlacementJson {
  /** The version that is written and read. */
  public static final int FORMAT = 0;

  private PlacementJson() {}

  /** Rules as a tree. */
  public static ObjectNode write(PlacementRules rules) {
    ObjectNode node = SpecJson.object(FORMAT);
    ArrayNode array = node.putArray("rules");
    for (PlacementRule rule : rules.rules()) {
      ObjectNode one = array.addObject();
      one.put("name", rule.name()).put("effect", rule.effect().name());
      write(one.putObject("source"), rule.source());
      write(one.putObject("target"), rule.target());
    }
    return node.put("otherwise", rules.otherwise().name());
  }

  private static void write(ObjectNode node, PlacementMatch match) {
    write(node, "countries", match.countries());
    write(node, "providers", match.providers());
    write(node, "keyOwners", match.keyOwners());
  }

  private static void write(ObjectNode node, String field, PlacementNames names) {
    if (names.kind() != Kind.ANY) {
      ArrayNode array = node.putObject(field).putArray(names.kind() == Kind.IN ? "in" : "outside");
      names.names().forEach(array::add);
    }
  }

  /** A decision as a tree. */
  public static ObjectNode write(PlacementDecision decision) {
    ObjectNode node = SpecJson.object(FORMAT);
    node.put("effect", decision.effect().name());
    decision.rule().ifPresent(rule -> node.put("rule", rule));
    node.put("reason", decision.reason());
    write(node.putObject("source"), decision.source());
    write(node.putObject("target"), decision.target());
    return node.put("time", decision.time().toString());
  }

  private static void write(ObjectNode node, Placement site) {
    node.put("site", site.site());
    site.country().ifPresent(country -> node.put("country", country));
    site.provider().ifPresent(provider -> node.put("provider", provider));
    site.keyOwner().ifPresent(owner -> node.put("keyOwner", owner));
  }

  /**
   * Reads rules.
   *
   * @param name what errors call them
   * @throws IOException a typed one when they are damaged or of another format
   */
  public static PlacementRules decodeRules(String name, byte[] bytes) throws IOException {
    return SpecJson.decode("placement rules", name, FORMAT, bytes, PlacementJson::rules);
  }

  /**
   * Reads a decision.
   *
   * @param name what errors call it
   * @throws IOException a typed one when it is damaged or of another format
   */
  public static PlacementDecision decodeDecision(String name, byte[] bytes) throws IOException {
    return SpecJson.decode("placement decision", name, FORMAT, bytes, PlacementJson::decision);
  }

  private static PlacementRules rules(JsonNode node) {
    SpecJson.onlyFields(node, Set.of("format", "rules", "otherwise"));
    List<PlacementRule> rules = new ArrayList<>();
    for (JsonNode rule : array(node, "rules")) {
      SpecJson.onlyFields(rule, Set.of("name", "effect", "source", "target"));
      rules.add(
          new PlacementRule(
              SpecJson.text(rule, "name"),
              PlacementEffect.valueOf(SpecJson.text(rule, "effect")),
              match(SpecJson.required(rule, "source")),
              match(SpecJson.required(rule, "target"))));
    }
    return new PlacementRules(rules, PlacementEffect.valueOf(SpecJson.text(node, "otherwise")));
  }

  private static PlacementMatch match(JsonNode node) {
    SpecJson.onlyFields(node, Set.of("countries", "providers", "keyOwners"));
    return new PlacementMatch(
        names(node, "countries"), names(node, "providers"), names(node, "keyOwners"));
  }

  private static PlacementNames names(JsonNode node, String field) {
    if (!node.has(field)) {
      return PlacementNames.ANY;
    }
    JsonNode value = SpecJson.single(node, field);
    String word = value.fieldNames().next();
    Kind kind =
        switch (word) {
          case "in" -> Kind.IN;
          case "outside" -> Kind.OUTSIDE;
          default -> throw new IllegalArgumentException("\"" + word + "\" is not known");
        };
    Set<String> names = new TreeSet<>();
    for (JsonNode name : array(value, word)) {
      if (!name.isTextual() || !names.add(name.textValue())) {
        throw new IllegalArgumentException("a name is no text, or is there twice");
      }
    }
    return new PlacementNames(kind, names);
  }

  /**
   * Reads a decision that is part of something else.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static PlacementDecision decision(JsonNode node) {
    SpecJson.onlyFields(
        node, Set.of("format", "effect", "rule", "reason", "source", "target", "time"));
    return new PlacementDecision(
        PlacementEffect.valueOf(SpecJson.text(node, "effect")),
        optional(node, "rule"),
        SpecJson.text(node, "reason"),
        site(SpecJson.required(node, "source")),
        site(SpecJson.required(node, "target")),
        Instant.parse(SpecJson.text(node, "time")));
  }

  private static Placement site(JsonNode node) {
    SpecJson.onlyFields(node, Set.of("site", "country", "provider", "keyOwner"));
    return new Placement(
        SpecJson.text(node, "site"),
        optional(node, "country"),
        optional(node, "provider"),
        optional(node, "keyOwner"));
  }

  private static @Nullable String optional(JsonNode node, String field) {
    return node.has(field) ? SpecJson.text(node, field) : null;
  }

  private static JsonNode array(JsonNode node, String field) {
    JsonNode value = SpecJson.required(node, field);
    if (!value.isArray()) {
      throw new IllegalArgumentException("the field \"" + field + "\" is no array");
    }
    return value;
  }
}
