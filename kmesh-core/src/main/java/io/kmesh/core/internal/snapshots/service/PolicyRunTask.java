// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.snapshots.retention.RetentionJson;
import io.kmesh.snapshots.RetentionPolicy;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotPolicy;
import io.kmesh.snapshots.SnapshotPolicyRun;
import io.kmesh.snapshots.SnapshotQuery;
import io.kmesh.snapshots.SnapshotSpec;
import io.kmesh.snapshots.Snapshots;
import io.kmesh.spi.ErrorKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;

/**
 * A run of a policy: takes a snapshot, then forgets what the policy keeps no longer. What it needs
 * of the policy is part of what it is asked, so that a policy may change or go meanwhile.
 */
final class PolicyRunTask extends SpecTask<SnapshotSpec, SnapshotPolicyRun> {
  private static final int TRIES = 3;

  private final TakeTask take;
  private final Snapshots snapshots;

  PolicyRunTask(
      SnapshotParts parts,
      TakeTask take,
      Snapshots snapshots,
      ReportCodec<SnapshotPolicyRun> codec) {
    super(parts, "snapshot.policy-run", codec);
    this.take = take;
    this.snapshots = snapshots;
  }

  static ObjectNode spec(String repository, SnapshotPolicy policy, Instant due) {
    SnapshotSpec snapshot =
        policy.snapshot().toBuilder()
            .tag(SnapshotPolicy.TAG, policy.name())
            .into(repository)
            .build();
    ObjectNode json = TakeTask.spec(policy.name(), repository, snapshot);
    json.put("policy", policy.name()).put("due", due.toString());
    policy.retention().ifPresent(r -> json.set("retention", RetentionJson.write(r)));
    return json;
  }

  @Override
  SnapshotSpec read(ObjectNode json) {
    return take.read(json);
  }

  @Override
  Endpoint endpoint(SnapshotSpec spec) {
    return spec.source();
  }

  @Override
  SnapshotPolicyRun run(SnapshotSpec spec, ObjectNode json, JobContext context) throws IOException {
    String policy = SpecJson.text(json, "policy");
    Snapshot snapshot = take.run(spec, json, context);
    List<String> forgotten = List.of();
    if (json.path("retention") instanceof ObjectNode retention) {
      RetentionPolicy rules;
      try {
        rules = PolicyJson.retention(policy, retention);
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
      forgotten = forget(snapshot.repository(), policy, rules);
    }
    return new SnapshotPolicyRun(
        policy, Instant.parse(SpecJson.text(json, "due")), snapshot, forgotten);
  }

  /** Only the policy's own: what somebody took by hand of the same source is not its to forget. */
  private List<String> forget(String repository, String policy, RetentionPolicy rules) {
    SnapshotQuery own =
        SnapshotQuery.ALL.toBuilder().in(repository).tag(SnapshotPolicy.TAG, policy).build();
    for (int tries = 1; ; tries++) {
      try {
        return snapshots.planForget(rules, own).apply();
      } catch (KmeshException e) {
        // Somebody holds one since the plan was made.
        if (e.kind() != ErrorKind.PRECONDITION || tries == TRIES) {
          throw e;
        }
      }
    }
  }
}
