// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.tiering.Condition;
import io.kmesh.tiering.TieringPolicy;
import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The canonical JSON form of a policy. Format: docs/format/tiering-policy.md, version 0. */
final class PolicyJson {
  static final int FORMAT = 0;

  private static final JsonMapper JSON = new JsonMapper();
  private static final int MAX_DEPTH = 32;

  private PolicyJson() {}

  static ObjectNode write(TieringPolicy policy) {
    ObjectNode node = JSON.createObjectNode();
    node.put("format", FORMAT);
    node.put("name", policy.name());
    node.put("cluster", policy.cluster());
    node.put("under", HexFormat.of().formatHex(policy.under().toBytes()));
    node.set("when", write(policy.condition()));
    policy.archiveTo().ifPresent(store -> node.put("archiveTo", store));
    node.put("release", policy.release().name());
    policy.moveTo().ifPresent(pool -> node.put("moveTo", pool));
    policy
        .watermarks()
        .ifPresent(
            w -> {
              ObjectNode marks = node.putObject("watermarks");
              w.pool().ifPresent(pool -> marks.put("pool", pool));
              marks.put("high", w.high().value()).put("low", w.low().value());
            });
    policy
        .keepNewest()
        .ifPresent(k -> node.putObject("keepNewest").put("count", k.count()).put("glob", k.glob()));
    policy
        .promote()
        .ifPresent(
            p ->
                node.putObject("promote")
                    .put("from", p.fromPool())
                    .put("to", p.toPool())
                    .put("usedWithin", p.usedWithin().toString()));
    return node;
  }

  static byte[] encode(TieringPolicy policy) {
    try {
      return JSON.writeValueAsBytes(write(policy));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree of plain values can always be written.", e);
    }
  }

