// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.Endpoint;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.snapshots.RestoreReport;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotProblem;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The steps that stand on a repository: a snapshot of what was taken in, and its restore elsewhere. */
final class SnapshotSteps {
  private static final String NAME = "ingested";

  private final Job job;
  private final Lab lab;
  private final Journal journal;
  private final Screen screen;

  SnapshotSteps(Job job, Lab lab, Journal journal, Screen screen) {
    this.job = job;
    this.lab = lab;
    this.journal = journal;
    this.screen = screen;
  }

  /** Takes a snapshot of all of the Lustre. */
  long take() throws IOException {
    lab.kmesh().repositories().init(Lab.REPOSITORY);
    Snapshot taken = job.await(taking());
    journal.set("snapshot", taken.id());
    journal.set("snapshot.logical", taken.bytes().bytes());
    journal.set("snapshot.stored", taken.stored().map(DataSize::bytes).orElse(0L));
    for (SnapshotProblem problem : taken.problemDetails()) {
      job.problem("the snapshot lacks " + problem.path() + ": " + problem.reason());
    }
    return taken.bytes().bytes();
  }

  /** The operation that a killed run began goes on by itself; else a new one. */
  private Operation<Snapshot> taking() throws IOException {
    String begun = journal.text("snapshot.operation", "");
    Optional<Operation<Snapshot>> known =
        begun.isEmpty()
            ? Optional.empty()
            : lab.kmesh().operations().find(new OperationId(begun), Snapshot.class);
    if (known.isPresent()) {
      return known.get();
    }
    Operation<Snapshot> operation =
        lab.kmesh()
            .snapshots()
            .take(NAME, lab.cluster().path(""), s -> s.into(Lab.REPOSITORY));
    journal.set("snapshot.operation", operation.id());
    journal.save();
    return operation;
  }

  /** Restores it into a folder of the host. What a killed run restored is not restored again. */
  long restore(Path folder) throws IOException {
    RestoreReport report = job.await(ingested().restore(Endpoint.directory(folder)));
    for (SnapshotProblem detail : report.details()) {
      screen.say("  not restored: " + detail.path() + ": " + detail.reason());
    }
    return report.bytes().bytes();
  }

  private Snapshot ingested() throws IOException {
    String id = journal.text("snapshot", "");
    return lab.kmesh()
        .snapshots()
        .find(Lab.REPOSITORY, id)
        .orElseThrow(() -> new IOException("Cannot find the snapshot " + id + ": it is gone."));
  }
}
