// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.scheduler;

import static io.kmesh.Durability.REMOTE;
import static io.kmesh.unit.Units.hours;

import io.kmesh.Cluster;
import io.kmesh.Kmesh;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.lustre.HsmReport;

/**
 * What a batch scheduler runs around a job. Submitting returns at once with an id that the job record
 * keeps; another process, later, waits for it by that id.
 */
public final class JobData {
  private final Kmesh kmesh;
  private final Cluster scratch;

  /** Data of jobs on one file system. */
  public JobData(Kmesh kmesh, Cluster scratch) {
    this.kmesh = kmesh;
    this.scratch = scratch;
  }

  /** Prolog: asks for the job's input to be on the file system when the job starts. */
  public OperationId stageIn(String input) {
    return scratch.hsm().recall(input).id();
  }

  /** Epilog: asks for the job's results to be safe outside the file system. */
  public OperationId stageOut(String results) {
    return scratch.hsm().archiveTree(results, a -> a.to("results").durability(REMOTE)).id();
  }

  /** What the scheduler's poll prints: {@code RUNNING 40 %}. */
  public String status(OperationId id) {
    Operation<HsmReport> operation = find(id);
    return "%s %.0f %%".formatted(operation.state(), 100 * operation.progress().fraction());
  }

  /** Waits until the operation of an id ended; the job may start, or be closed. */
  public HsmReport await(OperationId id) {
    return find(id).await(hours(12));
  }

  /** After a stage-out that ended well: the results' space is free again. */
  public HsmReport free(String results) {
    return scratch.hsm().release(results).await(hours(1));
  }

  private Operation<HsmReport> find(OperationId id) {
    return kmesh
        .operations()
        .find(id, HsmReport.class)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Cannot find the operation " + id + ". Use the state that it was begun with."));
  }
}
