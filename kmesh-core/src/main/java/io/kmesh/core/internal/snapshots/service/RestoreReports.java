// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static io.kmesh.core.internal.snapshots.service.ReportCodec.number;
import static io.kmesh.core.internal.snapshots.service.ReportCodec.size;

import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.snapshots.RestoreReport;
import io.kmesh.unit.DataSize;

/** What a restore reports, and its JSON form. */
final class RestoreReports {
  static final ReportCodec<RestoreReport> CODEC =
      new ReportCodec<>(
          RestoreReport.class,
          (json, r) -> {
            json.put("files", r.files())
                .put("directories", r.directories())
                .put("others", r.others())
                .put("bytes", r.bytes().bytes())
                .put("writtenFiles", r.writtenFiles())
                .put("writtenBytes", r.writtenBytes().bytes())
                .put("problems", r.problems());
            SnapshotFacts.writeDetails(json, r.details());
          },
          json ->
              new RestoreReport(
                  number(json, "files"),
                  number(json, "directories"),
                  number(json, "others"),
                  size(json, "bytes"),
                  number(json, "writtenFiles"),
                  size(json, "writtenBytes"),
                  number(json, "problems"),
                  SnapshotFacts.readDetails(json)));

  private RestoreReports() {}

  static RestoreReport of(ScanTally tally) {
    return new RestoreReport(
        tally.files(),
        tally.directories(),
        tally.others(),
        DataSize.ofBytes(tally.bytes()),
        tally.readFiles(),
        DataSize.ofBytes(tally.readBytes()),
        tally.problemCount(),
        SnapshotFacts.problems(tally));
  }
}
