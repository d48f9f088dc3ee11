// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.PathGlob;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.TreeVisit;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.CopyReport;
import io.kmesh.snapshots.AccessRule;
import io.kmesh.snapshots.Caller;
import io.kmesh.snapshots.RestorePlan;
import io.kmesh.snapshots.RestoreReport;
import io.kmesh.snapshots.RestoreSpec;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotChange;
import io.kmesh.snapshots.SnapshotEntry;
import io.kmesh.snapshots.SnapshotProblem;
import io.kmesh.snapshots.SnapshotSpec;
import io.kmesh.spi.ErrorKind;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A snapshot: what it said of itself when it was asked for, and the way to all else. */
final class StoredSnapshot implements Snapshot {
  private final SnapshotMeans means;
  private final SnapshotFacts facts;
  private final @Nullable Caller caller;

  StoredSnapshot(SnapshotMeans means, SnapshotFacts facts) {
    this(means, facts, null);
  }

  /**
   * A snapshot.
   *
   * @param caller who sees it; null for whoever has the key
   */
  StoredSnapshot(SnapshotMeans means, SnapshotFacts facts, @Nullable Caller caller) {
    this.means = means;
    this.facts = facts;
    this.caller = caller;
  }

  /**
   * Refuses what callers can't do.
   *
   * @param what such as {@code forget it}
   */
  static void requireAll(Snapshot snapshot, String what) {
    if (snapshot instanceof StoredSnapshot stored && stored.caller != null) {
      throw new KmeshException(
          ErrorKind.DENIED,
          "Cannot "
              + what
              + ": the snapshot "
              + snapshot.id()
              + " was found for the caller "
              + stored.caller
              + ", who may look and restore. Find it without as(..).");
    }
  }

