// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.head;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The JSON of heads: docs/format/repository.md, "Heads". */
final class HeadJson {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> ROOT_FIELDS = Set.of("kind", "name", "id", "time", "chunk");

  private HeadJson() {}

  static byte[] write(Head head) {
    ObjectNode json = JSON.createObjectNode();
    json.put("format", 0).put("generation", head.generation()).put("attempt", head.attempt());
    texts(json.putArray("recent"), head.recent());
    ArrayNode roots = json.putArray("roots");
    for (Head.Root root : head.roots()) {
      ObjectNode node = roots.addObject();
      node.put("kind", root.kind()).put("name", root.name()).put("id", root.id());
      node.put("time", root.time()).put("chunk", root.chunk().toString());
      root.labels().forEach((name, value) -> node.put(name, value));
    }
    ArrayNode runs = json.putArray("runs");
    for (Head.Run run : head.runs()) {
      runs.addObject().put("key", run.key()).put("chunks", run.chunks()).put("type", run.type());
    }
    ArrayNode sessions = json.putArray("sessions");
    for (Head.Session session : head.sessions()) {
      ObjectNode node = sessions.addObject();
      node.put("id", session.id()).put("began", session.began()).put("host", session.host());
      texts(node.putArray("holds"), session.holds());
      if (session.knows() != Head.Session.READS) {
        node.put("knows", session.knows());
      }
    }
    Map<Long, Set<PackId>> condemned = new TreeMap<>();
    head.condemned()
        .forEach((pack, since) -> condemned.computeIfAbsent(since, s -> new TreeSet<>()).add(pack));
    ArrayNode doomed = json.putArray("condemned");
    condemned.forEach(
        (since, packs) -> texts(doomed.addObject().put("since", since).putArray("packs"), packs));
    texts(json.putArray("gone"), head.gone().stream().sorted().toList());
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("JSON that was built can't be written.", e);
    }
  }

  private static void texts(ArrayNode array, Collection<?> values) {
    values.forEach(value -> array.add(value.toString()));
  }

  static Head read(byte[] content, String what) throws ProviderException {
    try {
      JsonNode json = JSON.readTree(content);
      if (json.path("format").asInt(-1) != 0) {
        throw new ProviderException(
            ErrorKind.UNSUPPORTED,
            "Cannot read "
                + what
                + ": its format is "
                + json.path("format")
                + ", this Kmesh reads 0. Use a newer Kmesh.");
      }
      List<Head.Root> roots = new ArrayList<>();
      for (JsonNode node : list(json, "roots")) {
        roots.add(root(node));
      }
      List<Head.Run> runs = new ArrayList<>();
      for (JsonNode node : list(json, "runs")) {
        runs.add(
            new Head.Run(text(node, "key"), number(node, "chunks"), (int) number(node, "type")));
      }
      List<Head.Session> sessions = new ArrayList<>();
      for (JsonNode node : list(json, "sessions")) {
        sessions.add(
            new Head.Session(
                text(node, "id"),
                number(node, "began"),
                text(node, "host"),
                texts(node, "holds").stream().map(ChunkName::parse).toList(),
                node.has("knows") ? number(node, "knows") : Head.Session.READS));
      }
      return new Head(
          number(json, "generation"),
          text(json, "attempt"),
          texts(json, "recent"),
          roots,
          runs,
          sessions,
          condemned(json),
          packs(json, "gone"));
    } catch (ProviderException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT, "Cannot read " + what + ": " + e.getMessage() + ".", e);
    }
  }

  private static Head.Root root(JsonNode node) {
    Map<String, String> labels = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!ROOT_FIELDS.contains(field.getKey())) {
        labels.put(field.getKey(), field.getValue().asText());
      }
    }
    return new Head.Root(
        text(node, "kind"),
        text(node, "name"),
        text(node, "id"),
        number(node, "time"),
        ChunkName.parse(text(node, "chunk")),
        labels);
  }

  private static Map<PackId, Long> condemned(JsonNode json) {
    Map<PackId, Long> condemned = new HashMap<>();
    for (JsonNode node : list(json, "condemned")) {
      long since = number(node, "since");
      packs(node, "packs").forEach(pack -> condemned.merge(pack, since, Math::max));
    }
    return condemned;
  }

  private static Set<PackId> packs(JsonNode json, String field) {
    Set<PackId> packs = new LinkedHashSet<>();
    texts(json, field).forEach(id -> packs.add(PackId.parse(id)));
    return packs;
  }

  private static JsonNode list(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isArray()) {
      throw new IllegalArgumentException("\"" + field + "\" is no list");
    }
    return value;
  }

  private static List<String> texts(JsonNode json, String field) {
    List<String> texts = new ArrayList<>();
    for (JsonNode value : list(json, field)) {
      if (!value.isTextual()) {
        throw new IllegalArgumentException("\"" + field + "\" has " + value.getNodeType());
      }
      texts.add(value.asText());
    }
    return texts;
  }

  private static String text(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("\"" + field + "\" is no text");
    }
    return value.asText();
  }

  private static long number(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IllegalArgumentException("\"" + field + "\" is no whole number");
    }
    return value.asLong();
  }
}
