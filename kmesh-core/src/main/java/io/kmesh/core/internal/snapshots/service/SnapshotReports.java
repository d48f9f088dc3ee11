// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotCut;
import io.kmesh.snapshots.SnapshotPolicyRun;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What operations that take snapshots report, and the JSON forms: docs/format/operations.md. */
final class SnapshotReports {
  private final SnapshotMeans means;

  /**
   * The forms.
   *
   * @param means what the snapshots that are read do what they are asked with
   */
  SnapshotReports(SnapshotMeans means) {
    this.means = means;
  }

  ReportCodec<Snapshot> snapshot() {
    return new ReportCodec<>(Snapshot.class, SnapshotReports::write, this::read);
  }

  ReportCodec<SnapshotCut> cut() {
    return new ReportCodec<>(
        SnapshotCut.class,
        (json, cut) -> {
          json.put("id", cut.id());
          ArrayNode all = json.putArray("snapshots");
          cut.snapshots().forEach(s -> write(all.addObject(), s));
        },
        json -> {
          List<Snapshot> all = new ArrayList<>();
          json.path("snapshots").forEach(one -> all.add(read(one)));
          return new SnapshotCut(ReportCodec.text(json, "id"), all);
        });
  }

  ReportCodec<SnapshotPolicyRun> policyRun() {
    return new ReportCodec<>(
        SnapshotPolicyRun.class,
        (json, run) -> {
          json.put("policy", run.policy()).put("due", run.due().toString());
          write(json.putObject("snapshot"), run.snapshot());
          ReportCodec.putTexts(json, "forgotten", run.forgotten());
        },
        json ->
            new SnapshotPolicyRun(
                ReportCodec.text(json, "policy"),
                Instant.parse(ReportCodec.text(json, "due")),
                read(json.path("snapshot")),
                ReportCodec.texts(json, "forgotten")));
  }

  private static void write(ObjectNode json, Snapshot snapshot) {
    ((StoredSnapshot) snapshot).facts().write(json);
  }

  private Snapshot read(JsonNode json) {
    return new StoredSnapshot(means, SnapshotFacts.read(json));
  }
}
