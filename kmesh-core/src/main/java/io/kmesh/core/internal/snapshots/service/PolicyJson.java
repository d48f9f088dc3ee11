// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.OperationId;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.snapshots.retention.RetentionJson;
import io.kmesh.core.internal.snapshots.schedule.ScheduleJson;
import io.kmesh.snapshots.RetentionPolicy;
import io.kmesh.snapshots.Schedule;
import io.kmesh.snapshots.SnapshotPolicy;
import io.kmesh.snapshots.SnapshotPolicyStatus.Mode;
import io.kmesh.snapshots.SnapshotPolicyStatus.Outcome;
import io.kmesh.snapshots.SnapshotPolicyStatus.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Set;

/**
 * The canonical JSON forms of a policy and of where it stands. Format:
 * docs/format/snapshot-policy.md, version 0.
 */
final class PolicyJson {
  static final int FORMAT = 0;

  private static final Set<String> POLICY =
      Set.of("format", "name", "snapshot", "schedule", "retention");
  private static final Set<String> STANDING = Set.of("format", "covered", "mode", "missed", "last");
  private static final Set<String> RUN = Set.of("due", "operation", "outcome", "error");

  private PolicyJson() {}

  static ObjectNode write(SnapshotPolicy policy) {
    ObjectNode json = SpecJson.object(FORMAT).put("name", policy.name());
    json.set("snapshot", SnapshotSpecJson.write(policy.snapshot()));
    json.set("schedule", ScheduleJson.write(policy.schedule()));
    policy.retention().ifPresent(r -> json.set("retention", RetentionJson.write(r)));
    return json;
  }

  static byte[] encode(SnapshotPolicy policy) {
    return SpecJson.encode(write(policy));
  }

  static SnapshotPolicy decode(String name, byte[] bytes) throws IOException {
    try {
      return SpecJson.decode("snapshot policy", name, FORMAT, bytes, json -> policy(name, json));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static SnapshotPolicy policy(String name, JsonNode json) {
    SpecJson.onlyFields(json, POLICY);
    return new SnapshotPolicy(
        SpecJson.text(json, "name"),
        SnapshotSpecJson.readTake(object(json, "snapshot")),
        schedule(name, object(json, "schedule")),
        json.has("retention") ? retention(name, object(json, "retention")) : null);
  }

  private static ObjectNode object(JsonNode json, String field) {
    if (SpecJson.required(json, field) instanceof ObjectNode object) {
      return object;
    }
    throw new IllegalArgumentException("\"" + field + "\" is no object");
  }

  private static Schedule schedule(String name, ObjectNode json) {
    try {
      return ScheduleJson.decode(name, SpecJson.encode(json));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a retention policy within another form. */
  static RetentionPolicy retention(String name, ObjectNode json) {
    try {
      return RetentionJson.decode(name, SpecJson.encode(json));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] encode(PolicyStanding standing) {
    ObjectNode json = SpecJson.object(FORMAT).put("covered", standing.covered().toString());
    json.put("mode", standing.mode().name()).put("missed", standing.missed());
    Run last = standing.last();
    if (last != null) {
      ObjectNode run = json.putObject("last");
      run.put("due", last.due().toString()).put("operation", last.operation().value());
      run.put("outcome", last.outcome().name());
      last.error().ifPresent(error -> run.put("error", error));
    }
    return SpecJson.encode(json);
  }

  static PolicyStanding decodeStanding(String name, byte[] bytes) throws IOException {
    return SpecJson.decode(
        "standing of the snapshot policy", name, FORMAT, bytes, PolicyJson::standing);
  }

  private static PolicyStanding standing(JsonNode json) {
    SpecJson.onlyFields(json, STANDING);
    return new PolicyStanding(
        Instant.parse(SpecJson.text(json, "covered")),
        Mode.valueOf(SpecJson.text(json, "mode")),
        ReportCodec.number(json, "missed"),
        json.has("last") ? run(json.path("last")) : null);
  }

  private static Run run(JsonNode json) {
    SpecJson.onlyFields(json, RUN);
    return new Run(
        Instant.parse(SpecJson.text(json, "due")),
        new OperationId(SpecJson.text(json, "operation")),
        Outcome.valueOf(SpecJson.text(json, "outcome")),
        json.has("error") ? SpecJson.text(json, "error") : null);
  }
}
