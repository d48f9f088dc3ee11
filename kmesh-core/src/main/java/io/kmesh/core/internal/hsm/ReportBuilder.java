// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import io.kmesh.lustre.HsmReport;
import io.kmesh.path.PathBytes;
import io.kmesh.unit.DataSize;
import java.util.ArrayList;
import java.util.List;

/** Counts what became of files. Not thread-safe. */
public final class ReportBuilder {
  private long done;
  private long unchanged;
  private long skipped;
  private long failed;
  private long bytes;
  private final List<HsmReport.Detail> details = new ArrayList<>();

  /** A file is as asked because of the job. */
  public void done(long size) {
    done++;
    bytes += size;
  }

  /** A file was as asked already. */
  public void unchanged() {
    unchanged++;
  }

  /** A file was left as it is, by design. */
  public void skipped(PathBytes path, String reason) {
    skipped++;
    detail(path, HsmReport.Outcome.SKIPPED, reason);
  }

  /** A file failed. */
  public void failed(PathBytes path, String reason) {
    failed++;
    detail(path, HsmReport.Outcome.FAILED, reason);
  }

  private void detail(PathBytes path, HsmReport.Outcome outcome, String reason) {
    if (details.size() < HsmReport.MAX_DETAILS) {
      details.add(new HsmReport.Detail(path.toString(), outcome, reason));
    }
  }

  /** Files that are settled one way or another. */
  public long settled() {
    return done + unchanged + skipped + failed;
  }

  /** Bytes of the files that are done. */
  public long bytes() {
    return bytes;
  }

  /** The report. */
  public HsmReport build() {
    return new HsmReport(done, unchanged, skipped, failed, DataSize.ofBytes(bytes), details);
  }
}
