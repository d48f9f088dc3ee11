// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.Operation;
import io.kmesh.core.internal.snapshots.RestoreAgent;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.snapshots.ConflictRule;
import io.kmesh.snapshots.ReverseSyncReport;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.VirtualCopy;
import io.kmesh.snapshots.VirtualCopyChange;
import io.kmesh.snapshots.VirtualCopyConflict;
import io.kmesh.snapshots.VirtualCopyDeletion;
import io.kmesh.snapshots.VirtualCopyRefresh;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Ends the process anywhere while it makes, refreshes, syncs back or deletes a virtual copy on a
 * Lustre. The next process finishes what was accepted, and reports the same.
 */
@Tag("crash")
class LustreCopyOperationCrashTest extends OperationCrashes {
  private static final Endpoint PLACE = new Endpoint.LustrePath("lab", PathBytes.of("copy"));

  /** Each run has a file system of its own. */
  private static final int ONE_IN = 16;

  private @Nullable SimulatedLustre lustre;

  /** A Lustre for each run, whose copytool does not die with the process. */
  @Override
  Closeable surround(Path place, MemoryStore store) throws IOException {
    SimulatedLustre opened = SimulatedLustre.at(Files.createDirectory(place));
    lustre = opened;
    MemoryState state = MemoryState.create(RunningTime.instance());
    Kmesh kmesh = open(state, store, NONE);
    ArchiveId one = ArchiveId.of(1);
    RepositoryArchive archive =
        kmesh.repositories().find("repo").orElseThrow().archive(opened, one);
    RestoreAgent agent = new RestoreAgent(opened, one, archive);
    return () -> {
      agent.close();
      archive.close();
      kmesh.close();
      state.close();
      opened.close();
    };
  }

  @Override
  void attach(Kmesh kmesh, FaultInjector injector) {
    if (lustre != null) {
      kmesh.clusters().attach("lab", lustre);
    }
  }

  private static Snapshot snapshot(Kmesh kmesh, String name) {
    return kmesh.snapshots().find("repo", name).orElseThrow();
  }

  private static VirtualCopy copy(Kmesh kmesh) {
    return kmesh.virtualCopies().find("repo", "it").orElseThrow();
  }

  private void make(Kmesh kmesh) throws IOException {
    kmesh.virtualCopies().create("it", snapshot(kmesh, "before"), PLACE).await(LIMIT);
    try (FileSystem files = mount()) {
      Files.writeString(files.getPath("/copy/f0"), "ours");
      Files.writeString(files.getPath("/copy/new"), "mine");
    }
  }

  private FileSystem mount() {
    return Objects.requireNonNull(lustre).fileSystem();
  }

  private String read(String path) throws IOException {
    try (FileSystem files = mount()) {
      return Files.readString(files.getPath(path));
    }
  }

