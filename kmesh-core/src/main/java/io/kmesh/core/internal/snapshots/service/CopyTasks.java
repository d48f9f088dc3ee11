// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.EndpointJson;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.fs.ConflictPolicy;
import io.kmesh.core.internal.snapshots.fs.CopyRefresh;
import io.kmesh.core.internal.snapshots.fs.StubCopies;
import io.kmesh.core.internal.snapshots.fs.VirtualCopies;
import io.kmesh.core.internal.snapshots.fs.VirtualCopy;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.snapshots.ConflictRule;
import io.kmesh.snapshots.VirtualCopyDeletion;
import io.kmesh.snapshots.VirtualCopyRefresh;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The operations that make, refresh and delete virtual copies. The id of a copy that is made is
 * part of what was asked, so that one that is there is not made again.
 */
final class CopyTasks {
  private static final String COPY = "copy";
  private static final String ID = "id";
  private static final String TARGET = "target";
  private static final String ARCHIVE = "archive";

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
            parts.repositories(),
            "copy.create",
            codec,
            (r, spec, context) -> create(spec, context),
            spec -> Optional.of(target(spec)));
    this.refresh =
        new RepositoryTask<>(
            parts.repositories(),
            "copy.refresh",
            CopyReports.REFRESH,
            (r, spec, context) -> refresh(spec, context),
            CopyTasks::place);
    this.delete =
        new RepositoryTask<>(
            parts.repositories(),
            "copy.delete",
            CopyReports.DELETION,
            (r, spec, context) -> delete(spec, context),
            CopyTasks::place);
  }

  static Endpoint target(JsonNode spec) {
    return EndpointJson.read(spec.path(TARGET));
  }

  /** Where the copy of a specification is. */
  private static Optional<Endpoint> place(ObjectNode spec) {
    return Optional.of(EndpointJson.read(spec.path(COPY).path(TARGET)));
  }

  /** Forgets what no operation needs any more; gives how many records went. */
  long tidy() throws IOException {
    Set<String> needed = new HashSet<>();
    for (ObjectNode spec : parts.starter().unfinished(refresh)) {
      needed.add(spec.path(ID).asText());
    }
    return refreshes.forgetOthers(needed);
  }

  static ObjectNode createSpec(
      String repository,
      String name,
      String snapshot,
      Endpoint target,
      Optional<ArchiveId> archive) {
    ObjectNode json = RepositoryTask.spec(repository).put(ID, RandomIds.snapshot());
    json.put("name", name).put("snapshot", snapshot).set(TARGET, EndpointJson.write(target));
    archive.ifPresent(id -> json.put(ARCHIVE, id.value()));
    return json;
  }

  /** What is asked, or says that it can't be read. */
  static <T> T read(Supplier<T> reader) throws ProviderException {
    try {
      return reader.get();
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read what an operation was asked: " + e.getMessage() + ". Start it anew.",
          e);
    }
  }

  private io.kmesh.snapshots.VirtualCopy create(ObjectNode spec, JobContext context)
      throws IOException {
    String repository = spec.path("repository").asText();
    Endpoint target = read(() -> target(spec));
    Head.Root root =
        target instanceof Endpoint.LustrePath place
            ? createStubs(spec, place, context)
            : createFolder(spec, ((Endpoint.LocalDirectory) target).directory());
    return new StoredCopy(means, CopyFacts.of(repository, root));
  }

  private Head.Root createStubs(ObjectNode spec, Endpoint.LustrePath place, JobContext context)
      throws IOException {
    String id = spec.path(ID).asText();
    Optional<ArchiveId> archive =
        spec.has(ARCHIVE)
            ? Optional.of(read(() -> ArchiveId.of(SpecJson.integer(spec, ARCHIVE))))
            : Optional.empty();
    try (StubCopies copies =
        engine.lustre().open(spec.path("repository").asText(), place, id, archive)) {
      return copies
          .create(
              id,
              spec.path("snapshot").asText(),
              spec.path("name").asText(),
              place.path(),
              context::checkCancelled)
          .root();
    }
  }

  private Head.Root createFolder(ObjectNode spec, Path folder) throws IOException {
    String id = spec.path(ID).asText();
    VirtualCopies copies = engine.of(spec.path("repository").asText());
    copies.create(id, spec.path("snapshot").asText(), spec.path("name").asText(), folder).close();
    return copies.list().stream()
        .filter(root -> root.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new ProviderException(
                    ErrorKind.NOT_FOUND,
                    "Cannot create the virtual copy "
                        + id
                        + ": it was deleted meanwhile. Create another."));
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

  static CopyFacts facts(JsonNode spec) throws ProviderException {
    return read(() -> CopyFacts.read(SpecJson.required(spec, COPY)));
  }

  private VirtualCopyRefresh refresh(ObjectNode spec, JobContext context) throws IOException {
    CopyFacts copy = facts(spec);
    ConflictPolicy policy =
        CopyViews.policy(read(() -> ConflictRule.valueOf(SpecJson.text(spec, "rule"))));
    return copy.lustre().isPresent()
        ? refreshStubs(spec, copy, policy, context)
        : refreshFolder(spec, copy, policy, context);
  }

  /** One that was cut has ended some of its conflicts: those are told from its record. */
  private VirtualCopyRefresh refreshStubs(
      ObjectNode spec, CopyFacts copy, ConflictPolicy policy, JobContext context)
      throws IOException {
    String id = spec.path(ID).asText();
    String to = spec.path("snapshot").asText();
    Optional<VirtualCopyRefresh> before = refreshes.find(id);
    StubCopies.RefreshKeeper keeper =
        (from, conflicts) -> {
          CopyRefresh begun = new CopyRefresh(from, to, List.of(), conflicts, 0, List.of());
          refreshes.keep(id, CopyReports.after(before, CopyReports.of(begun)));
        };
    CopyRefresh done =
        engine
            .lustre()
            .change(
                copy,
                copies ->
                    copies.refresh(copy.id(), to, policy, id, keeper, context::checkCancelled));
    return CopyReports.after(before, CopyReports.of(done));
  }

  private VirtualCopyRefresh refreshFolder(
      ObjectNode spec, CopyFacts copy, ConflictPolicy policy, JobContext context)
      throws IOException {
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
                policy,
                refresh -> refreshes.keep(id, CopyReports.of(refresh)),
                context::checkCancelled));
  }

  private String snapshotOf(CopyFacts copy) throws IOException {
    try (VirtualCopy open = engine.openFolder(copy)) {
      return open.snapshot();
    }
  }

  static ObjectNode deleteSpec(CopyFacts copy) {
    return spec(copy);
  }

  private VirtualCopyDeletion delete(ObjectNode spec, JobContext context) throws IOException {
    CopyFacts copy = facts(spec);
    long bytes =
        copy.lustre().isPresent() ? deleteStubs(copy, context::checkCancelled) : deleteFolder(copy);
    return new VirtualCopyDeletion(copy.id(), DataSize.ofBytes(bytes));
  }

  private long deleteFolder(CopyFacts copy) throws IOException {
    long bytes = Files.isDirectory(copy.folder()) ? engine.bytesStored(copy) : 0;
    engine.of(copy.repository()).delete(copy.folder(), copy.id());
    return bytes;
  }

  private long deleteStubs(CopyFacts copy, Retrier.Check check) throws IOException {
    return engine.lustre().isKnown(copy)
        ? engine.lustre().change(copy, copies -> copies.delete(copy.id(), check))
        : 0;
  }
}
