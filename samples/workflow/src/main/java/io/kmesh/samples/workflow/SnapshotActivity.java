// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.workflow;

import static io.kmesh.unit.Units.seconds;

import io.kmesh.Cluster;
import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.Progress;
import io.kmesh.snapshots.RestoreReport;
import io.kmesh.snapshots.Snapshot;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Two activities of a workflow engine: a snapshot behind a step, and the step's output somewhere else.
 * The engine may restart at any moment; it keeps one token of each, by which its operation is found.
 */
public final class SnapshotActivity {
  private final Kmesh kmesh;
  private final Consumer<String> keep;
  private final Consumer<Progress> heartbeat;

  /**
   * Activities.
   *
   * @param keep keeps a token durably before anything else happens
   * @param heartbeat tells the engine how far it is
   */
  public SnapshotActivity(Kmesh kmesh, Consumer<String> keep, Consumer<Progress> heartbeat) {
    this.kmesh = kmesh;
    this.keep = keep;
    this.heartbeat = heartbeat;
  }

  /** Takes a snapshot of a step's output; {@code token} is what an earlier run kept. */
  public Snapshot take(String run, String step, Cluster cluster, Optional<String> token) {
    return finish(
        token,
        Snapshot.class,
        () ->
            kmesh
                .snapshots()
                .take(
                    run + "." + step,
                    cluster.path(run + "/" + step),
                    s -> s.into("runs").tag("run", run).exclude("*.tmp")));
  }

  /** Restores the newest snapshot of a step where the next one works. */
  public RestoreReport restore(String run, String step, Endpoint target, Optional<String> token) {
    return finish(
        token,
        RestoreReport.class,
        () ->
            kmesh.snapshots().list(q -> q.in("runs").named(run + "." + step)).stream()
                .reduce((older, newer) -> newer)
                .orElseThrow()
                .restore(target));
  }

  private <T> T finish(Optional<String> token, Class<T> result, Supplier<Operation<T>> begin) {
    Operation<T> operation =
        token
            .flatMap(t -> kmesh.operations().find(new OperationId(t), result))
            .orElseGet(begin);
    keep.accept(operation.id().value());
    while (true) {
      heartbeat.accept(operation.progress());
      try {
        return operation.await(seconds(1));
      } catch (KmeshTimeoutException e) {
        // Still at work: tell the engine and look again.
      }
    }
  }
}
