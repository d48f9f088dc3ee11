// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.snapshots.Caller;
import io.kmesh.snapshots.ForgetPlan;
import io.kmesh.snapshots.RetentionPolicy;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotCut;
import io.kmesh.snapshots.SnapshotCutSpec;
import io.kmesh.snapshots.SnapshotMatch;
import io.kmesh.snapshots.SnapshotPolicies;
import io.kmesh.snapshots.SnapshotPolicy;
import io.kmesh.snapshots.SnapshotQuery;
import io.kmesh.snapshots.SnapshotSpec;
import io.kmesh.snapshots.Snapshots;
import io.kmesh.spi.ErrorKind;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The snapshots that a caller may see: he looks and restores, and does nothing else. */
final class CallerSnapshots implements Snapshots {
  private final SnapshotLooks looks;
  private final Caller caller;

  CallerSnapshots(SnapshotLooks looks, Caller caller) {
    this.looks = looks;
    this.caller = caller;
  }

  private KmeshException denied(String what) {
    return new KmeshException(
        ErrorKind.DENIED,
        "Cannot "
            + what
            + " as the caller "
            + caller
            + ": callers may look and restore. Do it without as(..).");
  }

  @Override
  public List<Snapshot> list(SnapshotQuery query) {
    return looks.list(query);
  }

  @Override
  public Optional<Snapshot> find(String repository, String text) {
    return looks.find(repository, text);
  }

  @Override
  public void findEntries(String glob, SnapshotQuery in, Consumer<SnapshotMatch> visitor) {
    looks.findEntries(glob, in, visitor);
  }

  @Override
  public Snapshots as(Caller other) {
    throw denied("look as " + other);
  }

  @Override
  public Operation<Snapshot> take(String name, SnapshotSpec spec) {
    throw denied("take the snapshot \"" + name + "\"");
  }

  @Override
  public Operation<SnapshotCut> takeTogether(String name, SnapshotCutSpec spec) {
    throw denied("take the snapshots \"" + name + "\"");
  }

  @Override
  public ForgetPlan planForget(RetentionPolicy policy, SnapshotQuery among) {
    throw denied("plan what to forget");
  }

  @Override
  public SnapshotPolicy ensure(SnapshotPolicy policy) {
    throw denied("make the snapshot policy \"" + policy.name() + "\"");
  }

  @Override
  public SnapshotPolicies policies() {
    throw denied("see snapshot policies");
  }
}
