// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Cluster;
import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.copytool.Copytool;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.CheckDepth;
import io.kmesh.repository.Credential;
import io.kmesh.repository.Repository;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.snapshots.ConflictRule;
import io.kmesh.snapshots.ReverseSyncPlan;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.VirtualCopy;
import io.kmesh.snapshots.VirtualCopyConflict;
import io.kmesh.snapshots.VirtualCopyRefresh;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.lustre.CoordinatorCommand;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Virtual copies on a Lustre by the API, restored by a copytool over their repository. */
class LustreCopyTest {
  private static final Duration LIMIT = Duration.ofMinutes(20); // a minute of real time
  private static final ArchiveId OURS = ArchiveId.of(1);
  private static final ArchiveId FOREIGN = ArchiveId.of(2);

  private final QuickTime time = new QuickTime();
  private final MemoryState state = MemoryState.create(time);
  private final MemoryStore store = MemoryStore.create();
  private final MemoryStore foreign = MemoryStore.create();
  private final MemoryKeys keys = new MemoryKeys();
  private SimulatedLustre lustre;
  private FileSystem files;
  private Kmesh kmesh;
  private Cluster lab;
  private RepositoryArchive archive;
  private Copytool copytool;
  @TempDir Path directory;

  @BeforeEach
  void open() throws IOException {
    keys.make("site");
    lustre = SimulatedLustre.at(Files.createDirectory(directory.resolve("lustre")));
    files = lustre.fileSystem();
    begin();
    write("/a/d/f", "first");
    write("/a/d/g", "second");
    write("/a/h", "third".repeat(1000));
    write("/a/gone", "fourth");
    Files.createSymbolicLink(path("/a/link"), files.getPath("d/f"));
  }

  private void begin() throws IOException {
    kmesh =
        Kmesh.builder()
            .state(state)
            .time(time)
            .repository("repo", store, Credential.key(keys, "site"))
            .build();
    lab = kmesh.clusters().attach("lab", lustre);
    kmesh.repositories().init("repo");
    archive = repository().archive(lustre, OURS);
    copytool =
        Copytool.builder(lustre)
            .state(state)
            .archive(OURS, archive)
            .store("ckpt", FOREIGN, foreign)
            .workers(4)
            .time(time)
            .start();
  }

  private void end() throws IOException {
    copytool.close();
    archive.close();
    kmesh.close();
  }

  @AfterEach
  void close() throws IOException {
    end();
    files.close();
    lustre.close();
    state.close();
    store.close();
    foreign.close();
    keys.close();
  }

  private Repository repository() {
    return kmesh.repositories().find("repo").orElseThrow();
  }

  private Path path(String path) {
    return files.getPath(path);
  }

  private void write(String path, String text) throws IOException {
    Files.createDirectories(path(path).getParent());
    Files.writeString(path(path), text);
  }

  private String read(String path) throws IOException {
    return Files.readString(path(path));
  }

  private Snapshot take(String name) {
    return kmesh.snapshots().take(name, lab.path("/a"), s -> s.into("repo")).await(LIMIT);
  }

  private VirtualCopy create(Snapshot snapshot, String at) {
    return kmesh.virtualCopies().create("at " + at, snapshot, lab.path(at)).await(LIMIT);
  }

  private boolean isReleased(String path) throws IOException {
    return lustre.hsm().state(fid(path)).isReleased();
  }

  private Fid fid(String path) throws IOException {
    return lustre.identity().fid(PathBytes.of(path.substring(1)));
  }

