// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.OperationId;
import io.kmesh.core.internal.clusters.provision.ClusterRecord.Phase;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.spi.cloud.CloudToken;
import io.kmesh.spi.cloud.CloudZone;
import java.io.IOException;
import java.time.Instant;
import java.util.Set;

/** The JSON form of a cluster's record. Format: docs/format/cluster-spec.md, version 0. */
final class ClusterRecordJson {
  static final int FORMAT = 0;

  private static final Set<String> FIELDS =
      Set.of(
          "format",
          "name",
          "spec",
          "token",
          "phase",
          "operation",
          "created",
          "zone",
          "country",
          "resource",
          "change",
          "wanted");

  private ClusterRecordJson() {}

  static byte[] encode(ClusterRecord record) {
    ObjectNode node = SpecJson.object(FORMAT);
    node.put("name", record.name());
    node.set("spec", ClusterSpecJson.write(record.spec()));
    node.put("token", record.token().value())
        .put("phase", record.phase().name())
        .put("operation", record.operation().value())
        .put("created", record.created().toString());
    CloudZone zone = record.zone();
    if (zone != null) {
      node.put("zone", zone.name()).put("country", zone.country());
    }
    if (!record.resource().isEmpty()) {
      node.put("resource", record.resource());
    }
    CloudToken change = record.change();
    if (change != null) {
      node.put("change", change.value());
    }
    if (record.wanted() != null) {
      ClusterSpecJson.write(node.putObject("wanted"), record.wanted());
    }
    return SpecJson.encode(node);
  }

  static ClusterRecord decode(String name, byte[] bytes) throws IOException {
    return SpecJson.decode("cluster", name, FORMAT, bytes, node -> read(name, node));
  }

  private static ClusterRecord read(String name, JsonNode node) {
    SpecJson.onlyFields(node, FIELDS);
    ClusterRecord record =
        new ClusterRecord(
            SpecJson.text(node, "name"),
            ClusterSpecJson.read(SpecJson.required(node, "spec")),
            new CloudToken(SpecJson.text(node, "token")),
            Phase.valueOf(SpecJson.text(node, "phase")),
            new OperationId(SpecJson.text(node, "operation")),
            Instant.parse(SpecJson.text(node, "created")),
            node.has("zone")
                ? new CloudZone(SpecJson.text(node, "zone"), SpecJson.text(node, "country"))
                : null,
            node.has("resource") ? SpecJson.text(node, "resource") : "",
            node.has("change") ? new CloudToken(SpecJson.text(node, "change")) : null,
            node.has("wanted") ? ClusterSpecJson.shape(node.get("wanted")) : null);
    check(name, record);
    return record;
  }

  /** What a phase needs must be there: what runs later counts on it. */
  private static void check(String name, ClusterRecord r) {
    Phase phase = r.phase();
    boolean isMade = phase.compareTo(Phase.READY) >= 0;
    boolean changes = phase.compareTo(Phase.READY) > 0;
    if (!r.name().equals(name)
        || (phase != Phase.WANTED) != (r.zone() != null)
        || isMade == r.resource().isEmpty()
        || changes != (r.change() != null)
        || (phase == Phase.RESIZING) != (r.wanted() != null)) {
      throw new IllegalArgumentException("its fields don't fit the phase " + phase);
    }
  }
}
