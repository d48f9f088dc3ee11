// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.snapshots.fs.ChunkCache;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.VirtualCopies;
import io.kmesh.snapshots.VirtualCopy;
import io.kmesh.spi.ErrorKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The virtual copies of a Kmesh. Thread-safe. */
final class CopyService implements VirtualCopies, CopyMeans {
  private static final int LEAST_DIGITS = 4;

  private final SnapshotParts parts;
  private final CopyEngine engine;
  private final CopyTasks tasks;
  private final ReverseSyncPlans plans;

  /**
   * The service over repositories.
   *
   * @param cache stays the caller's
   */
  CopyService(SnapshotParts parts, ChunkCache cache) {
    this.parts = parts;
    this.engine = new CopyEngine(parts, cache);
    this.plans = new ReverseSyncPlans(parts, engine);
    this.tasks =
        new CopyTasks(
            parts,
            engine,
            this,
            new ReportCodec<>(
                VirtualCopy.class,
                (json, copy) -> ((StoredCopy) copy).facts().write(json),
                json -> new StoredCopy(this, CopyFacts.read(json))));
  }

  List<LongTask<?>> longTasks() {
    return List.of(tasks.create, tasks.refresh, tasks.delete, plans.task());
  }

  /** Forgets what no operation needs any more; gives how many records went. */
  long tidy() throws IOException {
    return plans.tidy() + tasks.tidy();
  }

  @Override
  public SnapshotParts parts() {
    return parts;
  }

  @Override
  public CopyEngine engine() {
    return engine;
  }

  @Override
  public CopyTasks tasks() {
    return tasks;
  }

  @Override
  public ReverseSyncPlans plans() {
    return plans;
  }

  @Override
  public Operation<VirtualCopy> create(String name, Snapshot snapshot, Endpoint target) {
    return create(name, snapshot, target, Optional.empty());
  }

  @Override
  public Operation<VirtualCopy> create(
      String name, Snapshot snapshot, Endpoint.LustrePath target, ArchiveId archive) {
    return create(
        name,
        snapshot,
        target,
        archive.equals(ArchiveId.ANY) ? Optional.empty() : Optional.of(archive));
  }

  private Operation<VirtualCopy> create(
      String name, Snapshot snapshot, Endpoint target, Optional<ArchiveId> archive) {
    StoredSnapshot.requireAll(snapshot, "create a virtual copy of it");
    if (name.isBlank()) {
      throw new KmeshException(
          ErrorKind.INVALID, "Cannot create a virtual copy with a blank name. Name it.");
    }
    if (target instanceof Endpoint.SitePath) {
      throw new KmeshException(
          ErrorKind.UNSUPPORTED,
          "Cannot create a virtual copy at "
              + target
              + ": that is at another site. Make it there, from the same repository.");
    }
    if (target instanceof Endpoint.SnapshotTree || target instanceof Endpoint.VirtualCopyTree) {
      throw new KmeshException(
          ErrorKind.UNSUPPORTED,
          "Cannot create a virtual copy in "
              + target
              + ": that is kept by Kmesh. Name a directory, or a path of a Lustre.");
    }
    if (target instanceof Endpoint.LustrePath path) {
      requirePlace(path);
    }
    String repository = snapshot.repository();
    if (list(repository).stream().anyMatch(copy -> copy.name().equals(name))) {
      throw new KmeshException(
          ErrorKind.EXISTS,
          "Cannot create the virtual copy \""
              + name
              + "\": the repository "
              + repository
              + " has one of that name. Choose another, or delete it.");
    }
    return parts
        .starter()
        .start(
            tasks.create, CopyTasks.createSpec(repository, name, snapshot.id(), target, archive));
  }

  private void requirePlace(Endpoint.LustrePath path) {
    if (path.path().isEmpty()) {
      throw new KmeshException(
          ErrorKind.INVALID,
          "Cannot create a virtual copy at the top of " + path.cluster() + ". Name a path below.");
    }
    Endpoint parent = new Endpoint.LustrePath(path.cluster(), path.path().parent());
    Calls.read(
        () -> {
          parts.endpoints().open(parent).close();
          return parent;
        });
  }

  @Override
  public List<VirtualCopy> list() {
    List<VirtualCopy> all = new ArrayList<>();
    for (String repository : parts.repositories().names()) {
      if (Calls.read(() -> parts.repositories().find(repository)).isPresent()) {
        all.addAll(list(repository));
      }
    }
    all.sort(Comparator.comparing(VirtualCopy::created).thenComparing(VirtualCopy::id));
    return all;
  }

  @Override
  public List<VirtualCopy> list(String repository) {
    return Calls.read(() -> engine.list(repository)).stream()
        .<VirtualCopy>map(facts -> new StoredCopy(this, facts))
        .toList();
  }

  @Override
  public Optional<VirtualCopy> find(String repository, String text) {
    List<VirtualCopy> found =
        list(repository).stream()
            .filter(
                c ->
                    c.name().equals(text)
                        || c.id().equals(text)
                        || (text.length() >= LEAST_DIGITS && c.id().startsWith(text)))
            .toList();
    if (found.size() > 1) {
      throw new KmeshException(
          ErrorKind.INVALID,
          "Cannot tell which virtual copy \""
              + text
              + "\" is: "
              + found.stream().map(VirtualCopy::id).toList()
              + " fit. Name one by its id.");
    }
    return found.stream().findFirst();
  }
}
