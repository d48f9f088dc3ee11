// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Cluster;
import io.kmesh.Clusters;
import io.kmesh.Stores;
import io.kmesh.core.internal.hsm.HsmGoal;
import io.kmesh.core.internal.hsm.HsmJob;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.ReleaseJob;
import io.kmesh.core.internal.hsm.RemoteProof;
import io.kmesh.core.internal.hsm.ReportJson;
import io.kmesh.engine.FileReceipts;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmReport;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.tiering.TieringPlan.Action;
import io.kmesh.tiering.TieringPlan.Step;
import io.kmesh.tiering.TieringPolicy;
import io.kmesh.tiering.TieringReport;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Applies the steps of a plan, a chunk at a time: moves at once, then archives together, then
 * releases what is proved. Every file is looked at again first. What became of a chunk is written
 * when it is through, so that a later process goes on behind it; of a chunk that it did not finish,
 * it does what is left.
 */
final class ApplyTask implements LongTask<TieringReport> {
  static final String TYPE = "tiering.apply";

  private static final JsonMapper JSON = new JsonMapper();

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

  /** The plan that a specification applies. */
  static String plan(ObjectNode spec) {
    return spec.path("plan").asText();
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
    String plan = plan(json);
    int chunks = json.path("chunks").asInt();
    boolean hasMarks = policy.watermarks().isPresent();
    if (hasMarks) {
      plans.begin(policy.name());
    }
    TieringTally all = new TieringTally(json.path("steps").asLong());
    for (int chunk = 0; chunk < chunks; chunk++) {
      Optional<byte[]> known = plans.outcome(plan, chunk);
      if (known.isPresent()) {
        all.add(decode(known.get()));
        continue;
      }
      List<Step> steps = plans.chunk(plan, chunk);
      TieringTally tally = new TieringTally(steps.size());
      new ChunkRun(policy, cluster.lustre(), tally, all, context).run(steps);
      TieringReport report = tally.report();
      plans.settle(plan, chunk, ReportJson.FORMAT, JSON.writeValueAsBytes(encode(report)));
      all.add(report);
    }
    if (hasMarks && planner(policy, cluster.lustre()).isAtLow()) {
      plans.end(policy.name());
    }
    return all.report();
  }

  private Planner planner(TieringPolicy policy, LustreBinding lustre) throws IOException {
    return new Planner(lustre, policy, time.now(), plans.isUnderWay(policy.name()));
  }

  private TieringReport decode(byte[] outcome) throws IOException {
    if (JSON.readTree(outcome) instanceof ObjectNode node) {
      return decode(node);
    }
    throw new ProviderException(
        ErrorKind.CORRUPT, "Cannot read what became of a part of a plan: it is no JSON object.");
  }

  /** One chunk of one plan. */
  private final class ChunkRun {
    private final TieringPolicy policy;
    private final LustreBinding lustre;
    private final FileReceipts receipts;
    private final TieringTally tally;
    private final TieringTally before;
    private final JobContext context;
    private final Planner planner;
    private final Map<PathBytes, Long> frees = new HashMap<>();
    private long looked;

    ChunkRun(
        TieringPolicy policy,
        LustreBinding lustre,
        TieringTally tally,
        TieringTally before,
        JobContext context)
        throws IOException {
      this.policy = policy;
      this.lustre = lustre;
      this.receipts = new FileReceipts(lustre);
      this.tally = tally;
      this.before = before;
      this.context = context;
      this.planner = planner(policy, lustre);
    }

    void run(List<Step> steps) throws IOException {
      List<Step> toArchive = new ArrayList<>();
      List<Step> toRelease = new ArrayList<>();
      for (Step step : steps) {
        context.checkCancelled();
        try {
          Optional<Step> now = lookAgain(step);
          if (now.isPresent() && move(now.get())) {
            if (now.get().actions().contains(Action.ARCHIVE)) {
              toArchive.add(now.get());
            }
            if (now.get().actions().contains(Action.RELEASE)) {
              toRelease.add(now.get());
            }
          }
        } catch (IOException e) {
          tally.failed(step.path(), e);
        }
        looked++;
        context.progress(
            before.settled() + looked,
            before.planned(),
            before.bytesFreed() + tally.bytesFreed(),
            0);
      }
      release(toRelease, archive(toArchive));
    }

