// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.endpoints.EndpointJson;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.RestoreSpec;
import io.kmesh.snapshots.SnapshotCutSpec;
import io.kmesh.snapshots.SnapshotSpec;
import java.io.IOException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The canonical JSON forms of what is to be taken and restored. Format:
 * docs/format/snapshot-spec.md, version 0.
 */
final class SnapshotSpecJson {
  static final int FORMAT = 0;

  private static final Set<String> TAKE =
      Set.of(
          "format",
          "source",
          "repository",
          "tags",
          "excludes",
          "holds",
          "reading",
          "changelogUsers",
          "access");
  private static final Set<String> CUT =
      Set.of("format", "sites", "hooks", "hookDeadline", "frozenDeadline");
  private static final Set<String> RESTORE =
      Set.of("format", "path", "target", "placement", "existing");

  private SnapshotSpecJson() {}

  static ObjectNode write(SnapshotSpec spec) {
    ObjectNode json = SpecJson.object(FORMAT);
    json.set("source", EndpointJson.write(spec.source()));
    spec.repository().ifPresent(name -> json.put("repository", name));
    SnapshotFacts.putAll(json.putObject("tags"), spec.tags());
    ArrayNode excludes = json.putArray("excludes");
    spec.excludes().forEach(excludes::add);
    SnapshotFacts.putAll(json.putObject("holds"), spec.holds());
    json.put("reading", spec.reading().name());
    if (!spec.changelogUsers().isEmpty()) {
      ObjectNode users = json.putObject("changelogUsers");
      spec.changelogUsers().forEach((mdt, user) -> users.put(Integer.toString(mdt), user));
    }
    if (!spec.access().isEmpty()) {
      json.set("access", AccessJson.write(spec.access()));
    }
    return json;
  }

  static SnapshotSpec readTake(JsonNode json) {
    SpecJson.onlyFields(json, TAKE);
    return new SnapshotSpec(
        EndpointJson.read(SpecJson.required(json, "source")),
        json.has("repository") ? SpecJson.text(json, "repository") : null,
        texts(json, "tags"),
        list(json, "excludes"),
        texts(json, "holds"),
        SnapshotSpec.Reading.valueOf(SpecJson.text(json, "reading")),
        json.has("changelogUsers") ? users(texts(json, "changelogUsers")) : Map.of(),
        json.has("access") ? AccessJson.read(json.path("access")) : List.of());
  }

  static SnapshotSpec decodeTake(String name, byte[] bytes) throws IOException {
    return SpecJson.decode(
        "snapshot specification", name, FORMAT, bytes, SnapshotSpecJson::readTake);
  }

  static ObjectNode write(SnapshotCutSpec spec) {
    ObjectNode json = SpecJson.object(FORMAT);
    ArrayNode sites = json.putArray("sites");
    spec.sites().forEach(site -> sites.add(write(site)));
    ArrayNode hooks = json.putArray("hooks");
    spec.hooks().forEach(hooks::add);
    json.put("hookDeadline", spec.hookDeadline().toString());
    return json.put("frozenDeadline", spec.frozenDeadline().toString());
  }

  static SnapshotCutSpec readCut(JsonNode json) {
    SpecJson.onlyFields(json, CUT);
    List<SnapshotSpec> sites = new ArrayList<>();
    SpecJson.required(json, "sites").forEach(site -> sites.add(readTake(site)));
    return new SnapshotCutSpec(
        sites,
        list(json, "hooks"),
        duration(json, "hookDeadline"),
        duration(json, "frozenDeadline"));
  }

  private static Duration duration(JsonNode json, String field) {
    try {
      return Duration.parse(SpecJson.text(json, field));
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("\"" + field + "\" is no duration", e);
    }
  }

  static SnapshotCutSpec decodeCut(String name, byte[] bytes) throws IOException {
    return SpecJson.decode("cut specification", name, FORMAT, bytes, SnapshotSpecJson::readCut);
  }

  static ObjectNode write(RestoreSpec spec) {
    ObjectNode json = SpecJson.object(FORMAT);
    json.put("path", HexFormat.of().formatHex(spec.path().toBytes()));
    json.set("target", EndpointJson.write(spec.target()));
    json.put("placement", spec.placement().name()).put("existing", spec.existing().name());
    return json;
  }

  static RestoreSpec readRestore(JsonNode json) {
    SpecJson.onlyFields(json, RESTORE);
    return new RestoreSpec(
        PathBytes.of(HexFormat.of().parseHex(SpecJson.text(json, "path"))),
        EndpointJson.read(SpecJson.required(json, "target")),
        RestoreSpec.Placement.valueOf(SpecJson.text(json, "placement")),
        RestoreSpec.Existing.valueOf(SpecJson.text(json, "existing")));
  }

  static RestoreSpec decodeRestore(String name, byte[] bytes) throws IOException {
    return SpecJson.decode(
        "restore specification", name, FORMAT, bytes, SnapshotSpecJson::readRestore);
  }

  private static Map<Integer, String> users(Map<String, String> texts) {
    Map<Integer, String> users = new TreeMap<>();
    texts.forEach((mdt, user) -> users.put(Integer.parseInt(mdt), user));
    if (users.size() != texts.size()) {
      throw new IllegalArgumentException("\"changelogUsers\" names an MDT twice");
    }
    return users;
  }

  private static Map<String, String> texts(JsonNode json, String field) {
    JsonNode object = SpecJson.required(json, field);
    if (!object.isObject()) {
      throw new IllegalArgumentException("\"" + field + "\" is no object");
    }
    Map<String, String> texts = new TreeMap<>();
    object.fieldNames().forEachRemaining(name -> texts.put(name, SpecJson.text(object, name)));
    return texts;
  }

  private static List<String> list(JsonNode json, String field) {
    List<String> texts = new ArrayList<>();
    for (JsonNode text : SpecJson.required(json, field)) {
      if (!text.isTextual()) {
        throw new IllegalArgumentException("\"" + field + "\" has what is no text");
      }
      texts.add(text.textValue());
    }
    return texts;
  }
}
