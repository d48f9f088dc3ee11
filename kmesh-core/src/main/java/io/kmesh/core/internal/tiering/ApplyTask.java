// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Cluster;
import io.kmesh.Clusters;
import io.kmesh.Stores;
import io.kmesh.core.internal.hsm.HsmGoal;
import io.kmesh.core.internal.hsm.HsmJob;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.ReleaseJob;
import io.kmesh.core.internal.hsm.ReportJson;
import io.kmesh.engine.FileReceipts;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmReport;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.tiering.TieringPlan.Action;
import io.kmesh.tiering.TieringPlan.Step;
import io.kmesh.tiering.TieringPolicy;
import io.kmesh.tiering.TieringReport;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Applies the steps of a plan, a chunk at a time: moves at once, then archives together, then
 * releases what is proved. Every file is looked at again first. Repeating it does only what is
 * left.
 */
final class ApplyTask implements LongTask<TieringReport> {
  static final String TYPE = "tiering.apply";

  private final Clusters clusters;
  private final Stores stores;
  private final PlanStore plans;
  private final KmeshTime time;

  ApplyTask(Clusters clusters, Stores stores, PlanStore plans, KmeshTime time) {
    this.clusters = clusters;
    this.stores = stores;
    this.plans = plans;
    this.time = time;
  }