    /** What is left of a step, as of now. */
    private Optional<Step> lookAgain(Step step) throws IOException {
      Fid fid = lustre.identity().fid(step.path());
      if (!fid.equals(step.fid())) {
        tally.skipped(step.path(), "another file has this name now. Plan again.");
        return Optional.empty();
      }
      FileFacts file = new FileFacts(lustre, step.path(), fid, lustre.identity().stat(fid));
      if (planner.isDone(step, file)) {
        tally.done(step.actions());
        return Optional.empty();
      }
      boolean isUp = step.actions().contains(Action.PROMOTE);
      if (!isUp && planner.isAtLow()) {
        tally.skipped(step.path(), "no more is to be freed. " + planner.triggerWords());
        return Optional.empty();
      }
      Optional<Planner.Wish> wish = planner.wish(file);
      if (wish.isEmpty() || !step.actions().containsAll(wish.get().step().actions())) {
        tally.skipped(step.path(), "it changed since the plan was made. Plan again.");
        return Optional.empty();
      }
      List<Action> done = new ArrayList<>(step.actions());
      done.removeAll(wish.get().step().actions());
      tally.done(done);
      frees.put(step.path(), wish.get().frees());
      return Optional.of(wish.get().step());
    }

    /**
     * Moves what is to be moved.
     *
     * @return false when the file is in use, and so is not archived or released either
     */
    private boolean move(Step step) throws IOException {
      String pool = null;
      if (step.actions().contains(Action.PROMOTE)) {
        pool = policy.promote().map(TieringPolicy.Promote::toPool).orElse(null);
      } else if (step.actions().contains(Action.MOVE)) {
        pool = policy.moveToOrNull();
      }
      if (pool == null) {
        return true;
      }
      Layout layout = lustre.layouts().layout(step.fid()).inPool(pool);
      try {
        lustre.layouts().migrate(step.fid(), layout);
      } catch (ProviderException e) {
        if (!isInUse(e)) {
          throw e;
        }
        tally.skipped(step.path(), "it is open for writing, or was just written. Plan again.");
        return false;
      }
      receipts.dataMoved(step.fid());
      tally.done(List.of(step.actions().contains(Action.PROMOTE) ? Action.PROMOTE : Action.MOVE));
      if (!step.actions().contains(Action.RELEASE)) {
        tally.freed(frees(step));
      }
      return true;
    }

    private static boolean isInUse(ProviderException e) {
      return e.errno().filter(n -> n.equals(Errno.EBUSY) || n.equals(Errno.ESTALE)).isPresent();
    }

    private long frees(Step step) {
      return frees.getOrDefault(step.path(), 0L);
    }

    /** Archives, and gives the printed paths of those that it reported as left. */
    private Set<String> archive(List<Step> steps) throws IOException {
      String store = policy.archiveToOrNull();
      if (steps.isEmpty() || store == null) {
        return Set.of();
      }
      HsmJob job =
          new HsmJob(
              lustre,
              time,
              HsmGoal.ARCHIVED,
              archiveId(store),
              new RemoteProof(receipts, stores::find),
              context.ofPart());
      for (Step step : steps) {
        job.add(step.path(), step.fid(), step.size().bytes());
      }
      HsmReport report = job.finish();
      tally.archived(report);
      return report.details().stream()
          .map(HsmReport.Detail::path)
          .collect(Collectors.toUnmodifiableSet());
    }

    private ArchiveId archiveId(String store) throws ProviderException {
      return stores
          .archiveId(store)
          .orElseThrow(
              () ->
                  new ProviderException(
                      ErrorKind.NOT_FOUND,
                      "Cannot archive to \""
                          + store
                          + "\": this Kmesh does not know that store. Name it on the builder."));
    }

    private void release(List<Step> steps, Set<String> reported) throws IOException {
      ReleaseJob job = new ReleaseJob(lustre, context.ofPart());
      for (Step step : steps) {
        if (reported.contains(step.path().toString())) {
          continue;
        }
        try {
          Optional<String> problem = receipts.remoteProblem(step.fid(), stores::find);
          if (problem.isPresent()) {
            tally.skipped(step.path(), problem.get());
          } else if (job.add(step.path(), step.fid(), step.size().bytes())) {
            tally.freed(frees(step));
          }
        } catch (IOException e) {
          tally.failed(step.path(), e);
        }
      }
      tally.released(job.report());
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
