// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.RestorePlanner;
import io.kmesh.core.internal.snapshots.RestoreTarget;
import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.core.internal.snapshots.TreeRestore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.Caller;
import io.kmesh.snapshots.RestoreReport;
import io.kmesh.snapshots.RestoreSpec;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Restores a snapshot. Done again after a crash it writes what is missing: what is there with the
 * right size and time is left.
 */
final class RestoreSnapshotTask extends SpecTask<RestoreSpec, RestoreReport> {
  private static final String ID = "id";
  private static final String PLANNED = "planned";

  private final RestorePlanStore plans;

  RestoreSnapshotTask(SnapshotParts parts, RestorePlanStore plans) {
    super(parts, "snapshot.restore", RestoreReports.CODEC);
    this.plans = plans;
  }

  /** What an operation is asked. */
  static ObjectNode spec(
      String repository, String snapshot, RestoreSpec restore, @Nullable Caller caller) {
    ObjectNode json = RepositoryTask.spec(repository).put("snapshot", snapshot);
    json.set("restore", SnapshotSpecJson.write(restore));
    if (caller != null) {
      AccessJson.write(json.putObject("caller"), caller);
    }
    return json.put(ID, UUID.randomUUID().toString());
  }

  /** What an operation is asked that does nothing beyond a plan, which has its id. */
  static ObjectNode planned(
      String repository, String snapshot, RestoreSpec restore, @Nullable Caller caller, String id) {
    return spec(repository, snapshot, restore, caller).put(ID, id).put(PLANNED, true);
  }

  /** The id by which what the state keeps for an operation is known. */
  static String id(ObjectNode json) {
    return json.path(ID).asText();
  }

  @Override
  RestoreSpec read(ObjectNode json) {
    if (json.has("caller")) {
      AccessJson.caller(json.path("caller")); // damage is told before anything is done
    }
    return SnapshotSpecJson.readRestore(SpecJson.required(json, "restore"));
  }

  @Override
  Endpoint endpoint(RestoreSpec spec) {
    return spec.target();
  }

  @Override
  RestoreReport run(RestoreSpec spec, ObjectNode json, JobContext context) throws IOException {
    String repository = json.path("repository").asText();
    ScanTally tally = new ScanTally();
    Caller caller = json.has("caller") ? AccessJson.caller(json.path("caller")) : null;
    try (OpenSnapshot snapshot =
        parts.store(repository, caller).open(json.path("snapshot").asText())) {
      TreeNode node = snapshot.at(spec.path());
      boolean isDirectory = node.content() instanceof Content.Directory;
      boolean isWhole = spec.path().isEmpty();
      long files = isWhole ? snapshot.manifest().files() : -1;
      long bytes = isWhole ? snapshot.manifest().bytes() : isDirectory ? 0 : node.size();
      Retrier.Check check =
          () -> {
            context.checkCancelled();
            context.progress(tally.files(), files, tally.bytes(), bytes);
          };
      PathBytes below = below(spec, isDirectory);
      try (OpenEndpoint target = parts.endpoints().openOrMake(spec.target(), below)) {
        if (json.path(PLANNED).asBoolean()) {
          plans.requireCovered(
              id(json), new RestorePlanner(snapshot, check).plan(spec.path(), target.tree()));
        }
        RestoreTarget place = new RestoreTarget(target.tree(), target.lustreOrNull());
        if (!isDirectory && spec.existing() == RestoreSpec.Existing.REFUSE) {
          new SingleRestore(snapshot, place).run(spec.path(), tally, check);
        } else {
          TreeRestore.Overwrite overwrite =
              spec.existing() == RestoreSpec.Existing.REPLACE || isOurs(id(json), target.tree())
                  ? TreeRestore.Overwrite.CHANGED
                  : TreeRestore.Overwrite.NEVER;
          snapshot.restore(spec.path(), place, overwrite, tally, check);
        }
      }
    }
    RestoreReport report = RestoreReports.of(tally);
    context.progress(
        report.files(), report.files(), report.bytes().bytes(), report.bytes().bytes());
    return report;
  }

  /**
   * Whether all that is in a target comes from this operation: it was empty when it began. So one
   * that was done, but not told, is not taken for somebody's when it is done again.
   */
  private boolean isOurs(String id, PosixTree target) throws IOException {
    if (plans.isBegun(id)) {
      return true;
    }
    try (PosixDirectory top = target.openRoot();
        DirectoryCursor entries = top.entries()) {
      if (!entries.next().isEmpty()) {
        return false; // the restore itself finds out what that is
      }
    }
    plans.begin(id);
    return true;
  }

  /** Where below the target the entries of a directory, or the one entry, go. */
  static PathBytes below(RestoreSpec spec, boolean isDirectory) {
    if (spec.placement() == RestoreSpec.Placement.INTO) {
      return PathBytes.EMPTY;
    }
    return isDirectory ? spec.path() : spec.path().parent();
  }
}
