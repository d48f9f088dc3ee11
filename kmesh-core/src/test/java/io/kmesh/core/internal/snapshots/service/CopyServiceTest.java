// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.repository.CheckDepth;
import io.kmesh.repository.Credential;
import io.kmesh.snapshots.ConflictRule;
import io.kmesh.snapshots.ReverseSyncPlan;
import io.kmesh.snapshots.ReverseSyncReport;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.VirtualCopy;
import io.kmesh.snapshots.VirtualCopyChange;
import io.kmesh.snapshots.VirtualCopyConflict;
import io.kmesh.snapshots.VirtualCopyDeletion;
import io.kmesh.snapshots.VirtualCopyRefresh;
import io.kmesh.spi.ErrorKind;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Virtual copies by the API: of a path of a Lustre, kept in a directory. */
class CopyServiceTest {
  private static final Duration LIMIT = Duration.ofHours(1);

  private final ManualTime time = ManualTime.startingAt(Instant.now().plus(Duration.ofHours(1)));
  private final MemoryState state = MemoryState.create(time);
  private final MemoryStore store = MemoryStore.create();
  private final MemoryStore second = MemoryStore.create();
  private final MemoryKeys keys = new MemoryKeys();
  private SimulatedLustre lustre;
  private FileSystem lab;
  private Kmesh kmesh;
  private Endpoint job;
  private Path folder;
  @TempDir Path directory;

  @BeforeEach
  void open() throws IOException {
    keys.make("site");
    lustre = SimulatedLustre.at(Files.createDirectory(directory.resolve("lustre")));
    lab = lustre.fileSystem();
    folder = directory.resolve("copy");
    reopen();
    kmesh.repositories().init("repo");
    write("a/f", "first");
    write("a/g", "second");
    write("b", "third");
    write("gone", "fourth");
  }

  private void reopen() {
    kmesh =
        Kmesh.builder()
            .state(state)
            .time(time)
            .repository("repo", store, Credential.key(keys, "site"))
            .repository("second", second, Credential.key(keys, "site"))
            .build();
    job = kmesh.clusters().attach("lab", lustre).path("/job");
  }

  @AfterEach
  void close() throws IOException {
    kmesh.close();
    lab.close();
    lustre.close();
    state.close();
    store.close();
    second.close();
    keys.close();
  }

  private Path job(String path) {
    return lab.getPath("/job").resolve(path);
  }

  private void write(String path, String text) throws IOException {
    Files.createDirectories(job(path).getParent());
    Files.writeString(job(path), text);
  }

  private Snapshot take(String name) {
    time.jump(Duration.ofMinutes(1));
    return kmesh.snapshots().take(name, job, s -> s.into("repo")).await(LIMIT);
  }

  private VirtualCopy create(Snapshot snapshot) {
    return kmesh
        .virtualCopies()
        .create("what-if", snapshot, Endpoint.directory(folder))
        .await(LIMIT);
  }

  private static void write(VirtualCopy copy, String path, String text) throws IOException {
    try (FileSystem files = copy.fileSystem()) {
      Files.writeString(files.getPath(path), text);
    }
  }

  private static void assertKind(ErrorKind kind, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
  }

  @Test
  void create_aCopy_isListedFoundReadAndWritten() throws IOException {
    Snapshot s = take("one");
    VirtualCopy copy = create(s);
    assertThat(copy.name()).isEqualTo("what-if");
    assertThat(copy.snapshot()).isEqualTo(s.id());
    assertThat(copy.endpoint()).isEqualTo(Endpoint.directory(folder));
    assertThat(copy.created()).isEqualTo(Instant.ofEpochMilli(time.now().toEpochMilli()));
    assertThat(kmesh.virtualCopies().list()).containsExactly(copy);
    assertThat(kmesh.virtualCopies().find("repo", "what-if")).contains(copy);
    assertThat(kmesh.virtualCopies().find("repo", copy.id().substring(0, 6))).contains(copy);
    assertThat(kmesh.virtualCopies().find("repo", "other")).isEmpty();
    assertThat(copy.changes()).isEmpty();
    long before = copy.bytesStored().bytes();
    assertThat(before).isBetween(100L, 2000L);
    try (FileSystem files = copy.fileSystem()) {
      assertThat(Files.readString(files.getPath("/a/f"))).isEqualTo("first");
      Files.writeString(files.getPath("/a/f"), "mine");
      Files.write(files.getPath("/new"), new byte[10_000]);
      Files.delete(files.getPath("/gone"));
      Files.move(files.getPath("/b"), files.getPath("/a/b"));
    }
    assertThat(copy.changes())
        .extracting(c -> c.kind() + " " + c.path() + c.base().map(b -> " of " + b).orElse(""))
        .containsExactlyInAnyOrder(
            "CHANGED a/f of a/f", "ADDED new", "REMOVED gone of gone", "RENAMED a/b of b");
    assertThat(copy.bytesStored().bytes() - before).isBetween(10_000L, 12_000L);
    assertThat(Files.readString(job("a/f"))).isEqualTo("first");
    s.forget();
    try (FileSystem files = copy.fileSystem()) {
      assertThat(Files.readString(files.getPath("/a/g"))).isEqualTo("second");
    }
  }

