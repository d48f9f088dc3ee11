// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.EndpointJson;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.snapshots.LustreGate;
import io.kmesh.core.internal.snapshots.PosixGate;
import io.kmesh.core.internal.snapshots.fs.ReverseSync;
import io.kmesh.core.internal.snapshots.fs.SyncMarks;
import io.kmesh.core.internal.snapshots.fs.SyncPlan;
import io.kmesh.core.internal.snapshots.fs.SyncResult;
import io.kmesh.snapshots.ConflictRule;
import io.kmesh.snapshots.ReverseSyncReport;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Does what a plan of a reverse sync lists. Done again after a crash it does what is left: what is
 * there already as the copy has it is no step any more.
 */
final class ReverseSyncTask extends SpecTask<ReverseSyncTask.Spec, ReverseSyncReport> {
  private static final String KIND = "copy.sync-plan";
  private static final String BEGUN = "copy.sync-begun";
  private static final Set<String> FIELDS = Set.of("format", "copy", "target", "rule", "plan");

  private final CopyEngine engine;
  private final PlanRecords plans;

  ReverseSyncTask(SnapshotParts parts, CopyEngine engine) {
    super(parts, "copy.reverse-sync", CopyReports.REVERSE_SYNC);
    this.engine = engine;
    this.plans = new PlanRecords(parts.state(), KIND, BEGUN);
  }

  /**
   * What is asked.
   *
   * @param copy the copy
   * @param target the tree
   * @param rule what becomes of what both changed
   * @param plan the id of what the plan may do
   */
  record Spec(CopyFacts copy, Endpoint target, ConflictRule rule, String plan) {
    ObjectNode write() {
      ObjectNode json = RepositoryTask.spec(copy.repository());
      ObjectNode sync = SpecJson.object(SnapshotSpecJson.FORMAT);
      json.set("sync", sync);
      copy.write(sync.putObject("copy"));
      sync.set("target", EndpointJson.write(target));
      sync.put("rule", rule.name()).put("plan", plan);
      return json;
    }

    static Spec read(JsonNode json) {
      SpecJson.onlyFields(json, FIELDS);
      return new Spec(
          CopyFacts.read(SpecJson.required(json, "copy")),
          EndpointJson.read(SpecJson.required(json, "target")),
          ConflictRule.valueOf(SpecJson.text(json, "rule")),
          SpecJson.text(json, "plan"));
    }
  }

  /** The id of what the state keeps for an operation. */
  static String plan(ObjectNode json) {
    return json.path("sync").path("plan").asText();
  }

  PlanRecords plans() {
    return plans;
  }

  @Override
  Spec read(ObjectNode json) {
    return Spec.read(SpecJson.required(json, "sync"));
  }

  @Override
  Endpoint endpoint(Spec spec) {
    return spec.target();
  }

  @Override
  List<Endpoint> endpoints(Spec spec) {
    return List.of(spec.target(), spec.copy().target());
  }

  static ReverseSync sync(CopyView copy, OpenEndpoint target, ConflictRule rule) {
    ContentGate gate = target.lustre().<ContentGate>map(LustreGate::new).orElseGet(PosixGate::new);
    return copy.reverseSync(target.tree(), gate, CopyViews.policy(rule));
  }

  @Override
  ReverseSyncReport run(Spec spec, ObjectNode json, JobContext context) throws IOException {
    try (CopyView copy = engine.open(spec.copy(), context::checkCancelled);
        OpenEndpoint target = parts.endpoints().open(spec.target())) {
      SyncResult result =
          sync(copy, target, spec.rule())
              .apply(plan -> requirePlanned(spec.plan(), plan), context::checkCancelled);
      context.progress(
          result.steps(), result.plan().steps().size(), result.movedBytes(), result.plan().bytes());
      return CopyReports.of(spec.target(), result);
    }
  }

  static long[] marks(SyncMarks marks) {
    return Stream.concat(marks.steps().stream(), marks.overruled().stream())
        .mapToLong(Long::longValue)
        .toArray();
  }

  /**
   * Refuses what the plan does not list. What it has done in part has other steps when it goes on,
   * so that then only what the tree would lose is compared.
   */
  private void requirePlanned(String id, SyncPlan now) throws IOException {
    long[] planned = plans.planned(id);
    boolean isBegun = plans.isBegun(id);
    SyncMarks marks = now.marks();
    LongStream compared =
        isBegun
            ? marks.overruled().stream().mapToLong(Long::longValue)
            : LongStream.of(marks(marks));
    long others = compared.filter(mark -> !PlanRecords.has(planned, mark)).count();
    if (others > 0) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot apply the plan of a reverse sync: the copy or the tree changed since it was made,"
              + " there are "
              + others
              + " other steps or conflicts now. Plan again.");
    }
    if (!isBegun) {
      plans.begin(id);
    }
  }
}