  static TieringPolicy decode(String name, byte[] bytes) throws IOException {
    try {
      JsonNode node = JSON.readTree(bytes);
      if (node == null || !node.isObject()) {
        throw new IllegalArgumentException("it is no JSON object");
      }
      int format = node.path("format").asInt(-1);
      if (format != FORMAT) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot read the tiering policy \""
                + name
                + "\": it has format "
                + format
                + ", this build knows "
                + FORMAT
                + ". Use the Kmesh release that wrote it.");
      }
      return read(node);
    } catch (JsonProcessingException
        | IllegalArgumentException
        | ArithmeticException
        | DateTimeException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read the tiering policy \""
              + name
              + "\": "
              + e.getMessage()
              + ". Delete the policy and make it anew.",
          e);
    }
  }

  private static TieringPolicy read(JsonNode node) {
    TieringPolicy.Watermarks marks = null;
    JsonNode w = node.get("watermarks");
    if (w != null) {
      marks =
          new TieringPolicy.Watermarks(
              w.has("pool") ? text(w, "pool") : null,
              new Percent(number(w, "high")),
              new Percent(number(w, "low")));
    }
    JsonNode k = node.get("keepNewest");
    JsonNode p = node.get("promote");
    return new TieringPolicy(
        text(node, "name"),
        text(node, "cluster"),
        PathBytes.of(HexFormat.of().parseHex(text(node, "under"))),
        condition(required(node, "when"), 0),
        node.has("archiveTo") ? text(node, "archiveTo") : null,
        TieringPolicy.Release.valueOf(text(node, "release")),
        node.has("moveTo") ? text(node, "moveTo") : null,
        marks,
        k == null
            ? null
            : new TieringPolicy.KeepNewest(Math.toIntExact(whole(k, "count")), text(k, "glob")),
        p == null
            ? null
            : new TieringPolicy.Promote(
                text(p, "from"), text(p, "to"), Duration.parse(text(p, "usedWithin"))));
  }

  private static ObjectNode write(Condition condition) {
    ObjectNode node = JSON.createObjectNode();
    if (condition instanceof Condition.All c) {
      writeAll(node.putArray("all"), c.parts());
    } else if (condition instanceof Condition.Any c) {
      writeAll(node.putArray("any"), c.parts());
    } else if (condition instanceof Condition.Not c) {
      node.set("not", write(c.part()));
    } else if (condition instanceof Condition.PathMatches c) {
      node.put("path", c.glob());
    } else if (condition instanceof Condition.SizeBetween c) {
      node.putObject("size").put("least", c.least().bytes()).put("most", c.most().bytes());
    } else if (condition instanceof Condition.OlderThan c) {
      node.putObject("olderThan").put("basis", c.basis().name()).put("age", c.age().toString());
    } else if (condition instanceof Condition.OwnedBy c) {
      node.put("owner", c.uid());
    } else if (condition instanceof Condition.InProject c) {
      node.put("project", c.project());
    } else if (condition instanceof Condition.HasHsmFlag c) {
      node.put("hsm", c.flag().name());
    } else if (condition instanceof Condition.InPool c) {
      node.put("inPool", c.pool());
    } else if (condition instanceof Condition.PoolAbove c) {
      node.putObject("poolAbove").put("pool", c.pool()).put("share", c.share().value());
    } else {
      node.put("anything", true);
    }
    return node;
  }

  private static void writeAll(ArrayNode array, List<Condition> parts) {
    parts.forEach(part -> array.add(write(part)));
  }

  private static Condition condition(JsonNode node, int depth) {
    if (depth > MAX_DEPTH || !node.isObject() || node.size() != 1) {
      throw new IllegalArgumentException(
          "a condition is an object of one field, at most " + MAX_DEPTH + " deep");
    }
    String word = node.fieldNames().next();
    JsonNode value = required(node, word);
    return switch (word) {
      case "all" -> new Condition.All(parts(value, depth));
      case "any" -> new Condition.Any(parts(value, depth));
      case "not" -> new Condition.Not(condition(value, depth + 1));
      case "path" -> new Condition.PathMatches(text(node, word));
      case "size" ->
          new Condition.SizeBetween(
              DataSize.ofBytes(whole(value, "least")), DataSize.ofBytes(whole(value, "most")));
      case "olderThan" ->
          new Condition.OlderThan(
              Condition.AgeBasis.valueOf(text(value, "basis")), Duration.parse(text(value, "age")));
      case "owner" -> new Condition.OwnedBy(whole(node, word));
      case "project" -> new Condition.InProject(whole(node, word));
      case "hsm" -> new Condition.HasHsmFlag(HsmFlag.valueOf(text(node, word)));
      case "inPool" -> new Condition.InPool(text(node, word));
      case "poolAbove" ->
          new Condition.PoolAbove(text(value, "pool"), new Percent(number(value, "share")));
      case "anything" -> new Condition.Anything();
      default -> throw new IllegalArgumentException("the condition \"" + word + "\" is not known");
    };
  }

  private static List<Condition> parts(JsonNode array, int depth) {
    List<Condition> parts = new ArrayList<>();
    array.forEach(part -> parts.add(condition(part, depth + 1)));
    return parts;
  }

  private static JsonNode required(JsonNode node, String field) {
    JsonNode value = node.get(field);
    if (value == null) {
      throw new IllegalArgumentException("the field \"" + field + "\" is missing");
    }
    return value;
  }

  private static String text(JsonNode node, String field) {
    JsonNode value = required(node, field);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("the field \"" + field + "\" is no text");
    }
    return value.textValue();
  }

  private static double number(JsonNode node, String field) {
    JsonNode value = required(node, field);
    if (!value.isNumber()) {
      throw new IllegalArgumentException("the field \"" + field + "\" is no number");
    }
    return value.doubleValue();
  }

  private static long whole(JsonNode node, String field) {
    JsonNode value = required(node, field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IllegalArgumentException("the field \"" + field + "\" is no whole number");
    }
    return value.longValue();
  }
}
