// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static io.kmesh.core.internal.snapshots.service.ReportCodec.number;
import static io.kmesh.core.internal.snapshots.service.ReportCodec.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.snapshots.Additions;
import io.kmesh.core.internal.snapshots.Manifest;
import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.core.internal.snapshots.SnapshotLabels;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.AccessRule;
import io.kmesh.snapshots.SnapshotProblem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot says of itself, without its tree. Format: docs/format/operations.md.
 *
 * @param stored -1 when it is not known
 * @param access who may see what; none for all
 * @param cutOrNull the cut that it is a part of
 * @param scanReasonOrNull why all was walked although changelogs were given
 */
record SnapshotFacts(
    String repository,
    String id,
    String name,
    Instant time,
    String source,
    String host,
    Map<String, String> tags,
    Map<String, String> holds,
    long files,
    long directories,
    long others,
    long bytes,
    long stored,
    long problems,
    List<SnapshotProblem> details,
    List<AccessRule> access,
    @Nullable String cutOrNull,
    @Nullable String scanReasonOrNull) {
  private static final String DETAILS = "details";

  SnapshotFacts {
    tags = Collections.unmodifiableMap(new TreeMap<>(tags));
    holds = Collections.unmodifiableMap(new TreeMap<>(holds));
    details = List.copyOf(details);
    access = List.copyOf(access);
  }

  static SnapshotFacts of(String repository, SnapshotStore.Known known) {
    return of(
        repository,
        known.manifest(),
        SnapshotLabels.holds(known.root()),
        SnapshotLabels.stored(known.root()).orElse(-1),
        List.of(),
        null);
  }

  static SnapshotFacts of(String repository, SnapshotStore.Taken taken, Map<String, String> holds) {
    return of(
        repository,
        taken.manifest(),
        holds,
        taken.stored(),
        problems(taken.tally()),
        taken.tally().scanReason().orElse(null));
  }

  static List<SnapshotProblem> problems(ScanTally tally) {
    return tally.problems().stream().map(p -> new SnapshotProblem(p.path(), p.reason())).toList();
  }

  private static SnapshotFacts of(
      String repository,
      Manifest m,
      Map<String, String> holds,
      long stored,
      List<SnapshotProblem> details,
      @Nullable String scanReason) {
    return new SnapshotFacts(
        repository,
        m.id(),
        m.name(),
        m.time(),
        m.source(),
        m.host(),
        m.tags(),
        holds,
        m.files(),
        m.directories(),
        m.others(),
        m.bytes(),
        stored,
        m.problems(),
        details,
        m.more().access(),
        m.more().cut().map(Additions.Cut::id).orElse(null),
        scanReason);
  }

  void write(ObjectNode json) {
    json.put("repository", repository).put("id", id).put("name", name);
    json.put("time", time.toString()).put("source", source).put("host", host);
    putAll(json.putObject("tags"), tags);
    putAll(json.putObject("holds"), holds);
    json.put("files", files).put("directories", directories).put("others", others);
    json.put("bytes", bytes).put("stored", stored).put("problems", problems);
    writeDetails(json, details);
    if (!access.isEmpty()) {
      json.set("access", AccessJson.write(access));
    }
    if (cutOrNull != null) {
      json.put("cut", cutOrNull);
    }
    if (scanReasonOrNull != null) {
      json.put("scanReason", scanReasonOrNull);
    }
  }

  static SnapshotFacts read(JsonNode json) {
    return new SnapshotFacts(
        text(json, "repository"),
        text(json, "id"),
        text(json, "name"),
        Instant.parse(text(json, "time")),
        text(json, "source"),
        text(json, "host"),
        texts(json.path("tags")),
        texts(json.path("holds")),
        number(json, "files"),
        number(json, "directories"),
        number(json, "others"),
        number(json, "bytes"),
        number(json, "stored"),
        number(json, "problems"),
        readDetails(json),
        json.has("access") ? AccessJson.read(json.path("access")) : List.of(),
        json.has("cut") ? text(json, "cut") : null,
        json.has("scanReason") ? text(json, "scanReason") : null);
  }

  static void putAll(ObjectNode json, Map<String, String> texts) {
    texts.forEach((name, value) -> json.put(name, value));
  }

  static Map<String, String> texts(JsonNode json) {
    Map<String, String> texts = new TreeMap<>();
    json.properties().forEach(field -> texts.put(field.getKey(), field.getValue().asText()));
    return texts;
  }

  static void writeDetails(ObjectNode json, List<SnapshotProblem> details) {
    writeDetails(json, DETAILS, details);
  }

  static void writeDetails(ObjectNode json, String field, List<SnapshotProblem> details) {
    ArrayNode list = json.putArray(field);
    for (SnapshotProblem problem : details) {
      list.addObject()
          .put("path", HexFormat.of().formatHex(problem.path().toBytes()))
          .put("reason", problem.reason());
    }
  }

  static List<SnapshotProblem> readDetails(JsonNode json) {
    return readDetails(json, DETAILS);
  }

  static List<SnapshotProblem> readDetails(JsonNode json, String field) {
    List<SnapshotProblem> details = new ArrayList<>();
    for (JsonNode d : json.path(field)) {
      details.add(
          new SnapshotProblem(
              PathBytes.of(HexFormat.of().parseHex(text(d, "path"))), text(d, "reason")));
    }
    return details;
  }
}
