// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.repositories.NamedRepositories;
import io.kmesh.core.internal.repositories.OpenedRepository;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.collect.Checker;
import io.kmesh.core.internal.repository.collect.Collector;
import io.kmesh.core.internal.repository.collect.Repairer;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.SnapshotCopy;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.archive.RepositoryBackend;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.repository.CheckDepth;
import io.kmesh.repository.CheckReport;
import io.kmesh.repository.CopyReport;
import io.kmesh.repository.PruneReport;
import io.kmesh.repository.PruneSpec;
import io.kmesh.repository.RepairReport;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The kinds of operations that repositories have. Thread-safe. */
final class RepositoryTasks {
  private static final String TO = "to";
  private static final int LEAST_WORKERS = 2;
  private static final String ONLY = "snapshot";

  private final NamedRepositories repositories;
  private final KmeshTime time;
  private final String host;
  final LongTask<CheckReport> check;
  final LongTask<PruneReport> prune;
  final LongTask<RepairReport> repair;
  final LongTask<CopyReport> copy;

  RepositoryTasks(NamedRepositories repositories, KmeshTime time, String host) {
    this.repositories = repositories;
    this.time = time;
    this.host = host;
    this.check =
        new RepositoryTask<>(
            repositories, "repository.check", RepositoryReports.CHECK, RepositoryTasks::check);
    this.prune =
        new RepositoryTask<>(
            repositories, "repository.prune", RepositoryReports.PRUNE, this::prune);
    this.repair =
        new RepositoryTask<>(
            repositories, "repository.repair", RepositoryReports.REPAIR, this::repair);
    this.copy =
        new RepositoryTask<>(repositories, "repository.copy", RepositoryReports.COPY, this::copy);
  }

  RepositoryArchive archive(OpenedRepository opened, LustreBinding lustre, ArchiveId archive)
      throws IOException {
    int workers = Math.max(LEAST_WORKERS, Runtime.getRuntime().availableProcessors());
    return RepositoryBackend.open(opened.domain(), lustre, archive, time, host, workers);
  }

  List<LongTask<?>> all() {
    return List.of(check, prune, repair, copy);
  }

  static ObjectNode checkSpec(String repository, CheckDepth depth) {
    return RepositoryTask.spec(repository).put("every", depth.every()).put("which", depth.which());
  }

  private static CheckReport check(OpenedRepository repository, ObjectNode spec, JobContext context)
      throws IOException {
    var r =
        new Checker(
                repository.domain(),
                SnapshotStore.READERS,
                spec.path("every").asInt(),
                spec.path("which").asInt(),
                context::checkCancelled)
            .run();
    return new CheckReport(
        r.roots(),
        r.packs(),
        r.framesRead(),
        r.framesInAll(),
        DataSize.ofBytes(r.bytesRead()),
        r.damages(),
        r.affected());
  }

  static ObjectNode pruneSpec(String repository, PruneSpec prune) {
    return RepositoryTask.spec(repository)
        .put("rewriteBelow", prune.rewriteBelow().value())
        .put("deadAfter", prune.deadAfter().toString());
  }

  private PruneReport prune(OpenedRepository repository, ObjectNode spec, JobContext context)
      throws IOException {
    return RepositoryReports.of(
        collector(
                repository.domain(),
                spec.path("rewriteBelow").asDouble(),
                Duration.parse(spec.path("deadAfter").asText()),
                context)
            .run());
  }

  PruneReport planPrune(OpenedRepository repository, PruneSpec prune) throws IOException {
    return RepositoryReports.of(
        collector(
                repository.domain(),
                prune.rewriteBelow().value(),
                prune.deadAfter(),
                JobContexts.ALONE)
            .plan());
  }

  private Collector collector(
      Domain domain, double rewriteBelow, Duration deadAfter, JobContext context) {
    long now = time.now().toEpochMilli();
    long oldest = now - deadAfter.toMillis();
    return new Collector(
        domain,
        SnapshotStore.READERS,
        new Collector.Settings(rewriteBelow / 100, session -> session.began() < oldest, now, host),
        context::checkCancelled);
  }

  private RepairReport repair(OpenedRepository repository, ObjectNode spec, JobContext context)
      throws IOException {
    Repairer.Report r =
        new Repairer(
                repository.domain(),
                SnapshotStore.FINDER,
                SnapshotStore.READERS,
                time.now().toEpochMilli(),
                host,
                context::checkCancelled)
            .run();
    return new RepairReport(
        r.packs(), r.chunks(), r.foundRoots().stream().map(Head.Root::id).toList(), r.damages());
  }

  /** The specification of a copy of all snapshots, or of one. */
  static ObjectNode copySpec(String repository, String to, Optional<String> snapshot) {
    ObjectNode spec = RepositoryTask.spec(repository).put(TO, to);
    snapshot.ifPresent(id -> spec.put(ONLY, id));
    return spec;
  }

  private CopyReport copy(OpenedRepository repository, ObjectNode spec, JobContext context)
      throws IOException {
    Domain source = repository.domain();
    Domain target = repositories.open(spec.path(TO).asText()).domain();
    SnapshotStore snapshots = new SnapshotStore(source, time, host, 1);
    SnapshotCopy copy = new SnapshotCopy(source, target, time, host);
    List<String> ids = new ArrayList<>();
    if (spec.has(ONLY)) {
      ids.add(spec.path(ONLY).asText());
    } else {
      snapshots.list().forEach(root -> ids.add(root.id()));
    }
    long copied = 0;
    long stored = 0;
    for (String id : ids) {
      context.checkCancelled();
      boolean isThere = target.heads().newest().root(SnapshotStore.KIND, id).isPresent();
      if (!isThere) {
        try (OpenSnapshot snapshot = snapshots.open(id)) {
          stored += copy.copy(snapshot, context::checkCancelled);
        }
        copied++;
      }
      context.progress(ids.indexOf(id) + 1L, ids.size(), stored, 0);
    }
    return new CopyReport(copied, ids.size() - copied, DataSize.ofBytes(stored));
  }
}
