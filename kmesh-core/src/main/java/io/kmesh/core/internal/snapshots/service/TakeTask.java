// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotSpec;
import java.io.IOException;

/**
 * Takes a snapshot. Its id is part of what was asked, so that one that was published by a process
 * which did not live to say so is not taken again.
 */
final class TakeTask extends SpecTask<SnapshotSpec, Snapshot> {
  private final SnapshotMeans means;

  TakeTask(SnapshotParts parts, SnapshotMeans means, ReportCodec<Snapshot> codec) {
    super(parts, "snapshot.take", codec);
    this.means = means;
  }

  /** What an operation is asked. */
  static ObjectNode spec(String name, String repository, SnapshotSpec snapshot) {
    ObjectNode json = RepositoryTask.spec(repository);
    json.put("id", RandomIds.snapshot()).put("name", name);
    json.set("snapshot", SnapshotSpecJson.write(snapshot));
    return json;
  }

  @Override
  SnapshotSpec read(ObjectNode json) {
    return SnapshotSpecJson.readTake(SpecJson.required(json, "snapshot"));
  }

  @Override
  Endpoint endpoint(SnapshotSpec spec) {
    return spec.source();
  }

  @Override
  Snapshot run(SnapshotSpec spec, ObjectNode json, JobContext context) throws IOException {
    String repository = json.path("repository").asText();
    try (OpenEndpoint source = parts.endpoints().open(spec.source())) {
      SnapshotStore.Request request = TakeRequests.of(json.path("name").asText(), spec, source);
      ScanTally tally = new ScanTally();
      SnapshotStore.Taken taken =
          parts
              .store(repository, parts.host(spec.source()))
              .take(
                  json.path("id").asText(),
                  spec.holds(),
                  request,
                  tally,
                  () -> {
                    context.checkCancelled();
                    context.progress(tally.files(), -1, tally.readBytes(), 0);
                  });
      long files = taken.manifest().files();
      context.progress(files, files, tally.readBytes(), tally.readBytes());
      return new StoredSnapshot(means, SnapshotFacts.of(repository, taken, spec.holds()));
    }
  }
}