  private List<String> names(String of) throws IOException {
    try (FileSystem files = mount();
        Stream<Path> all = Files.list(files.getPath(of))) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void create_killedAnywhere_isMadeOnce() throws Exception {
    enumerate(
        VirtualCopy.class,
        READS,
        new Scenario<VirtualCopy>() {
          @Override
          public Operation<VirtualCopy> start(Kmesh kmesh, Path place) {
            return kmesh.virtualCopies().create("it", snapshot(kmesh, "before"), PLACE);
          }

          @Override
          public void check(Kmesh kmesh, Path place, Optional<VirtualCopy> result)
              throws IOException {
            assertThat(kmesh.virtualCopies().list()).hasSize(result.isPresent() ? 1 : 0);
            assertThat(names("/")).isEqualTo(result.isPresent() ? List.of("copy") : List.of());
            if (result.isPresent()) {
              assertThat(copy(kmesh).id()).isEqualTo(result.get().id());
              assertThat(result.get().changes()).isEmpty();
              assertThat(read("/copy/f0")).isEqualTo("content 0");
            }
          }
        },
        ONE_IN);
  }

  @Test
  void refresh_killedAnywhere_goesOnAndReportsItsConflicts() throws Exception {
    Files.writeString(source.resolve("f0"), "theirs, longer");
    Files.writeString(source.resolve("f2"), "newer");
    Files.delete(source.resolve("d/f1"));
    enumerate(
        VirtualCopyRefresh.class,
        READS,
        new Scenario<VirtualCopyRefresh>() {
          @Override
          public void prepare(Kmesh kmesh, Path place) throws IOException {
            make(kmesh);
            kmesh.snapshots().take("newer", source(), s -> {}).await(LIMIT);
          }

          @Override
          public Operation<VirtualCopyRefresh> start(Kmesh kmesh, Path place) {
            return copy(kmesh).refresh(snapshot(kmesh, "newer"), ConflictRule.THEIRS);
          }

          @Override
          public void check(Kmesh kmesh, Path place, Optional<VirtualCopyRefresh> result)
              throws IOException {
            if (result.isPresent()) {
              VirtualCopyRefresh done = result.get();
              assertThat(done.before()).isEqualTo(snapshot(kmesh, "before").id());
              assertThat(done.now()).isEqualTo(snapshot(kmesh, "newer").id());
              assertThat(copy(kmesh).snapshot()).isEqualTo(done.now());
              assertThat(done.keptDetails())
                  .extracting(VirtualCopyChange::path)
                  .containsExactly(PathBytes.of("new"));
              assertThat(done.conflictDetails())
                  .as("also those that were ended before the crash")
                  .extracting(VirtualCopyConflict::path)
                  .contains(PathBytes.of("f0"));
              assertThat(read("/copy/f0")).isEqualTo("theirs, longer");
              assertThat(read("/copy/f2")).isEqualTo("newer");
              assertThat(read("/copy/new")).isEqualTo("mine");
              assertThat(names("/copy")).containsExactly("d", "f0", "f2", "linked", "new");
            }
          }
        },
        ONE_IN);
  }

  @Test
  void applyOfAReverseSync_killedAnywhere_goesOn() throws Exception {
    enumerate(
        ReverseSyncReport.class,
        READS,
        new Scenario<ReverseSyncReport>() {
          private Endpoint tree(Path place) {
            return Endpoint.directory(place.resolveSibling(place.getFileName() + "-tree"));
          }

          @Override
          public void prepare(Kmesh kmesh, Path place) throws IOException {
            make(kmesh);
            snapshot(kmesh, "before").restore(tree(place)).await(LIMIT);
          }

          @Override
          public Operation<ReverseSyncReport> start(Kmesh kmesh, Path place) {
            return copy(kmesh).planReverseSync(s -> s.to(tree(place))).apply();
          }

          @Override
          public void check(Kmesh kmesh, Path place, Optional<ReverseSyncReport> result)
              throws IOException {
            if (result.isPresent()) {
              Path tree = Path.of(tree(place).toString());
              assertThat(tree.resolve("f0")).hasContent("ours");
              assertThat(tree.resolve("new")).hasContent("mine");
              assertThat(tree.resolve("d/f1")).hasContent("content 1");
              assertThat(facts(tree).keySet()).noneMatch(name -> name.startsWith(".kmesh"));
            }
          }
        },
        ONE_IN);
  }

  @Test
  void delete_killedAnywhere_leavesNothing() throws Exception {
    enumerate(
        VirtualCopyDeletion.class,
        READS,
        new Scenario<VirtualCopyDeletion>() {
          @Override
          public void prepare(Kmesh kmesh, Path place) throws IOException {
            make(kmesh);
          }

          @Override
          public Operation<VirtualCopyDeletion> start(Kmesh kmesh, Path place) {
            return copy(kmesh).delete();
          }

          @Override
          public void check(Kmesh kmesh, Path place, Optional<VirtualCopyDeletion> result)
              throws IOException {
            if (result.isPresent()) {
              assertThat(kmesh.virtualCopies().list()).isEmpty();
              assertThat(names("/")).isEmpty();
            }
          }
        },
        ONE_IN);
  }
}
