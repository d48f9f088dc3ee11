// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static io.kmesh.core.internal.snapshots.service.ReportCodec.number;
import static io.kmesh.core.internal.snapshots.service.ReportCodec.putTexts;
import static io.kmesh.core.internal.snapshots.service.ReportCodec.size;
import static io.kmesh.core.internal.snapshots.service.ReportCodec.texts;

import io.kmesh.core.internal.repository.collect.CollectorReport;
import io.kmesh.repository.CheckReport;
import io.kmesh.repository.CopyReport;
import io.kmesh.repository.PruneReport;
import io.kmesh.repository.RepairReport;
import io.kmesh.unit.DataSize;

/** The JSON forms of what operations on repositories report. */
final class RepositoryReports {
  static final ReportCodec<CheckReport> CHECK =
      new ReportCodec<>(
          CheckReport.class,
          (json, r) -> {
            json.put("roots", r.roots())
                .put("packs", r.packs())
                .put("framesRead", r.framesRead())
                .put("framesInAll", r.framesInAll())
                .put("bytesRead", r.bytesRead().bytes());
            putTexts(json, "damages", r.damages());
            putTexts(json, "affected", r.affected());
          },
          json ->
              new CheckReport(
                  number(json, "roots"),
                  number(json, "packs"),
                  number(json, "framesRead"),
                  number(json, "framesInAll"),
                  size(json, "bytesRead"),
                  texts(json, "damages"),
                  texts(json, "affected")));

  static final ReportCodec<PruneReport> PRUNE =
      new ReportCodec<>(
          PruneReport.class,
          (json, r) ->
              json.put("packs", r.packs())
                  .put("packBytes", r.packBytes().bytes())
                  .put("deadPacks", r.deadPacks())
                  .put("deadBytes", r.deadBytes().bytes())
                  .put("rewrittenPacks", r.rewrittenPacks())
                  .put("rewrittenBytes", r.rewrittenBytes().bytes())
                  .put("deletedPacks", r.deletedPacks())
                  .put("deletedBytes", r.deletedBytes().bytes())
                  .put("waitingPacks", r.waitingPacks())
                  .put("orphans", r.orphans())
                  .put("orphanBytes", r.orphanBytes().bytes())
                  .put("openSessions", r.openSessions()),
          json ->
              new PruneReport(
                  number(json, "packs"),
                  size(json, "packBytes"),
                  number(json, "deadPacks"),
                  size(json, "deadBytes"),
                  number(json, "rewrittenPacks"),
                  size(json, "rewrittenBytes"),
                  number(json, "deletedPacks"),
                  size(json, "deletedBytes"),
                  number(json, "waitingPacks"),
                  number(json, "orphans"),
                  size(json, "orphanBytes"),
                  number(json, "openSessions")));

  static final ReportCodec<RepairReport> REPAIR =
      new ReportCodec<>(
          RepairReport.class,
          (json, r) -> {
            json.put("packs", r.packs()).put("chunks", r.chunks());
            putTexts(json, "foundSnapshots", r.foundSnapshots());
            putTexts(json, "damages", r.damages());
          },
          json ->
              new RepairReport(
                  number(json, "packs"),
                  number(json, "chunks"),
                  texts(json, "foundSnapshots"),
                  texts(json, "damages")));

  static final ReportCodec<CopyReport> COPY =
      new ReportCodec<>(
          CopyReport.class,
          (json, r) ->
              json.put("copied", r.copied())
                  .put("unchanged", r.unchanged())
                  .put("stored", r.stored().bytes()),
          json ->
              new CopyReport(
                  number(json, "copied"), number(json, "unchanged"), size(json, "stored")));

  private RepositoryReports() {}

  static PruneReport of(CollectorReport r) {
    return new PruneReport(
        r.packs(),
        DataSize.ofBytes(r.packBytes()),
        r.deadPacks(),
        DataSize.ofBytes(r.deadBytes()),
        r.rewrittenPacks(),
        DataSize.ofBytes(r.rewrittenBytes()),
        r.deletedPacks(),
        DataSize.ofBytes(r.deletedBytes()),
        r.waitingPacks(),
        r.orphans(),
        DataSize.ofBytes(r.orphanBytes()),
        r.openSessions().size());
  }
}
