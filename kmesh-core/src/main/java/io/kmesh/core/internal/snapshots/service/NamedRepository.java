// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.core.internal.hsm.TaskStarter;
import io.kmesh.core.internal.repositories.Credentials;
import io.kmesh.core.internal.repositories.NamedRepositories;
import io.kmesh.core.internal.repositories.OpenedRepository;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.keys.Holder;
import io.kmesh.core.internal.repository.keys.Rotated;
import io.kmesh.core.internal.repository.keys.WrappingInfo;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.repository.CheckDepth;
import io.kmesh.repository.CheckReport;
import io.kmesh.repository.CopyReport;
import io.kmesh.repository.Credential;
import io.kmesh.repository.KeyHolder;
import io.kmesh.repository.KeyRotation;
import io.kmesh.repository.PruneReport;
import io.kmesh.repository.PruneSpec;
import io.kmesh.repository.RepairReport;
import io.kmesh.repository.Repository;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.repository.RepositoryKeyring;
import io.kmesh.repository.RepositoryStats;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** An open repository with its operations. Thread-safe. */
final class NamedRepository implements Repository {
  private final OpenedRepository opened;
  private final NamedRepositories repositories;
  private final RepositoryTasks tasks;
  private final TaskStarter starter;

  NamedRepository(
      OpenedRepository opened,
      NamedRepositories repositories,
      RepositoryTasks tasks,
      TaskStarter starter) {
    this.opened = opened;
    this.repositories = repositories;
    this.tasks = tasks;
    this.starter = starter;
  }

  @Override
  public String name() {
    return opened.name();
  }

  @Override
  public String id() {
    return opened.id();
  }

  @Override
  public RepositoryStats stats() {
    return Calls.read(() -> stats(opened.domain()));
  }

  private static RepositoryStats stats(Domain domain) throws IOException {
    Head head = domain.heads().newest();
    long[] sums = new long[4];
    domain
        .objects()
        .list(
            "",
            (key, size) -> {
              int at = key.startsWith("packs/") ? 0 : 2;
              sums[at]++;
              sums[at + 1] += size;
            });
    return new RepositoryStats(
        head.roots().stream().filter(r -> r.kind().equals(SnapshotStore.KIND)).count(),
        head.runs().stream().mapToLong(Head.Run::chunks).sum(),
        head.sessions().size(),
        sums[0],
        DataSize.ofBytes(sums[1]),
        sums[2],
        DataSize.ofBytes(sums[3]));
  }

  @Override
  public Operation<CheckReport> check(CheckDepth depth) {
    return starter.start(tasks.check, RepositoryTasks.checkSpec(name(), depth));
  }

  @Override
  public PruneReport planPrune(Consumer<PruneSpec.Builder> options) {
    PruneSpec.Builder builder = PruneSpec.DEFAULT.toBuilder();
    options.accept(builder);
    return Calls.read(() -> tasks.planPrune(opened, builder.build()));
  }

  @Override
  public Operation<PruneReport> prune(PruneSpec spec) {
    return starter.start(tasks.prune, RepositoryTasks.pruneSpec(name(), spec));
  }

  @Override
  public Operation<RepairReport> repair() {
    return starter.start(tasks.repair, RepositoryTask.spec(name()));
  }

  @Override
  public Operation<CopyReport> copyTo(String repository) {
    requireOther(repositories, name(), repository);
    return starter.start(
        tasks.copy, RepositoryTasks.copySpec(name(), repository, Optional.empty()));
  }

  /** A copy goes to another repository that is known. */
  static void requireOther(NamedRepositories repositories, String from, String to) {
    if (!repositories.isKnown(to) || from.equals(to)) {
      throw new KmeshException(
          repositories.isKnown(to) ? ErrorKind.INVALID : ErrorKind.NOT_FOUND,
          "Cannot copy from the repository \""
              + from
              + "\" to \""
              + to
              + "\": "
              + (from.equals(to) ? "they are the same" : "this Kmesh does not know the latter")
              + ". Name another one of "
              + repositories.names()
              + ".");
    }
  }

  @Override
  public RepositoryArchive archive(LustreBinding lustre, ArchiveId archive) {
    return Calls.mutate(() -> tasks.archive(opened, lustre, archive));
  }

  @Override
  public RepositoryKeyring keys() {
    return new Keyring();
  }

  private static KeyHolder holder(WrappingInfo info) {
    return new KeyHolder(
        info.id(),
        switch (info.kind()) {
          case PASSPHRASE -> KeyHolder.Kind.PASSPHRASE;
          case PROVIDER -> KeyHolder.Kind.KEY;
          case UNREADABLE -> KeyHolder.Kind.UNREADABLE;
        },
        info.name(),
        info.generation());
  }

  private final class Keyring implements RepositoryKeyring {
    @Override
    public List<KeyHolder> list() {
      return Calls.read(
          () -> opened.keys().wrappings().stream().map(NamedRepository::holder).toList());
    }

    @Override
    public KeyHolder add(String holder, Credential credential) {
      return holder(
          Calls.mutate(
              () ->
                  Credentials.use(
                      credential, c -> opened.keys().addWrapping(new Holder(holder, c)))));
    }

    @Override
    public void remove(String id) {
      Calls.mutate(
          () -> {
            opened.keys().removeWrapping(id);
            return id;
          });
    }

    @Override
    public KeyRotation rotate(String holder, Credential credential) {
      Rotated rotated =
          Calls.mutate(
              () ->
                  Credentials.use(
                      credential,
                      c -> {
                        Rotated done = opened.keys().rotate(new Holder(holder, c), List.of());
                        repositories.use(name(), credential);
                        return done;
                      }));
      return new KeyRotation(
          rotated.generation(), rotated.dropped().stream().map(NamedRepository::holder).toList());
    }
  }

  @Override
  public String toString() {
    return opened.toString();
  }
}
