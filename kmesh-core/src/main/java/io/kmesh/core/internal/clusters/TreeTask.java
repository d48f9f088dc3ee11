// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.hsm.HsmGoal;
import io.kmesh.core.internal.hsm.HsmJob;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.ReleaseJob;
import io.kmesh.core.internal.hsm.ReportJson;
import io.kmesh.lustre.HsmReport;
import java.io.IOException;

/** Brings all files at and below a path to a goal. */
final class TreeTask implements LongTask<HsmReport> {
  private final String type;
  private final Work work;

  /** What is done for a specification. */
  private interface Work {
    HsmReport run(HsmSpecs spec, JobContext context) throws IOException;
  }

  private TreeTask(String type, Work work) {
    this.type = type;
    this.work = work;
  }

  static TreeTask archive(ClusterRegistry clusters) {
    return new TreeTask(
        "hsm.archive-tree",
        (spec, context) -> {
          AttachedCluster cluster = clusters.attached(spec.cluster());
          return cluster
              .job(
                  HsmGoal.ARCHIVED,
                  spec.store(),
                  cluster.proofs().ofTree(spec.durability()),
                  context)
              .runTree(spec.path());
        });
  }

  static TreeTask recall(ClusterRegistry clusters) {
    return new TreeTask(
        "hsm.recall",
        (spec, context) ->
            clusters
                .attached(spec.cluster())
                .job(HsmGoal.RECALLED, "", HsmJob.Proof.NONE, context)
                .runTree(spec.path()));
  }

  static TreeTask remove(ClusterRegistry clusters) {
    return new TreeTask(
        "hsm.remove",
        (spec, context) ->
            clusters
                .attached(spec.cluster())
                .job(HsmGoal.REMOVED, "", HsmJob.Proof.NONE, context)
                .runTree(spec.path()));
  }

  static TreeTask release(ClusterRegistry clusters) {
    return new TreeTask(
        "hsm.release",
        (spec, context) ->
            new ReleaseJob(clusters.attached(spec.cluster()).lustre(), context)
                .runTree(spec.path()));
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public Class<HsmReport> resultType() {
    return HsmReport.class;
  }

  @Override
  public HsmReport run(ObjectNode spec, JobContext context) throws IOException {
    return work.run(HsmSpecs.read(spec), context);
  }

  @Override
  public ObjectNode encode(HsmReport result) {
    return ReportJson.write(result);
  }

  @Override
  public HsmReport decode(ObjectNode json) throws IOException {
    return ReportJson.read(json);
  }
}
