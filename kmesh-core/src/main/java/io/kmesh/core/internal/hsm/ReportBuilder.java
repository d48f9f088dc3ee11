// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import io.kmesh.lustre.HsmReport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts what became of files; of those that are not as asked it keeps the first names only. Not
 * thread-safe.
 */
public final class ReportBuilder {
  private long done;
  private long unchanged;
  private long skipped;
  private long failed;
  private long bytes;
  private ErrorKind firstFailure = ErrorKind.TRANSIENT;
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
  public void failed(PathBytes path, ErrorKind kind, String reason) {
    if (failed == 0) {
      firstFailure = kind;
    }
    failed++;
    detail(path, HsmReport.Outcome.FAILED, reason);
  }

  /**
   * A call about a file failed: one that is gone is skipped, since nothing is left to do.
   *
   * @throws IOException the failure itself when it tells to stop
   */
  public void failed(PathBytes path, IOException failure) throws IOException {
    ErrorKind kind = ProviderException.kindOfRead(failure);
    if (kind == ErrorKind.CANCELLED) {
      throw failure;
    }
    if (isGone(failure)) {
      skipped(path, "it vanished meanwhile (" + failure.getMessage() + ")");
    } else {
      failed(path, kind, String.valueOf(failure.getMessage()));
    }
  }

  /** Whether a failure says that the file is gone; ENODATA says that its data are. */
  public static boolean isGone(IOException failure) {
    return failure instanceof ProviderException p
        && p.kind() == ErrorKind.NOT_FOUND
        && p.errno().filter(Errno.ENODATA::equals).isEmpty();
  }

  /** What the first failure means; TRANSIENT while there is none. */
  public ErrorKind firstFailure() {
    return firstFailure;
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