  private void act(HsmActionKind action, ArchiveId in, String path) throws Exception {
    lustre.hsm().request(HsmRequest.of(action, in, List.of(fid(path))));
    if (action == HsmActionKind.ARCHIVE) {
      Fid fid = fid(path);
      Lab.eventually(
          () -> {
            try {
              return lustre.hsm().state(fid).isArchivedAndClean();
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
    }
  }

  private long restores() {
    return lustre.coordinator().statistics().succeeded(HsmActionKind.RESTORE);
  }

  private static List<String> changes(VirtualCopy copy) {
    return copy.changes().stream().map(c -> c.kind() + " " + c.path()).toList();
  }

  private List<String> names(String of) throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> all = Files.list(path(of))) {
      all.map(path -> path.getFileName().toString()).sorted().forEach(names::add);
    }
    return names;
  }

  private void assertRefused(ErrorKind kind, String reason, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContaining(reason);
  }

  @Test
  void aCopy_isReadChangedArchivedRecalledRefreshedSyncedBackAndDeleted() throws Exception {
    Snapshot one = take("one");
    VirtualCopy copy = create(one, "/copy");
    VirtualCopy other = create(one, "/other");
    assertThat(kmesh.virtualCopies().list()).containsExactly(copy, other);
    assertThat(copy.endpoint()).isEqualTo(lab.path("/copy"));
    assertThat(copy.host()).isEqualTo("lab");
    assertThat(copy.snapshot()).isEqualTo(one.id());
    assertThat(copy.toString()).contains("lab:/copy");
    assertThat(names("/")).containsExactly("a", "copy", "other");
    assertThat(changes(copy)).isEmpty();
    assertThatThrownBy(copy::fileSystem)
        .isInstanceOf(UnsupportedCapabilityException.class)
        .hasMessageContaining("lab:/copy");

    assertThat(isReleased("/copy/d/f")).isTrue();
    assertThat(copy.bytesStored().bytes()).isBetween(100L, 4000L);
    long before = restores();
    assertThat(read("/copy/d/f")).isEqualTo("first");
    assertThat(Files.getLastModifiedTime(path("/copy/d/f")))
        .isEqualTo(Files.getLastModifiedTime(path("/a/d/f")));
    assertThat(restores()).isEqualTo(before + 1);

    write("/copy/d/g", "ours");
    write("/copy/new", "mine");
    act(HsmActionKind.ARCHIVE, OURS, "/copy/d/g");
    act(HsmActionKind.RELEASE, OURS, "/copy/d/g");
    assertThat(isReleased("/copy/d/g")).isTrue();
    assertThat(read("/copy/d/g")).isEqualTo("ours");
    act(HsmActionKind.RELEASE, OURS, "/copy/d/g");
    assertThat(changes(copy)).containsExactly("CHANGED d/g", "ADDED new");
    assertThat(read("/a/d/g")).as("the origin").isEqualTo("second");
    assertThat(read("/other/d/g")).as("another copy").isEqualTo("second");

    write("/a/h", "theirs");
    write("/a/d/g", "theirs, longer");
    write("/a/their", "there");
    Files.delete(path("/a/gone"));
    Snapshot two = take("two");
    before = restores();
    VirtualCopyRefresh refreshed = copy.refresh(two).await(LIMIT);
    assertThat(refreshed.before()).isEqualTo(one.id());
    assertThat(refreshed.now()).isEqualTo(two.id());
    assertThat(refreshed.keptDetails())
        .extracting(c -> c.kind() + " " + c.path())
        .containsExactly("CHANGED d/g", "ADDED new");
    assertThat(refreshed.conflictDetails())
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.path()).hasToString("d/g");
              assertThat(c.result()).isEqualTo(VirtualCopyConflict.Result.OURS);
            });
    assertThat(restores()).as("none for a refresh").isEqualTo(before);
    assertThat(kmesh.virtualCopies().find("repo", "at /copy").orElseThrow().snapshot())
        .isEqualTo(two.id());
    assertThat(isReleased("/copy/h")).isTrue();
    assertThat(read("/copy/h")).isEqualTo("theirs");
    assertThat(read("/copy/their")).isEqualTo("there");
    assertThat(names("/copy")).containsExactly("d", "h", "link", "new", "their");

    ReverseSyncPlan plan = copy.planReverseSync(s -> s.onConflict(ConflictRule.OURS));
    assertThat(plan.target()).isEqualTo(lab.path("/a"));
    assertThat(plan.steps())
        .extracting(step -> step.action() + " " + step.path())
        .containsExactlyInAnyOrder("WRITE d/g", "WRITE new");
    assertThat(plan.apply().await(LIMIT).steps()).isEqualTo(2);
    assertThat(read("/a/d/g")).isEqualTo("ours");
    assertThat(read("/a/new")).isEqualTo("mine");

    Snapshot three = take("three");
    assertThat(copy.refresh(three).await(LIMIT).kept()).isZero();
    end();
    begin();
    VirtualCopy known = kmesh.virtualCopies().find("repo", copy.id()).orElseThrow();
    assertThat(known.delete().await(LIMIT).freed().bytes()).isPositive();
    assertThat(known.delete().await(LIMIT).freed().bytes()).as("again").isZero();
    assertThat(names("/")).containsExactly("a", "other");
    kmesh.snapshots().find("repo", two.id()).orElseThrow().forget();
    kmesh.snapshots().find("repo", one.id()).orElseThrow().forget();
    assertThat(copytool.removeOrphans()).isEqualTo(1);
    repository().prune().await(LIMIT);
    repository().prune().await(LIMIT);
    assertThat(repository().check(CheckDepth.EVERYTHING).await(LIMIT).isSound()).isTrue();
    assertThat(read("/other/h")).as("of the forgotten snapshot").isEqualTo("third".repeat(1000));
    Path restored = directory.resolve("restored");
    kmesh
        .snapshots()
        .find("repo", three.id())
        .orElseThrow()
        .restore(Endpoint.directory(restored))
        .await(LIMIT);
    assertThat(restored.resolve("d/g")).hasContent("ours");
    assertThat(restored.resolve("h")).hasContent("theirs");
    assertThat(kmesh.virtualCopies().list()).extracting(VirtualCopy::id).containsOnly(other.id());
  }

  @Test
  void create_whereItWouldNotWork_isRefusedAndLeavesNothing() throws Exception {
    Snapshot one = take("one");
    assertRefused(ErrorKind.INVALID, "the top of lab", () -> create(one, "/"));
    assertRefused(ErrorKind.NOT_FOUND, "none", () -> create(one, "/none/copy"));
    assertRefused(
        ErrorKind.NOT_FOUND,
        "not attached",
        () ->
            kmesh
                .virtualCopies()
                .create("c", one, new Endpoint.LustrePath("other", PathBytes.of("c"))));
    assertRefused(ErrorKind.EXISTS, "something is there", () -> create(one, "/a"));
    assertRefused(
        ErrorKind.UNSUPPORTED,
        "no copytool restored a file of archive 3",
        () ->
            kmesh
                .virtualCopies()
                .create("c", one, (Endpoint.LustrePath) lab.path("/c"), ArchiveId.of(3))
                .await(LIMIT));
    lustre.coordinator().control(CoordinatorCommand.SHUTDOWN);
    assertRefused(ErrorKind.UNSUPPORTED, "coordinator is not running", () -> create(one, "/c"));
    lustre.coordinator().control(CoordinatorCommand.ENABLED);
    end();
    begin();
    assertThat(kmesh.virtualCopies().list()).isEmpty();
    assertThat(names("/")).containsExactly("a");
    VirtualCopy copy = create(one, "/c");
    assertRefused(
        ErrorKind.EXISTS,
        "one of that name",
        () -> kmesh.virtualCopies().create("at /c", one, lab.path("/other")));
    assertThat(copy.changes()).isEmpty();
  }

  @Test
  void create_asAnotherUser_isRefused() throws IOException {
    Snapshot one = take("one");
    Path place = Files.createDirectory(directory.resolve("users"));
    try (SimulatedLustre users = SimulatedLustre.builder(place).caller(1000, 1000).open()) {
      Cluster cluster = kmesh.clusters().attach("users", users);
      assertRefused(
          ErrorKind.UNSUPPORTED,
          "only root may import stubs",
          () -> kmesh.virtualCopies().create("c", one, cluster.path("/c")).await(LIMIT));
      assertThat(kmesh.virtualCopies().list()).isEmpty();
    }
  }

  @Test
  void aCopy_thatWasMoved_isNeitherDeletedNorForgottenBySurprise() throws IOException {
    VirtualCopy copy = create(take("one"), "/copy");
    assertRefused(ErrorKind.PRECONDITION, "Delete it", copy::forget);
    rename("copy", "moved");
    assertRefused(ErrorKind.NOT_FOUND, "Move it back", () -> copy.delete().await(LIMIT));
    assertRefused(ErrorKind.NOT_FOUND, "Move it back", copy::changes);
    assertThat(read("/moved/d/f")).isEqualTo("first");
    rename("moved", "copy");
    assertThat(changes(copy)).isEmpty();
    rename("copy", "moved");
    copy.forget();
    assertThat(kmesh.virtualCopies().list()).isEmpty();
  }

  private void rename(String from, String to) throws IOException {
    try (PosixDirectory top = lustre.tree().openRoot()) {
      top.rename(PathBytes.of(from), top, PathBytes.of(to), RenameMode.NO_REPLACE);
    }
  }

  @Test
  void filesInAForeignArchive_areLeftOut_andNeverRemovedFromTheSource() throws Exception {
    act(HsmActionKind.ARCHIVE, FOREIGN, "/a/d/f");
    act(HsmActionKind.RELEASE, FOREIGN, "/a/d/f");
    VirtualCopy copy = create(take("one"), "/copy");
    assertThat(names("/copy/d")).containsExactly("g");
    assertThat(changes(copy)).isEmpty();
    assertThat(copy.planReverseSync().steps()).isEmpty();
    assertThat(copy.leftOut())
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.path()).hasToString("d/f");
              assertThat(p.reason()).contains("is left out", "archive " + FOREIGN, "ckpt: ");
            });
    assertThat(inDirectory(copy.snapshot()).leftOut()).isEqualTo(copy.leftOut());

    // One comes back, one is released with the bytes that it had, one with others.
    write("/a/d/f", "recalled and changed");
    act(HsmActionKind.ARCHIVE, FOREIGN, "/a/d/g");
    act(HsmActionKind.RELEASE, FOREIGN, "/a/d/g");
    write("/a/h", "changed, then released");
    act(HsmActionKind.ARCHIVE, FOREIGN, "/a/h");
    act(HsmActionKind.RELEASE, FOREIGN, "/a/h");
    VirtualCopyRefresh refreshed = copy.refresh(take("two")).await(LIMIT);
    assertThat(refreshed.kept()).isZero();
    assertThat(refreshed.conflicts()).isZero();
    assertThat(read("/copy/d/f")).isEqualTo("recalled and changed");
    assertThat(isReleased("/copy/d/g")).isTrue();
    assertThat(read("/copy/d/g")).isEqualTo("second");
    assertThat(names("/copy")).containsExactly("d", "gone", "link");
    assertThat(changes(copy)).isEmpty();
    assertThat(copy.planReverseSync().steps()).isEmpty();
    assertThat(isReleased("/a/h")).isTrue();
    // g has its stub all the same.
    assertThat(refreshed.leftOut()).isEqualTo(1);
    assertThat(refreshed.leftOutDetails()).isEqualTo(copy.leftOut());
    assertThat(copy.leftOut()).extracting(p -> p.path().toString()).containsExactly("h");
  }

  private VirtualCopy inDirectory(String snapshot) {
    return kmesh
        .virtualCopies()
        .create(
            "in a directory",
            kmesh.snapshots().find("repo", snapshot).orElseThrow(),
            Endpoint.directory(directory.resolve("copy")))
        .await(LIMIT);
  }

  @Test
  void filesInTheRepositorysOwnArchive_areInTheCopy_withoutARecall() throws Exception {
    for (String file : List.of("/a/d/f", "/a/h")) {
      act(HsmActionKind.ARCHIVE, OURS, file);
      act(HsmActionKind.RELEASE, OURS, file);
    }
    VirtualCopy copy = create(take("one"), "/copy");
    assertThat(copy.leftOut()).isEmpty();
    assertThat(changes(copy)).isEmpty();
    assertThat(isReleased("/copy/d/f")).isTrue();
    long before = restores();
    // Whatever becomes of the original and what was archived of it.
    write("/a/d/f", "other");
    act(HsmActionKind.REMOVE, OURS, "/a/d/f");
    repository().prune().await(LIMIT);
    repository().prune().await(LIMIT);
    long recalled = restores() - before;
    assertThat(read("/copy/d/f")).isEqualTo("first");
    assertThat(restores()).isEqualTo(before + recalled + 1);

    write("/a/h", "changed, then released");
    act(HsmActionKind.ARCHIVE, OURS, "/a/h");
    act(HsmActionKind.RELEASE, OURS, "/a/h");
    before = restores();
    VirtualCopyRefresh refreshed = copy.refresh(take("two")).await(LIMIT);
    assertThat(refreshed.leftOut()).isZero();
    assertThat(refreshed.leftOutDetails()).isEmpty();
    assertThat(refreshed.kept()).isZero();
    assertThat(restores()).isEqualTo(before);
    assertThat(isReleased("/a/h")).isTrue();
    assertThat(read("/copy/h")).isEqualTo("changed, then released");
    assertThat(read("/copy/d/f")).isEqualTo("other");
    assertThat(changes(copy)).isEmpty();
  }
}