  @Test
  void anythingElse_whileTheFileSystemIsOpen_isRefused() throws IOException {
    Snapshot s = take("one");
    VirtualCopy copy = create(s);
    try (FileSystem files = copy.fileSystem()) {
      assertThat(files.isOpen()).isTrue();
      assertThatThrownBy(copy::fileSystem)
          .isInstanceOfSatisfying(
              KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXISTS))
          .hasMessageContaining(folder.toString())
          .hasMessageContaining("open already");
      assertKind(ErrorKind.EXISTS, copy::changes);
      assertKind(ErrorKind.EXISTS, copy::planReverseSync);
      assertKind(ErrorKind.EXISTS, () -> copy.refresh(s).await(LIMIT));
      assertKind(ErrorKind.EXISTS, () -> copy.delete().await(LIMIT));
    }
    assertThat(copy.changes()).isEmpty();
  }

  @Test
  void create_whereItCannotBe_isRefused() throws IOException {
    Snapshot s = take("one");
    VirtualCopy copy = create(s);
    assertKind(ErrorKind.EXISTS, () -> create(s));
    assertKind(
        ErrorKind.INVALID, () -> kmesh.virtualCopies().create(" ", s, Endpoint.directory(folder)));
    for (Path occupied : List.of(folder, directory)) {
      assertKind(
          ErrorKind.EXISTS,
          () ->
              kmesh.virtualCopies().create("other", s, Endpoint.directory(occupied)).await(LIMIT));
    }
    kmesh.repositories().init("second");
    s.copyTo("second").await(LIMIT);
    Snapshot elsewhere = kmesh.snapshots().find("second", s.id()).orElseThrow();
    assertKind(ErrorKind.INVALID, () -> copy.refresh(elsewhere));
    assertThat(kmesh.virtualCopies().list("second")).isEmpty();
  }

  @Test
  void refreshAndReverseSync_ofChangesOnBothSides_mergeThemAndListConflicts() throws IOException {
    VirtualCopy copy = create(take("one"));
    try (FileSystem files = copy.fileSystem()) {
      Files.writeString(files.getPath("/a/f"), "ours");
      Files.writeString(files.getPath("/mine"), "new here");
      Files.delete(files.getPath("/gone"));
    }
    write("a/f", "theirs, longer");
    write("a/g", "their second");
    write("their", "new there");
    Snapshot newer = take("two");
    Operation<VirtualCopyRefresh> operation = copy.refresh(newer);
    VirtualCopyRefresh refreshed = operation.await(LIMIT);
    assertThat(refreshed.before()).isEqualTo(copy.snapshot());
    assertThat(refreshed.now()).isEqualTo(newer.id());
    assertThat(refreshed.kept()).isEqualTo(3);
    assertThat(refreshed.keptDetails())
        .extracting(VirtualCopyChange::path)
        .extracting(Object::toString)
        .containsExactlyInAnyOrder("a/f", "mine", "gone");
    assertThat(refreshed.conflicts()).isEqualTo(1);
    VirtualCopyConflict conflict = refreshed.conflictDetails().get(0);
    assertThat(conflict.kind()).isEqualTo(VirtualCopyConflict.Kind.BOTH_CHANGED);
    assertThat(conflict.path()).hasToString("a/f");
    assertThat(conflict.before().orElseThrow().size().bytes()).isEqualTo(5);
    assertThat(conflict.ours().orElseThrow().size().bytes()).isEqualTo(4);
    assertThat(conflict.theirs().orElseThrow().size().bytes()).isEqualTo(14);
    assertThat(conflict.result()).isEqualTo(VirtualCopyConflict.Result.OURS);
    VirtualCopy now = kmesh.virtualCopies().find("repo", copy.id()).orElseThrow();
    assertThat(now.snapshot()).isEqualTo(newer.id());
    try (FileSystem files = now.fileSystem()) {
      assertThat(Files.readString(files.getPath("/a/f"))).isEqualTo("ours");
      assertThat(Files.readString(files.getPath("/a/g"))).isEqualTo("their second");
      assertThat(Files.readString(files.getPath("/their"))).isEqualTo("new there");
    }
    write("mine", "theirs too");
    ReverseSyncPlan plan = copy.planReverseSync();
    assertThat(plan.target()).isEqualTo(job);
    assertThat(plan.steps())
        .extracting(step -> step.action() + " " + step.path() + " " + step.size().bytes())
        .containsExactlyInAnyOrder("WRITE a/f 4", "REMOVE gone 0");
    assertThat(plan.bytes().bytes()).isEqualTo(4);
    assertThat(plan.conflicts())
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.kind()).isEqualTo(VirtualCopyConflict.Kind.BOTH_ADDED);
              assertThat(c.result()).isEqualTo(VirtualCopyConflict.Result.THEIRS);
            });
    assertThat(plan.toString())
        .contains("what-if", "lab:/job", "WRITE a/f", "conflict BOTH_ADDED mine: THEIRS");
    assertThat(Files.readString(job("a/f"))).isEqualTo("theirs, longer");
    Operation<ReverseSyncReport> applied = plan.apply();
    ReverseSyncReport report = applied.await(LIMIT);
    assertThat(report.steps()).isEqualTo(2);
    assertThat(report.moved().bytes()).isEqualTo(4);
    assertThat(report.conflictDetails()).isEqualTo(plan.conflicts());
    assertThat(report.problems()).isZero();
    assertThat(Files.readString(job("a/f"))).isEqualTo("ours");
    assertThat(Files.readString(job("mine"))).isEqualTo("theirs too");
    assertThat(Files.readString(job("a/g"))).isEqualTo("their second");
    assertThat(Files.exists(job("gone"))).isFalse();
    assertThat(now.refresh(take("three"), ConflictRule.THEIRS).await(LIMIT).kept()).isZero();
    kmesh.close();
    reopen();
    assertThat(
            kmesh
                .operations()
                .find(operation.id(), VirtualCopyRefresh.class)
                .orElseThrow()
                .await(LIMIT))
        .isEqualTo(refreshed);
    assertThat(
            kmesh
                .operations()
                .find(applied.id(), ReverseSyncReport.class)
                .orElseThrow()
                .await(LIMIT))
        .isEqualTo(report);
  }

  @Test
  void apply_whenThereIsMoreToDoThanPlanned_doesNothing() throws IOException {
    VirtualCopy copy = create(take("one"));
    write(copy, "/a/f", "ours");
    ReverseSyncPlan plan = copy.planReverseSync(s -> s.onConflict(ConflictRule.OURS));
    assertThat(plan.conflicts()).isEmpty();
    write("a/f", "theirs, not in the plan");
    assertKind(ErrorKind.PRECONDITION, () -> plan.apply().await(LIMIT));
    assertThat(Files.readString(job("a/f"))).isEqualTo("theirs, not in the plan");
    ReverseSyncPlan again = copy.planReverseSync(s -> s.onConflict(ConflictRule.OURS));
    assertThat(again.conflicts())
        .extracting(VirtualCopyConflict::result)
        .containsExactly(VirtualCopyConflict.Result.OURS);
    write(copy, "/b", "changed after the plan");
    assertKind(ErrorKind.PRECONDITION, () -> again.apply().await(LIMIT));
    assertThat(Files.readString(job("b"))).isEqualTo("third");
    copy.planReverseSync(s -> s.onConflict(ConflictRule.OURS)).apply().await(LIMIT);
    assertThat(Files.readString(job("a/f"))).isEqualTo("ours");
    assertThat(Files.readString(job("b"))).isEqualTo("changed after the plan");
  }

  @Test
  void planReverseSync_toARestore_leavesTheSource() throws IOException {
    Snapshot s = take("one");
    VirtualCopy copy = create(s);
    write(copy, "/a/f", "ours");
    Path restored = directory.resolve("restored");
    s.restore(Endpoint.directory(restored)).await(LIMIT);
    copy.planReverseSync(o -> o.to(Endpoint.directory(restored))).apply().await(LIMIT);
    assertThat(restored.resolve("a/f")).hasContent("ours");
    assertThat(Files.readString(job("a/f"))).isEqualTo("first");
    assertKind(
        ErrorKind.NOT_FOUND,
        () -> copy.planReverseSync(o -> o.to(Endpoint.directory(directory.resolve("none")))));
  }

  @Test
  void delete_aCopy_takesFolderAndRoot_andNothingElse() throws IOException {
    Snapshot s = take("one");
    VirtualCopy copy = create(s);
    write(copy, "/new", "x".repeat(5000));
    long stored = copy.bytesStored().bytes();
    VirtualCopyDeletion deleted = copy.delete().await(LIMIT);
    assertThat(deleted.freed().bytes()).isEqualTo(stored);
    assertThat(folder).doesNotExist();
    assertThat(kmesh.virtualCopies().list()).isEmpty();
    assertThat(copy.delete().await(LIMIT).freed().bytes()).isZero();
    assertKind(ErrorKind.NOT_FOUND, copy::fileSystem);
    VirtualCopy other = create(s);
    assertThat(copy.delete().await(LIMIT).id()).isEqualTo(copy.id());
    assertKind(ErrorKind.PRECONDITION, copy::fileSystem);
    assertThat(other.changes()).isEmpty();
    assertThat(
            kmesh
                .repositories()
                .find("repo")
                .orElseThrow()
                .check(CheckDepth.EVERYTHING)
                .await(LIMIT)
                .isSound())
        .isTrue();
  }

  @Test
  void forget_aCopyWhoseFolderIsLost_dropsIt() throws IOException {
    VirtualCopy copy = create(take("one"));
    Files.move(folder, directory.resolve("elsewhere"));
    assertThatThrownBy(copy::changes).hasMessageContaining("forget the copy");
    assertKind(ErrorKind.NOT_FOUND, () -> copy.delete().await(LIMIT));
    copy.forget();
    copy.forget();
    assertThat(kmesh.virtualCopies().list()).isEmpty();
  }
}
