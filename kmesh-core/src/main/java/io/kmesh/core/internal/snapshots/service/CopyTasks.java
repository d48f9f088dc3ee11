// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.SpecJson;
import io.kmesh.core.internal.snapshots.fs.VirtualCopies;
import io.kmesh.core.internal.snapshots.fs.VirtualCopy;
import io.kmesh.snapshots.ConflictRule;
import io.kmesh.snapshots.VirtualCopyDeletion;
import io.kmesh.snapshots.VirtualCopyRefresh;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The operations that make, refresh and delete virtual copies. The id of a copy that is made is
 * part of what was asked, so that one that is there is not made again.
 */
final class CopyTasks {
  private static final String COPY = "copy";
  private static final String ID = "id";

  final RepositoryTask<io.kmesh.snapshots.VirtualCopy> create;
  final RepositoryTask<VirtualCopyRefresh> refresh;
  final RepositoryTask<VirtualCopyDeletion> delete;
  private final SnapshotParts parts;
  private final CopyEngine engine;
  private final RefreshRecords refreshes;
  private final CopyMeans means;

  CopyTasks(
      SnapshotParts parts,
      CopyEngine engine,
      CopyMeans means,
      ReportCodec<io.kmesh.snapshots.VirtualCopy> codec) {
    this.parts = parts;
    this.engine = engine;
    this.means = means;
    this.refreshes = new RefreshRecords(parts.state());
    this.create =
        new RepositoryTask<>(
            parts.repositories(), "copy.create", codec, (r, spec, context) -> create(spec));
    this.refresh =
        new RepositoryTask<>(
            parts.repositories(),
            "copy.refresh",
            CopyReports.REFRESH,
            (r, spec, context) -> refresh(spec, context));
    this.delete =
        new RepositoryTask<>(
            parts.repositories(),
            "copy.delete",
            CopyReports.DELETION,
            (r, spec, context) -> delete(spec));
  }

  /** Forgets what no operation needs any more; gives how many records went. */
  long tidy() throws IOException {
    Set<String> needed = new HashSet<>();
    for (ObjectNode spec : parts.starter().unfinished(refresh)) {
      needed.add(spec.path(ID).asText());
    }
    return refreshes.forgetOthers(needed);
  }

  static ObjectNode createSpec(String repository, String name, String snapshot, Path folder) {
    return RepositoryTask.spec(repository)
        .put(ID, RandomIds.snapshot())
        .put("name", name)
        .put("snapshot", snapshot)
        .put("folder", folder.toString());
  }

  private io.kmesh.snapshots.VirtualCopy create(ObjectNode spec) throws IOException {
    String repository = spec.path("repository").asText();
    String id = spec.path(ID).asText();
    VirtualCopies copies = engine.of(repository);
    Path folder = Path.of(spec.path("folder").asText());
    copies.create(id, spec.path("snapshot").asText(), spec.path("name").asText(), folder).close();
    Optional<Head.Root> root = copies.list().stream().filter(r -> r.id().equals(id)).findFirst();
    return new StoredCopy(
        means,
        CopyFacts.of(
            repository,
            root.orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.NOT_FOUND,
                        "Cannot create the virtual copy "
                            + id
                            + ": it was deleted meanwhile. Create another."))));
  }

  static ObjectNode refreshSpec(CopyFacts copy, String snapshot, ConflictRule rule) {
    return spec(copy)
        .put(ID, UUID.randomUUID().toString())
        .put("snapshot", snapshot)
        .put("rule", rule.name());
  }

  private static ObjectNode spec(CopyFacts copy) {
    ObjectNode json = RepositoryTask.spec(copy.repository());
    copy.write(json.putObject(COPY));
    return json;
  }

  private static CopyFacts facts(ObjectNode spec) throws ProviderException {
    try {
      return CopyFacts.read(SpecJson.required(spec, COPY));
    } catch (IllegalArgumentException | java.time.DateTimeException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read what an operation was asked: " + e.getMessage() + ". Start it anew.",
          e);
    }
  }

  private VirtualCopyRefresh refresh(ObjectNode spec, JobContext context) throws IOException {
    CopyFacts copy = facts(spec);
    String id = spec.path(ID).asText();
    String snapshot = spec.path("snapshot").asText();
    engine.requireFolder(copy);
    Optional<VirtualCopyRefresh> before = refreshes.find(id);
    if (before.isPresent() && snapshotOf(copy).equals(snapshot)) {
      return before.get(); // a process before did it, and did not live to say so
    }
    return CopyReports.of(
        engine
            .of(copy.repository())
            .refresh(
                copy.folder(),
                copy.id(),
                snapshot,
                CopyViews.policy(ConflictRule.valueOf(spec.path("rule").asText())),
                refresh -> refreshes.keep(id, CopyReports.of(refresh)),
                context::checkCancelled));
  }

  private String snapshotOf(CopyFacts copy) throws IOException {
    try (VirtualCopy open = engine.open(copy)) {
      return open.snapshot();
    }
  }

  static ObjectNode deleteSpec(CopyFacts copy) {
    return spec(copy);
  }

  private VirtualCopyDeletion delete(ObjectNode spec) throws IOException {
    CopyFacts copy = facts(spec);
    long bytes = Files.isDirectory(copy.folder()) ? engine.bytesStored(copy) : 0;
    engine.of(copy.repository()).delete(copy.folder(), copy.id());
    return new VirtualCopyDeletion(copy.id(), DataSize.ofBytes(bytes));
  }
}
