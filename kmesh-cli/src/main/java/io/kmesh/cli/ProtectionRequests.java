// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowProtection;
import io.kmesh.flows.FlowSpec;
import io.kmesh.snapshots.CronExpression;
import io.kmesh.snapshots.Snapshot;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.List;

/** What {@link HomeRequests} does about the snapshots that protect a flow. */
final class ProtectionRequests {
  /** How many are told, the youngest: the socket takes 1 MiB a line. */
  private static final int MOST = 1000;

  private ProtectionRequests() {}

  /** Has a flow protected as a request says. */
  static void read(JsonNode request, FlowSpec.Builder spec) {
    if (!request.has("protect")) {
      return;
    }
    FlowProtection protection = FlowProtection.into(request.path("protect").asText());
    if (request.has("protectAt")) {
      String zone = request.path("protectZone").asText();
      try {
        protection =
            protection.at(
                CronExpression.parse(request.path("protectAt").asText()), ZoneId.of(zone));
      } catch (DateTimeException e) {
        throw new IllegalArgumentException(
            "Cannot use the zone of --protect-zone: "
                + e.getMessage()
                + ". Write one as Europe/Berlin.",
            e);
      }
    }
    spec.protect(protection);
  }

  /** Says how a flow is protected, if it is. */
  static void write(FlowSpec spec, ObjectNode json) {
    spec.protection()
        .ifPresent(
            protection -> {
              ObjectNode told = json.putObject("protection");
              told.put("repository", protection.repository());
              protection
                  .schedule()
                  .ifPresent(
                      cron -> told.put("cron", cron.text()).put("zone", protection.zone().getId()));
            });
  }

  /** The snapshots that protect a flow. */
  static ObjectNode points(DataFlow flow) {
    ObjectNode json = Output.object().put("name", flow.name());
    ArrayNode points = json.putArray("points");
    List<Snapshot> all = flow.protectionPoints();
    for (Snapshot one : all.subList(Math.max(0, all.size() - MOST), all.size())) {
      points
          .addObject()
          .put("id", one.id())
          .put("name", one.name())
          .put("time", one.time().toString())
          .put("repository", one.repository())
          .put("source", one.source())
          .put("bytes", one.bytes().bytes());
    }
    return json.put("total", all.size());
  }
}
