// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.Endpoint;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.RestoreReport;
import io.kmesh.snapshots.ReverseSyncPlan;
import io.kmesh.snapshots.ReverseSyncReport;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotProblem;
import io.kmesh.snapshots.VirtualCopy;
import io.kmesh.snapshots.VirtualCopyConflict;
import io.kmesh.snapshots.VirtualCopyRefresh;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The steps that stand on a repository: a snapshot of what was taken in, its restore elsewhere, and a
 * virtual copy that is changed, refreshed and synced back. An operation that a killed run began goes
 * on by itself: its id is noted.
 */
final class SnapshotSteps {
  private static final String INGESTED = "ingested";
  private static final String CHANGED = "changed";
  private static final String COPY = "what-if";

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

  /** Takes a snapshot of what was taken in. */
  long take() throws IOException {
    Snapshot taken = take(INGESTED);
    journal.set("snapshot.logical", taken.bytes().bytes());
    journal.set("snapshot.stored", taken.stored().map(DataSize::bytes).orElse(0L));
    return taken.bytes().bytes();
  }

  private Snapshot take(String name) throws IOException {
    Snapshot taken =
        job.await(
            operation(
                name,
                "snapshot.take",
                Snapshot.class,
                () ->
                    lab.kmesh()
                        .snapshots()
                        .take(name, lab.cluster().path(Lab.DATA), s -> s.into(Lab.REPOSITORY))));
    journal.set(name + ".snapshot", taken.id());
    for (SnapshotProblem problem : taken.problemDetails()) {
      job.problem("the snapshot lacks " + problem.path() + ": " + problem.reason());
    }
    return taken;
  }

  private interface Beginning<T> {
    Operation<T> begin() throws IOException;
  }

  /** The operation that a killed run began, else a new one. */
  private <T> Operation<T> operation(
      String name, String kind, Class<T> type, Beginning<T> beginning) throws IOException {
    String begun = journal.text(name + ".operation", "");
    Optional<Operation<T>> known =
        begun.isEmpty()
            ? Optional.empty()
            : lab.kmesh().operations().find(new OperationId(begun), type);
    for (Operation<?> open : lab.kmesh().operations().open()) {
      // Killed before its id was noted here: it goes on as well.
      if (known.isEmpty() && open.type().equals(kind)) {
        known = lab.kmesh().operations().find(open.id(), type);
      }
    }
    if (known.isPresent()) {
      return known.get();
    }
    Operation<T> operation = beginning.begin();
    journal.set(name + ".operation", operation.id());
    journal.save();
    return operation;
  }

  /**
   * Makes a virtual copy of the snapshot beside what it was taken of, and changes it. Its files are
   * released stubs: what is opened comes from the repository, whole and only then.
   */
  long copy(List<JsonNode> records) throws IOException {
    long begun = System.nanoTime();
    VirtualCopy copy = make();
    if (journal.text("copy.nanos", "").isEmpty()) {
      journal.set("copy.nanos", System.nanoTime() - begun);
      journal.set("copy.stored", copy.bytesStored().bytes());
      journal.save();
    }
    try (FileSystem mount = lab.mount()) {
      return new CopyChanges(path(mount, Lab.COPY), records).apply();
    }
  }

  private static Path path(FileSystem mount, PathBytes top) {
    return mount.getPath("/", top.utf8().orElseThrow());
  }

  private VirtualCopy make() throws IOException {
    if (lab.kmesh().operations().open().stream().noneMatch(o -> o.type().equals("copy.create"))) {
      Optional<VirtualCopy> there = lab.kmesh().virtualCopies().find(Lab.REPOSITORY, COPY);
      if (there.isPresent()) {
        return there.get();
      }
    }
    return job.await(
        operation(
            COPY,
            "copy.create",
            VirtualCopy.class,
            () ->
                lab.kmesh()
                    .virtualCopies()
                    .create(COPY, snapshot(INGESTED), lab.cluster().path(Lab.COPY))));
  }

  /** Takes a snapshot of the changed tree and lets the copy show that. */
  long refresh(List<JsonNode> records) throws IOException {
    Snapshot changed = take(CHANGED);
    VirtualCopyRefresh refresh =
        job.await(
            operation(
                "refresh", "copy.refresh", VirtualCopyRefresh.class, () -> copy().refresh(changed)));
    for (VirtualCopyConflict conflict : refresh.conflictDetails()) {
      job.problem("the refresh met the conflict " + conflict);
    }
    try (FileSystem mount = lab.mount()) {
      CopyChanges changes = new CopyChanges(path(mount, Lab.COPY), records);
      if (refresh.kept() != changes.paths().size()) {
        job.problem(
            "the refresh kept " + refresh.kept() + " changes of " + changes.paths().size() + ".");
      }
      String differing = changes.differing(path(mount, Lab.DATA), records);
      if (!differing.isEmpty()) {
        job.problem("the refreshed copy shows other bytes of " + differing + " than the tree.");
      }
    }
    return changed.bytes().bytes();
  }

  /** Brings what was changed in the copy to the tree. */
  long reverse() throws IOException {
    ReverseSyncReport report =
        job.await(
            operation(
                "reverse",
                "copy.reverse-sync",
                ReverseSyncReport.class,
                () -> {
                  ReverseSyncPlan plan = copy().planReverseSync();
                  screen.say("  " + plan.toString().lines().findFirst().orElse(""));
                  return plan.apply();
                }));
    for (VirtualCopyConflict conflict : report.conflictDetails()) {
      job.problem("the reverse sync met the conflict " + conflict);
    }
    for (SnapshotProblem problem : report.problemDetails()) {
      job.problem("the reverse sync left " + problem.path() + ": " + problem.reason());
    }
    return report.moved().bytes();
  }

  private VirtualCopy copy() throws IOException {
    return lab.kmesh()
        .virtualCopies()
        .find(Lab.REPOSITORY, COPY)
        .orElseThrow(() -> new IOException("Cannot find the virtual copy: it is gone."));
  }

  /** Restores it into a folder of the host. What a killed run restored is not restored again. */
  long restore(Path folder) throws IOException {
    RestoreReport report =
        job.await(
            operation(
                "restore",
                "snapshot.restore",
                RestoreReport.class,
                () -> snapshot(INGESTED).restore(Endpoint.directory(folder))));
    for (SnapshotProblem detail : report.details()) {
      screen.say("  not restored: " + detail.path() + ": " + detail.reason());
    }
    return report.bytes().bytes();
  }

  private Snapshot snapshot(String name) throws IOException {
    String id = journal.text(name + ".snapshot", "");
    return lab.kmesh()
        .snapshots()
        .find(Lab.REPOSITORY, id)
        .orElseThrow(() -> new IOException("Cannot find the snapshot " + id + ": it is gone."));
  }
}
