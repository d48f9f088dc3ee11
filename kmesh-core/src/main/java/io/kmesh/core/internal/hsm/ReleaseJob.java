// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmReport;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.LustreBinding;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Drops the data of archived files. Release is the client's own act, so it needs no waiting. */
public final class ReleaseJob {
  private final LustreBinding lustre;
  private final JobContext context;
  private final ReportBuilder report = new ReportBuilder();
  private long found;

  /** A job. */
  public ReleaseJob(LustreBinding lustre, JobContext context) {
    this.lustre = lustre;
    this.context = context;
  }

  /** Releases all archived, clean files at and below a path. */
  public HsmReport runTree(PathBytes path) throws IOException {
    FileWalk.walk(
        lustre,
        path,
        new FileWalk.FidVisitor() {
          @Override
          public void file(PathBytes file, Fid fid, long size) throws IOException {
            add(file, fid, size);
          }

          @Override
          public void failed(PathBytes file, IOException failure) throws IOException {
            context.checkCancelled();
            report.failed(file, failure);
          }
        });
    return report.build();
  }

  /**
   * Releases one file.
   *
   * @return whether its data are gone from the file system now
   */
  public boolean add(PathBytes path, Fid fid, long size) throws IOException {
    context.checkCancelled();
    found++;
    boolean isReleased = false;
    try {
      isReleased = release(path, fid, size);
    } catch (IOException e) {
      report.failed(path, e);
    }
    context.progress(report.settled(), found, report.bytes(), 0);
    return isReleased;
  }

  private boolean release(PathBytes path, Fid fid, long size) throws IOException {
    HsmState state = lustre.hsm().state(fid);
    if (state.isReleased()) {
      report.unchanged();
      return true;
    }
    Optional<String> obstacle = obstacle(state);
    if (obstacle.isPresent()) {
      report.skipped(path, obstacle.get());
      return false;
    }
    try {
      lustre.hsm().request(HsmRequest.of(HsmActionKind.RELEASE, ArchiveId.ANY, List.of(fid)));
    } catch (ProviderException e) {
      if (e.errno().filter(Errno.EBUSY::equals).isEmpty()) {
        throw e;
      }
      report.skipped(path, "it is open for writing. Release it when it is closed.");
      return false;
    }
    report.done(size);
    return true;
  }

  /** Why a file that is not released may not be; empty when it may. */
  private static Optional<String> obstacle(HsmState state) {
    String why = null;
    if (!state.has(HsmFlag.ARCHIVED)) {
      why = "it is not archived. Archive it first.";
    } else if (state.has(HsmFlag.DIRTY)) {
      why = "it changed since it was archived. Archive it again first.";
    } else if (state.has(HsmFlag.LOST)) {
      why = "its copy in the archive is marked LOST. Archive it again first.";
    } else if (state.has(HsmFlag.NORELEASE)) {
      why = "it is marked NORELEASE. Clear that flag to release it.";
    }
    return Optional.ofNullable(why);
  }

  /** What was done so far. */
  public HsmReport report() {
    return report.build();
  }
}
