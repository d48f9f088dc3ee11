// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmReport;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreHsm;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HsmJobTest {
  private final FakeHsm hsm = new FakeHsm();
  private final Context context = new Context();

  /** What a job tells its operation. */
  private static final class Context implements JobContext {
    boolean isCancelled;

    @Override
    public void progress(long itemsDone, long itemsTotal, long bytesDone, long bytesTotal) {}

    @Override
    public void checkCancelled() throws ProviderException {
      if (isCancelled) {
        throw new ProviderException(ErrorKind.CANCELLED, "Cannot go on: cancelled. Begin anew.");
      }
    }

    @Override
    public boolean isCancelledForGood() {
      return isCancelled;
    }
  }

  /** A coordinator that lets requests wait until there are many, then serves them in order. */
  private static final class FakeHsm implements LustreHsm {
    final BitSet requested = new BitSet();
    final BitSet archived = new BitSet();
    final Set<Long> refused = new HashSet<>();
    int mostWaiting;
    int serveFrom;
    int cancelled;
    boolean isOff;
    boolean isNonBlocking;

    @Override
    public HsmState state(Fid fid) throws IOException {
      int id = fid.oid();
      if (refused.contains((long) -id)) {
        throw new ProviderException(Errno.ENOENT, "Cannot find " + fid + ": ENOENT. Forget it.");
      }
      if (requested.get(id) && requested.cardinality() - archived.cardinality() >= serveFrom) {
        archived.set(id);
      }
      return archived.get(id)
          ? HsmState.of(ArchiveId.of(1), HsmFlag.EXISTS, HsmFlag.ARCHIVED)
          : HsmState.NONE;
    }

    @Override
    public HsmState state(PosixInode open) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void changeState(Fid fid, Set<HsmFlag> set, Set<HsmFlag> clear, ArchiveId archiveId) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CurrentAction currentAction(Fid fid) {
      return requested.get(fid.oid())
          ? new CurrentAction(CurrentAction.Phase.WAITING, HsmActionKind.ARCHIVE, 0)
          : CurrentAction.IDLE;
    }

    @Override
    public void request(HsmRequest request) throws IOException {
      if (isOff) {
        throw new ProviderException(Errno.EAGAIN, "Cannot request: EAGAIN. Switch it on.");
      }
      if (request.action() == HsmActionKind.CANCEL) {
        cancelled += request.fids().size();
        return;
      }
      for (Fid fid : request.fids()) {
        if (refused.contains((long) fid.oid())) {
          throw new ProviderException(Errno.EPERM, "Cannot request " + fid + ": EPERM. Ask root.");
        }
        requested.set(fid.oid());
      }
      mostWaiting = Math.max(mostWaiting, requested.cardinality() - archived.cardinality());
      if (isNonBlocking) {
        throw new ProviderException(Errno.ENODATA, "Cannot wait: ENODATA. Look later.");
      }
    }

    @Override
    public long dataVersion(Fid fid) {
      return 1;
    }

    @Override
    public long dataVersion(PosixInode open) {
      return 1;
    }

    @Override
    public Fid importStub(
        PathBytes path, ArchiveId archiveId, ImportAttributes attributes, Layout layout) {
      throw new UnsupportedOperationException();
    }
  }

  private HsmJob job(HsmGoal goal) {
    LustreBinding binding =
        new ForwardingLustreBinding() {
          @Override
          protected LustreBinding delegate() {
            throw new UnsupportedOperationException();
          }

          @Override
          public LustreHsm hsm() {
            return hsm;
          }

          @Override
          public void close() {}
        };
    return new HsmJob(
        binding, RunningTime.instance(), goal, ArchiveId.of(1), HsmJob.Proof.NONE, context);
  }

  private static void add(HsmJob job, int id) throws IOException {
    job.add(PathBytes.of("d" + id % 100 + "/f" + id), new Fid(1, id, 0), 10);
  }

  @Test
  void add_manyMoreFilesThanTheWindow_keepsTheWindow() throws IOException {
    HsmJob job = job(HsmGoal.ARCHIVED);
    hsm.serveFrom = 8192;
    for (int i = 1; i <= 200_000; i++) {
      if (i > 30_000) {
        hsm.serveFrom = 0; // the bound is shown; now it may be quick
      }
      add(job, i);
    }
    HsmReport report = job.finish();
    assertThat(report.done()).isEqualTo(200_000);
    assertThat(report.bytes().bytes()).isEqualTo(2_000_000);
    assertThat(hsm.mostWaiting).isBetween(8192, 8192 + 256);
  }

  @Test
  void report_moreFailuresThanItNames_saysHowManyMore() throws IOException {
    HsmJob job = job(HsmGoal.ARCHIVED);
    for (int i = 1; i <= 3000; i++) {
      hsm.refused.add((long) i);
      add(job, i);
    }
    HsmReport report = job.finish();
    assertThat(report.failed()).isEqualTo(3000);
    assertThat(report.details()).hasSize(HsmReport.MAX_DETAILS);
    assertThat(report.unnamed()).isEqualTo(2000);
    assertThat(report.details().get(0).reason()).contains("EPERM");
    assertThat(ReportJson.read(ReportJson.write(report))).isEqualTo(report);
  }

  @Test
  void submit_oneRefusedOfABatch_failsAlone() throws IOException {
    HsmJob job = job(HsmGoal.ARCHIVED);
    hsm.refused.add(7L);
    hsm.refused.add(-9L); // gone
    for (int i = 1; i <= 20; i++) {
      add(job, i);
    }
    HsmReport report = job.finish();
    assertThat(report.done()).isEqualTo(18);
    assertThat(report.failed()).isEqualTo(1);
    assertThat(report.skipped()).isEqualTo(1);
    assertThat(report.details())
        .extracting(HsmReport.Detail::path)
        .containsExactly("d9/f9", "d7/f7");
  }

  @Test
  void submit_whenTheCoordinatorIsOff_endsTheJob() throws IOException {
    HsmJob job = job(HsmGoal.ARCHIVED);
    hsm.isOff = true;
    add(job, 1);
    assertThatThrownBy(job::finish).hasMessageContaining("EAGAIN");
  }

  @Test
  void submit_archivesAnsweredLikeNonBlockingRestores_fail() throws IOException {
    HsmJob job = job(HsmGoal.ARCHIVED);
    hsm.isNonBlocking = true;
    add(job, 1);
    assertThat(job.finish().failed()).isEqualTo(1);
  }

  @Test
  void cancel_forGood_withdrawsAllThatWaits() throws IOException {
    HsmJob job = job(HsmGoal.ARCHIVED);
    hsm.serveFrom = Integer.MAX_VALUE;
    for (int i = 1; i <= 1000; i++) {
      add(job, i);
    }
    context.isCancelled = true;
    assertThatThrownBy(job::finish).hasMessageContaining("cancelled");
    // Requests go in batches of 256; the last ones were never made, or are withdrawn too.
    assertThat(hsm.cancelled).isEqualTo(hsm.requested.cardinality());
  }
}
