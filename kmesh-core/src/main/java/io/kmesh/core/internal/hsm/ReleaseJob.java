// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmReport;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.List;

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
        lustre.tree(),
        path,
        new FileWalk.Visitor() {
          @Override
          public void file(PathBytes file, PosixDirectory directory, PathBytes name, FileStat stat)
              throws IOException {
            try {
              add(file, lustre.identity().fid(directory, name), stat.size());
            } catch (ProviderException e) {
              if (e.kind() == ErrorKind.CANCELLED) {
                throw e;
              }
              report.failed(file, String.valueOf(e.getMessage()));
            }
          }

          @Override
          public void failed(PathBytes file, IOException failure) {
            report.failed(file, String.valueOf(failure.getMessage()));
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
    HsmState state = lustre.hsm().state(fid);
    boolean isReleased = false;
    if (state.isReleased()) {
      report.unchanged();
      isReleased = true;
    } else if (!state.has(HsmFlag.ARCHIVED)) {
      report.skipped(path, "it is not archived. Archive it first.");
    } else if (state.has(HsmFlag.DIRTY)) {
      report.skipped(path, "it changed since it was archived. Archive it again first.");
    } else if (state.has(HsmFlag.NORELEASE)) {
      report.skipped(path, "it is marked NORELEASE. Clear that flag to release it.");
    } else {
      try {
        lustre.hsm().request(HsmRequest.of(HsmActionKind.RELEASE, ArchiveId.ANY, List.of(fid)));
        report.done(size);
        isReleased = true;
      } catch (ProviderException e) {
        report.skipped(path, String.valueOf(e.getMessage()));
      }
    }
    context.progress(report.settled(), found, report.bytes(), 0);
    return isReleased;
  }

  /** What was done so far. */
  public HsmReport report() {
    return report.build();
  }
}
