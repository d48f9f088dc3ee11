// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.core.internal.hsm.ReportBuilder;
import io.kmesh.lustre.HsmReport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.tiering.TieringPlan.Action;
import io.kmesh.tiering.TieringReport;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Counts what became of the steps of a plan. Not thread-safe. */
final class TieringTally {
  private final long planned;
  private long settled;
  private long archived;
  private long released;
  private long moved;
  private long skipped;
  private long failed;
  private long bytesFreed;
  private final List<HsmReport.Detail> details = new ArrayList<>();

  TieringTally(long planned) {
    this.planned = planned;
  }

  long planned() {
    return planned;
  }

  /** The steps of the reports that were added. */
  long settled() {
    return settled;
  }

  long bytesFreed() {
    return bytesFreed;
  }

  /** Actions on one file that are done. */
  void done(List<Action> actions) {
    for (Action action : actions) {
      switch (action) {
        case ARCHIVE -> archived++;
        case RELEASE -> released++;
        case MOVE, PROMOTE -> moved++;
      }
    }
  }

  void freed(long bytes) {
    bytesFreed += bytes;
  }

  void skipped(PathBytes path, String reason) {
    skipped++;
    detail(new HsmReport.Detail(path.toString(), HsmReport.Outcome.SKIPPED, reason));
  }

  /**
   * A call about a file failed.
   *
   * @throws IOException the failure itself when it tells to stop
   */
  void failed(PathBytes path, IOException failure) throws IOException {
    if (ProviderException.kindOfRead(failure) == ErrorKind.CANCELLED) {
      throw failure;
    }
    String reason = String.valueOf(failure.getMessage());
    if (ReportBuilder.isGone(failure)) {
      skipped(path, "it vanished meanwhile (" + reason + ")");
      return;
    }
    failed++;
    detail(new HsmReport.Detail(path.toString(), HsmReport.Outcome.FAILED, reason));
  }

  void archived(HsmReport report) {
    archived += report.done() + report.unchanged();
    left(report);
  }

  void released(HsmReport report) {
    released += report.done() + report.unchanged();
    left(report);
  }

  private void left(HsmReport report) {
    skipped += report.skipped();
    failed += report.failed();
    report.details().forEach(this::detail);
  }

  private void detail(HsmReport.Detail detail) {
    if (details.size() < HsmReport.MAX_DETAILS) {
      details.add(detail);
    }
  }

  /** Adds what became of some of the steps. */
  void add(TieringReport part) {
    settled += part.planned();
    archived += part.archived();
    released += part.released();
    moved += part.moved();
    skipped += part.skipped();
    failed += part.failed();
    bytesFreed += part.bytesFreed().bytes();
    part.details().forEach(this::detail);
  }

  TieringReport report() {
    return new TieringReport(
        planned, archived, released, moved, skipped, failed, DataSize.ofBytes(bytesFreed), details);
  }
}
