// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.workflow;

import static io.kmesh.Durability.REMOTE;
import static io.kmesh.unit.Units.seconds;

import io.kmesh.Cluster;
import io.kmesh.Kmesh;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.Progress;
import io.kmesh.lustre.HsmReport;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A workflow engine's activity: archives a step's output. The engine may restart at any moment; it keeps
 * one token of the activity, and the activity finds its operation again by it.
 */
public final class ArchiveActivity {
  private final Kmesh kmesh;
  private final Cluster cluster;

  /** An activity on one file system. */
  public ArchiveActivity(Kmesh kmesh, Cluster cluster) {
    this.kmesh = kmesh;
    this.cluster = cluster;
  }

  /**
   * Runs, or goes on, until the output is safe.
   *
   * @param token what an earlier run of the activity kept, empty for the first
   * @param keep keeps the token durably before anything else happens
   * @param heartbeat tells the engine how far it is
   * @param isCancelled asks the engine whether it is still wanted
   */
  public HsmReport run(
      String output,
      Optional<String> token,
      Consumer<String> keep,
      Consumer<Progress> heartbeat,
      BooleanSupplier isCancelled) {
    Operation<HsmReport> operation =
        token
            .flatMap(t -> kmesh.operations().find(new OperationId(t), HsmReport.class))
            .orElseGet(() -> begin(output));
    keep.accept(operation.id().value());
    while (true) {
      if (isCancelled.getAsBoolean()) {
        operation.cancel();
      }
      heartbeat.accept(operation.progress());
      try {
        return operation.await(seconds(1));
      } catch (KmeshTimeoutException e) {
        // Still at work: tell the engine and look again.
      }
    }
  }

  private Operation<HsmReport> begin(String output) {
    return cluster.hsm().archiveTree(output, a -> a.durability(REMOTE));
  }
}