  SnapshotFacts facts() {
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
  public Endpoint endpoint() {
    requireAll(this, "make a flow from it");
    return Endpoint.snapshot(repository(), id());
  }

  @Override
  public Instant time() {
    return facts.time();
  }

  @Override
  public String source() {
    return facts.source();
  }

  @Override
  public String host() {
    return facts.host();
  }

  @Override
  public Map<String, String> tags() {
    return facts.tags();
  }

  @Override
  public Map<String, String> holds() {
    return facts.holds();
  }

  @Override
  public long files() {
    return facts.files();
  }

  @Override
  public long directories() {
    return facts.directories();
  }

  @Override
  public long others() {
    return facts.others();
  }

  @Override
  public DataSize bytes() {
    return DataSize.ofBytes(facts.bytes());
  }

  @Override
  public Optional<DataSize> stored() {
    return facts.stored() < 0 ? Optional.empty() : Optional.of(DataSize.ofBytes(facts.stored()));
  }

  @Override
  public long problems() {
    return facts.problems();
  }

  @Override
  public List<SnapshotProblem> problemDetails() {
    return facts.details();
  }

  @Override
  public List<AccessRule> access() {
    Caller asking = caller;
    return asking == null
        ? facts.access()
        : facts.access().stream().filter(rule -> rule.isFor(asking)).toList();
  }

  @Override
  public Optional<String> cut() {
    return Optional.ofNullable(facts.cutOrNull());
  }

  @Override
  public Optional<String> scanReason() {
    return Optional.ofNullable(facts.scanReasonOrNull());
  }

  @Override
  public SnapshotEntry at(PathBytes path) {
    return read(snapshot -> entry(normal(path), snapshot.at(normal(path))));
  }

  @Override
  public void list(PathBytes path, Consumer<SnapshotEntry> visitor) {
    read(
        snapshot -> {
          TreeVisit.list(snapshot, normal(path), (at, node) -> visitor.accept(entry(at, node)));
          return path;
        });
  }

  @Override
  public void walk(PathBytes path, Consumer<SnapshotEntry> visitor) {
    read(
        snapshot -> {
          TreeVisit.walk(snapshot, normal(path), (at, node) -> visitor.accept(entry(at, node)));
          return path;
        });
  }

  @Override
  public void find(String glob, Consumer<SnapshotEntry> visitor) {
    PathGlob wanted = PathGlob.of(glob);
    read(
        snapshot -> {
          TreeVisit.walk(
              snapshot,
              PathBytes.EMPTY,
              (at, node) -> {
                if (wanted.fits(at)) {
                  visitor.accept(entry(at, node));
                }
              });
          return glob;
        });
  }

  @Override
  public void diff(Snapshot newer, Consumer<SnapshotChange> visitor) {
    if (!newer.repository().equals(repository())) {
      throw new KmeshException(
          ErrorKind.INVALID,
          "Cannot compare the snapshots "
              + id()
              + " and "
              + newer.id()
              + ": they are in different repositories, "
              + repository()
              + " and "
              + newer.repository()
              + ". Copy one to the other's.");
    }
    // Whoever may not see all of one sees no more of the other.
    Caller others = newer instanceof StoredSnapshot stored ? stored.caller : null;
    read(
        caller == null ? others : caller,
        older -> {
          try (OpenSnapshot other = store(others == null ? caller : others).open(newer.id())) {
            TreeVisit.diff(
                older,
                other,
                (path, kind, before, after) -> visitor.accept(change(path, kind, before, after)));
          }
          return newer;
        });
  }

  private static SnapshotChange change(
      PathBytes path,
      TreeVisit.Difference kind,
      @Nullable TreeNode before,
      @Nullable TreeNode after) {
    TreeNode one = Objects.requireNonNull(after == null ? before : after);
    return new SnapshotChange(
        path,
        SnapshotChange.Kind.valueOf(kind.name()),
        one.type(),
        DataSize.ofBytes(before == null ? 0 : before.size()),
        DataSize.ofBytes(after == null ? 0 : after.size()));
  }

  @Override
  public Operation<RestoreReport> restore(RestoreSpec spec) {
    if (spec.placement() == RestoreSpec.Placement.IN_PLACE) {
      throw new KmeshException(
          ErrorKind.INVALID,
          "Cannot restore the snapshot "
              + id()
              + " in place without a plan. Call planRestore(..), look at it, then apply().");
    }
    return means
        .parts()
        .starter()
        .start(means.plans().task(), RestoreSnapshotTask.spec(repository(), id(), spec, caller));
  }

  @Override
  public RestorePlan planRestore(RestoreSpec spec) {
    return means.plans().plan(facts, spec, caller);
  }

  @Override
  public FileSystem fileSystem() {
    return Calls.read(() -> means.fileSystem(store(caller).open(id()), repository()));
  }

  @Override
  public Operation<CopyReport> copyTo(String repository) {
    requireAll(this, "copy it");
    NamedRepository.requireOther(means.parts().repositories(), repository(), repository);
    return means
        .parts()
        .starter()
        .start(
            means.repositoryTasks().copy,
            RepositoryTasks.copySpec(repository(), repository, Optional.of(id())));
  }

  @Override
  public void hold(String name, String reason) {
    SnapshotSpec.requireHold(name);
    requireAll(this, "hold it");
    Calls.mutate(
        () -> {
          store(null).hold(id(), name, reason);
          return name;
        });
  }

  @Override
  public void release(String name) {
    requireAll(this, "release it");
    Calls.mutate(
        () -> {
          store(null).release(id(), name);
          return name;
        });
  }

  @Override
  public void forget() {
    requireAll(this, "forget it");
    Calls.mutate(() -> store(null).forget(List.of(id())));
  }

  private SnapshotStore store(@Nullable Caller as) throws IOException {
    return means.parts().store(repository(), as);
  }

  /** Something that reads a snapshot. */
  @FunctionalInterface
  private interface Reading<T> {
    T of(OpenSnapshot snapshot) throws IOException;
  }

  private <T> T read(Reading<T> reading) {
    return read(caller, reading);
  }

  private <T> T read(@Nullable Caller as, Reading<T> reading) {
    return Calls.read(
        () -> {
          try (OpenSnapshot snapshot = store(as).open(id())) {
            return reading.of(snapshot);
          }
        });
  }

  private static PathBytes normal(PathBytes path) {
    try {
      PathBytes normal = PathBytes.EMPTY;
      for (PathBytes name : path.names()) {
        normal = normal.resolve(name);
      }
      return normal;
    } catch (IllegalArgumentException e) {
      throw new KmeshException(ErrorKind.INVALID, String.valueOf(e.getMessage()), e);
    }
  }

  static SnapshotEntry entry(PathBytes path, TreeNode node) {
    return new SnapshotEntry(
        path,
        node.type(),
        node.mode(),
        node.uid(),
        node.gid(),
        DataSize.ofBytes(node.size()),
        node.mtime(),
        node.content() instanceof Content.Link link ? link.target() : null,
        node.content() instanceof Content.Reference
            ? SnapshotEntry.Residence.ARCHIVE
            : SnapshotEntry.Residence.REPOSITORY);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StoredSnapshot snapshot
        && snapshot.facts.equals(facts)
        && Objects.equals(snapshot.caller, caller);
  }

  @Override
  public int hashCode() {
    return facts.hashCode();
  }

  @Override
  public String toString() {
    return "Snapshot["
        + id()
        + " "
        + name()
        + " of "
        + source()
        + " at "
        + time()
        + " in "
        + repository()
        + "]";
  }
}
