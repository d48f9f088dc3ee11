// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.snapshots.ConflictRule;
import io.kmesh.snapshots.ReverseSyncPlan;
import io.kmesh.snapshots.ReverseSyncSpec;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotProblem;
import io.kmesh.snapshots.VirtualCopy;
import io.kmesh.snapshots.VirtualCopyChange;
import io.kmesh.snapshots.VirtualCopyDeletion;
import io.kmesh.snapshots.VirtualCopyRefresh;
import io.kmesh.spi.ErrorKind;
import io.kmesh.unit.DataSize;
import java.nio.file.FileSystem;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A virtual copy: what it said of itself when it was asked for, and the way to all else. */
final class StoredCopy implements VirtualCopy {
  private final CopyMeans means;
  private final CopyFacts facts;

  StoredCopy(CopyMeans means, CopyFacts facts) {
    this.means = means;
    this.facts = facts;
  }

  CopyFacts facts() {
    return facts;
  }

  @Override
  public String id() {
    return facts.id();
  }

  @Override
  public String name() {
    return facts.name();
  }

  @Override
  public String repository() {
    return facts.repository();
  }

  @Override
  public String snapshot() {
    return facts.snapshot();
  }

  @Override
  public Endpoint endpoint() {
    return facts.target();
  }

  @Override
  public String host() {
    return facts.host();
  }

  @Override
  public Instant created() {
    return facts.created();
  }

  @Override
  public DataSize bytesStored() {
    return Calls.read(() -> DataSize.ofBytes(means.engine().bytesStored(facts)));
  }

  @Override
  public FileSystem fileSystem() {
    if (facts.lustre().isPresent()) {
      throw new UnsupportedCapabilityException(
          "file systems of virtual copies on a Lustre",
          "Cannot open the virtual copy \""
              + name()
              + "\" as a file system of Java's: its files are on the Lustre, at "
              + facts.target()
              + ". Read and write them there, on a mount; or create a copy in a directory.");
    }
    return Calls.read(() -> means.engine().files(facts));
  }

  @Override
  public void changes(Consumer<VirtualCopyChange> visitor) {
    Calls.read(
        () -> {
          try (CopyView copy = means.engine().open(facts, Retrier.Check.NONE)) {
            copy.changes(change -> visitor.accept(CopyViews.change(change)));
          }
          return visitor;
        });
  }

  @Override
  public void leftOut(Consumer<SnapshotProblem> visitor) {
    Calls.read(
        () -> {
          means
              .engine()
              .leftOut(facts, p -> visitor.accept(new SnapshotProblem(p.path(), p.reason())));
          return visitor;
        });
  }

  @Override
  public Operation<VirtualCopyRefresh> refresh(Snapshot newer, ConflictRule rule) {
    StoredSnapshot.requireAll(newer, "refresh a virtual copy to it");
    if (!newer.repository().equals(repository())) {
      throw new KmeshException(
          ErrorKind.INVALID,
          "Cannot refresh the virtual copy \""
              + name()
              + "\" to the snapshot "
              + newer.id()
              + ": they are in different repositories, "
              + repository()
              + " and "
              + newer.repository()
              + ". Copy the snapshot to the copy's.");
    }
    return means
        .parts()
        .starter()
        .start(means.tasks().refresh, CopyTasks.refreshSpec(facts, newer.id(), rule));
  }

  @Override
  public ReverseSyncPlan planReverseSync(ReverseSyncSpec spec) {
    return means.plans().plan(facts, spec);
  }

  @Override
  public Operation<VirtualCopyDeletion> delete() {
    return means.parts().starter().start(means.tasks().delete, CopyTasks.deleteSpec(facts));
  }

  @Override
  public void forget() {
    Calls.mutate(
        () -> {
          means.engine().forget(facts);
          return id();
        });
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StoredCopy copy && copy.facts.equals(facts);
  }

  @Override
  public int hashCode() {
    return facts.hashCode();
  }

  @Override
  public String toString() {
    return "VirtualCopy["
        + id()
        + " "
        + name()
        + " of "
        + snapshot()
        + " in "
        + facts.target()
        + (facts.lustre().isPresent() ? "]" : " on " + host() + "]");
  }
}