  static ObjectNode spec(TieringPolicy policy, String plan, int chunks, int steps) {
    ObjectNode node = ReportJson.object();
    node.set("policy", PolicyJson.write(policy));
    return node.put("plan", plan).put("chunks", chunks).put("steps", steps);
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public Class<TieringReport> resultType() {
    return TieringReport.class;
  }

  @Override
  public TieringReport run(ObjectNode json, JobContext context) throws IOException {
    ReportJson.checked(json);
    TieringPolicy policy =
        PolicyJson.decode(
            "of an operation", json.path("policy").toString().getBytes(StandardCharsets.UTF_8));
    Cluster cluster =
        clusters
            .find(policy.cluster())
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.NOT_FOUND,
                        "Cannot apply \""
                            + policy.name()
                            + "\": the cluster \""
                            + policy.cluster()
                            + "\" is not attached. Attach it."));
    String plan = json.path("plan").asText();
    int chunks = json.path("chunks").asInt();
    Run run = new Run(policy, cluster.lustre(), json.path("steps").asInt(), context);
    plans.begin(policy.name());
    for (int chunk = 0; chunk < chunks; chunk++) {
      run.chunk(plans.chunk(plan, chunk));
    }
    if (run.isDown()) {
      plans.end(policy.name());
    }
    plans.forget(plan, chunks);
    return run.report();
  }

  /** One application of one plan. */
  private final class Run {
    private final TieringPolicy policy;
    private final LustreBinding lustre;
    private final FileReceipts receipts;
    private final JobContext context;
    private final int planned;
    private final List<HsmReport.Detail> details = new ArrayList<>();
    private long settled;
    private long archived;
    private long released;
    private long moved;
    private long skipped;
    private long failed;
    private long bytesFreed;

    Run(TieringPolicy policy, LustreBinding lustre, int planned, JobContext context) {
      this.policy = policy;
      this.lustre = lustre;
      this.receipts = new FileReceipts(lustre);
      this.planned = planned;
      this.context = context;
    }

    void chunk(List<Step> steps) throws IOException {
      Planner planner = new Planner(lustre, policy, time.now(), plans.isUnderWay(policy.name()));
      List<Step> toArchive = new ArrayList<>();
      List<Step> toRelease = new ArrayList<>();
      for (Step step : steps) {
        context.checkCancelled();
        try {
          Optional<Step> now = lookAgain(planner, step);
          if (now.isEmpty()) {
            continue;
          }
          move(now.get());
          if (now.get().actions().contains(Action.ARCHIVE)) {
            toArchive.add(now.get());
          }
          if (now.get().actions().contains(Action.RELEASE)) {
            toRelease.add(now.get());
          }
        } catch (ProviderException e) {
          settleFailure(step.path(), e);
        }
        settled++;
        context.progress(settled, planned, bytesFreed, 0);
      }
      archive(toArchive);
      release(toRelease);
    }

    private Optional<Step> lookAgain(Planner planner, Step step) throws IOException {
      Fid fid = lustre.identity().fid(step.path());
      if (!fid.equals(step.fid())) {
        skip(step.path(), "another file has this name now. Plan again.");
        return Optional.empty();
      }
      FileStat stat = lustre.identity().stat(fid);
      Optional<Step> now = planner.stepFor(new FileFacts(lustre, step.path(), fid, stat));
      if (now.isEmpty() || !step.actions().containsAll(now.get().actions())) {
        skip(step.path(), "it changed since the plan was made. Plan again.");
        return Optional.empty();
      }
      return now;
    }

    private void move(Step step) throws IOException {
      boolean isPromotion = step.actions().contains(Action.PROMOTE);
      if (!isPromotion && !step.actions().contains(Action.MOVE)) {
        return;
      }
      TieringPolicy.Promote promote = policy.promoteOrNull();
      String pool = isPromotion && promote != null ? promote.toPool() : policy.moveToOrNull();
      if (pool == null) {
        return;
      }
      Layout layout = lustre.layouts().layout(step.fid()).inPool(pool);
      lustre.layouts().migrate(step.fid(), layout);
      receipts.dataMoved(step.fid());
      moved++;
      if (!isPromotion) {
        bytesFreed += step.size().bytes();
      }
    }

    private void archive(List<Step> steps) throws IOException {
      String store = policy.archiveToOrNull();
      if (steps.isEmpty() || store == null) {
        return;
      }
      ArchiveId id =
          stores
              .archiveId(store)
              .orElseThrow(
                  () ->
                      new ProviderException(
                          ErrorKind.NOT_FOUND,
                          "Cannot archive to \""
                              + store
                              + "\": this Kmesh does not know that store. Name it on the"
                              + " builder."));
      HsmJob job =
          new HsmJob(
              lustre,
              time,
              HsmGoal.ARCHIVED,
              id,
              (path, fid, state) -> receipts.remoteProblem(fid, stores::find),
              quiet());
      for (Step step : steps) {
        job.add(step.path(), step.fid(), step.size().bytes());
      }
      HsmReport report = job.finish();
      archived += report.done();
      failed += report.failed();
      report.details().forEach(this::detail);
    }

    private void release(List<Step> steps) throws IOException {
      if (steps.isEmpty()) {
        return;
      }
      ReleaseJob job = new ReleaseJob(lustre, quiet());
      for (Step step : steps) {
        HsmState state = lustre.hsm().state(step.fid());
        if (!state.isArchivedAndClean()) {
          skip(step.path(), "it is not safe in the archive (" + state + "). Plan again.");
          continue;
        }
        Optional<String> problem = receipts.remoteProblem(step.fid(), stores::find);
        if (problem.isPresent()) {
          skip(step.path(), problem.get());
        } else if (job.add(step.path(), step.fid(), step.size().bytes())) {
          bytesFreed += step.actions().contains(Action.MOVE) ? 0 : step.size().bytes();
        }
      }
      HsmReport report = job.report();
      released += report.done();
      skipped += report.skipped();
      report.details().forEach(this::detail);
    }

    /** Sub-jobs are cancelled with this one, and report their files through it. */
    private JobContext quiet() {
      return new JobContext() {
        @Override
        public void progress(long done, long total, long bytesDone, long bytesTotal) {
          // The steps of the plan are what is counted.
        }

        @Override
        public void checkCancelled() throws ProviderException {
          context.checkCancelled();
        }
      };
    }

    private void settleFailure(PathBytes path, ProviderException e) throws IOException {
      if (e.kind() == ErrorKind.CANCELLED) {
        throw e;
      }
      if (e.kind() == ErrorKind.NOT_FOUND || e.kind() == ErrorKind.TRANSIENT) {
        skip(path, String.valueOf(e.getMessage()));
        return;
      }
      failed++;
      detail(
          new HsmReport.Detail(
              path.toString(), HsmReport.Outcome.FAILED, String.valueOf(e.getMessage())));
    }

    private void skip(PathBytes path, String reason) {
      skipped++;
      detail(new HsmReport.Detail(path.toString(), HsmReport.Outcome.SKIPPED, reason));
    }

    private void detail(HsmReport.Detail detail) {
      if (details.size() < HsmReport.MAX_DETAILS) {
        details.add(detail);
      }
    }

    boolean isDown() throws IOException {
      Optional<TieringPolicy.Watermarks> marks = policy.watermarks();
      return marks.isEmpty() || new Planner(lustre, policy, time.now(), true).isAtLow();
    }

    TieringReport report() {
      return new TieringReport(
          planned,
          archived,
          released,
          moved,
          skipped,
          failed,
          DataSize.ofBytes(bytesFreed),
          details);
    }
  }

  @Override
  public ObjectNode encode(TieringReport r) {
    ObjectNode node = ReportJson.object();
    node.put("planned", r.planned())
        .put("archived", r.archived())
        .put("released", r.released())
        .put("moved", r.moved())
        .put("skipped", r.skipped())
        .put("failed", r.failed())
        .put("bytesFreed", r.bytesFreed().bytes());
    ReportJson.writeDetails(node, r.details());
    return node;
  }

  @Override
  public TieringReport decode(ObjectNode json) throws IOException {
    ReportJson.checked(json);
    return new TieringReport(
        json.path("planned").asLong(),
        json.path("archived").asLong(),
        json.path("released").asLong(),
        json.path("moved").asLong(),
        json.path("skipped").asLong(),
        json.path("failed").asLong(),
        DataSize.ofBytes(Math.max(0, json.path("bytesFreed").asLong())),
        ReportJson.readDetails(json));
  }
}
