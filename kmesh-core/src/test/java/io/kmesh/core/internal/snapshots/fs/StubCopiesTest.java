// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.collect.Collector;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.EngineTime;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.lustre.CoordinatorCommand;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StubCopiesTest {
  private static final PathBytes COPY = PathBytes.of("what-if");

  @TempDir Path folder;
  private FsWorld world;
  private Path source;
  private String snapshot;
  private StubWorld lab;
  private StubCopies copies;

  @BeforeEach
  void open() throws IOException {
    world = new FsWorld();
    source = Files.createDirectory(folder.resolve("source"));
    CopyModelTest.fill(source);
    Files.setAttribute(source.resolve("a/b"), "unix:mode", 0104751);
    Files.setAttribute(source.resolve("a/b"), "user:colour", ByteBuffer.wrap(new byte[] {1, 2}));
    try (PosixTree tree = JnaPosix.open(source);
        PosixDirectory top = tree.openRoot()) {
      top.makeNode(PathBytes.of("fifo"), FileType.FIFO, 0600, 0);
    }
    snapshot = world.take(source);
    lab = new StubWorld(world, folder.resolve("lustre"), snapshot);
    copies = lab.copies();
  }

  @AfterEach
  void close() throws IOException {
    copies.close();
    lab.close();
    world.close();
  }

  private StubCopies.Made create(String path) throws IOException {
    return copies.create(snapshot, path, PathBytes.of(path), Retrier.Check.NONE);
  }

  private List<CopyChange> changes(StubCopies.Made made) throws IOException {
    try (StubCopy copy = copies.open(made.id(), Retrier.Check.NONE)) {
      return copy.changes();
    }
  }

  private HsmState state(String path) throws IOException {
    return lab.lustre.hsm().state(lab.lustre.identity().fid(PathBytes.of(path)));
  }

  private byte[] read(String path) throws IOException {
    try (PosixFile file = lab.lustre.tree().openFile(PathBytes.of(path), Set.of(OpenFlag.READ))) {
      ByteBuffer all = ByteBuffer.allocate((int) file.stat().size());
      while (all.hasRemaining() && file.read(all, all.position()) > 0) {
        continue;
      }
      return all.array();
    }
  }

  private void write(String path, byte[] bytes) throws IOException {
    try (PosixFile file =
        lab.lustre.tree().openFile(PathBytes.of(path), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(bytes), 0);
    }
  }

  private void unlink(String path) throws IOException {
    PathBytes at = PathBytes.of(path);
    try (PosixDirectory parent = lab.lustre.tree().openDirectory(at.parent())) {
      parent.unlink(at.name());
    }
  }

  @Test
  void copy_isWhole_ofStubs_andReadFileByFile() throws IOException {
    StubCopies.Made made = create("what-if");
    assertThat(made.problems()).isEmpty();
    assertThat(lab.restores()).as("the one that proves the copytool").isEqualTo(1);
    assertThat(changes(made)).isEmpty();
    for (String file : List.of("a/a/a", "a/b", "b/a")) {
      assertThat(state("what-if/" + file).flags())
          .as(file)
          .containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.ARCHIVED, HsmFlag.RELEASED);
    }
    assertThat(lab.lustre.tree().stat(PathBytes.of("what-if/a/b")))
        .satisfies(
            s -> {
              assertThat(s.mode()).isEqualTo(04751);
              assertThat(s.links()).isEqualTo(2);
              assertThat(s.size()).isEqualTo(3000);
              assertThat(s.mtime().seconds()).isEqualTo(1000);
            });
    assertThat(lab.lustre.tree().stat(PathBytes.of("what-if/fifo")).type())
        .isEqualTo(FileType.FIFO);
    assertThat(lab.restores()).isEqualTo(1);
    assertThat(read("what-if/b/a")).isEqualTo(Files.readAllBytes(source.resolve("b/a")));
    assertThat(lab.restores()).isEqualTo(2);
    assertThat(state("what-if/a/a/a").isReleased()).isTrue();
    assertThat(changes(made)).as("a file that was only read is not changed").isEmpty();
    assertThat(copies.list()).extracting(Head.Root::name).containsExactly("what-if");
  }

  private void requireNothing() throws IOException {
    assertThat(world.domain.heads().newest().roots())
        .extracting(Head.Root::kind)
        .containsExactly(SnapshotStore.KIND);
    try (PosixDirectory top = lab.lustre.tree().openRoot()) {
      assertThat(top.entries().next()).isEmpty();
    }
  }

  private void requireRefused(StubCopies by, String reason, String remedy) throws IOException {
    assertThatThrownBy(() -> by.create(snapshot, "c", COPY, Retrier.Check.NONE))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED))
        .hasMessageContaining(reason)
        .hasMessageContaining(remedy)
        .hasMessageContaining("java.nio")
        .hasMessageContaining("restore the snapshot");
    requireNothing();
  }

  @Test
  void withoutCoordinator_isRefused() throws IOException {
    lab.lustre.coordinator().control(CoordinatorCommand.SHUTDOWN);
    requireRefused(copies, "the HSM coordinator is not running", "lctl set_param");
  }

  @Test
  void withoutOurCopytool_isRefused() throws IOException {
    StubCopies other =
        new StubCopies(
            world.domain,
            world.snapshots(),
            lab.lustre,
            new io.kmesh.core.internal.snapshots.archive.CatalogScope("lab", "1".repeat(32), 9),
            EngineTime.system(),
            new StubCopies.Settings("lab", "here", world.cache, 1, Duration.ofMillis(300)));
    try (other) {
      requireRefused(other, "no copytool restored a file of archive 9", "Start Kmesh's copytool");
    }
  }

  @Test
  void whereTheCopytoolFails_isRefusedWithoutWaiting() throws IOException {
    lab.isFailing = true;
    requireRefused(copies, "the copytool of archive 3 failed to restore", "Look at its log");
  }

  @Test
  void asAnotherUser_isRefused() throws IOException {
    try (SimulatedLustre users =
            SimulatedLustre.builder(folder.resolve("users")).caller(1000, 1000).open();
        StubCopies other = lab.copies(users)) {
      assertThatThrownBy(() -> other.create(snapshot, "c", COPY, Retrier.Check.NONE))
          .hasMessageContaining("only root may import stubs")
          .hasMessageContaining("Run as root");
      assertThat(copies.list()).isEmpty();
    }
  }

  @Test
  void whatIsThere_isNotReplaced() throws IOException {
    create("what-if");
    assertThatThrownBy(() -> create("what-if")).hasMessageContaining("something is there");
    assertThatThrownBy(
            () -> copies.create(snapshot, "what-if", PathBytes.of("other"), Retrier.Check.NONE))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXISTS))
        .hasMessageContaining("one of that name");
    assertThat(copies.list()).hasSize(1);
  }

  @Test
  void changes_areFoundWithoutARestore_andSyncedBack() throws IOException {
    StubCopies.Made made = create("what-if");
    write("what-if/b/a", CopyModelTest.random(50, 10));
    write("what-if/new", CopyModelTest.random(51, 100));
    unlink("what-if/c");
    try (PosixDirectory a = lab.lustre.tree().openDirectory(PathBytes.of("what-if/a"))) {
      a.setMode(PathBytes.of("a"), 0700);
    }
    long restores = lab.restores();
    assertThat(changes(made))
        .extracting(change -> change.kind() + " " + change.path())
        .containsExactly("CHANGED a/a", "CHANGED b/a", "REMOVED c", "ADDED new");
    byte[] changed = read("what-if/b/a");
    try (PosixTree origin = JnaPosix.open(source);
        StubCopy copy = copies.open(made.id(), Retrier.Check.NONE)) {
      SyncResult result =
          copy.reverseSync(origin, ContentGate.OPEN, ConflictPolicy.SKIP).apply(Retrier.Check.NONE);
      assertThat(result.conflicts()).isEmpty();
      assertThat(result.movedBytes()).isEqualTo(changed.length + 100);
    }
    assertThat(lab.restores()).isEqualTo(restores);
    assertThat(source.resolve("b/a")).hasBinaryContent(changed);
    assertThat(source.resolve("new")).hasBinaryContent(CopyModelTest.random(51, 100));
    assertThat(source.resolve("c")).doesNotExist();
    assertThat(Files.getAttribute(source.resolve("a/a"), "unix:mode")).isEqualTo(040700);
  }

  @Test
  void refresh_swapsStubs_andKeepsWhatWasChanged() throws IOException {
    StubCopies.Made made = create("what-if");
    write("what-if/b/a", CopyModelTest.random(50, 10));
    write("what-if/mine", CopyModelTest.random(51, 100));
    long restores = lab.restores();
    Files.write(source.resolve("a/a/a"), CopyModelTest.random(60, 5000));
    Files.write(source.resolve("b/a"), CopyModelTest.random(61, 5000));
    Files.write(source.resolve("a/newer"), CopyModelTest.random(62, 700));
    Files.delete(source.resolve("a/c"));
    String newer = world.take(source);
    CopyRefresh refresh = copies.refresh(made.id(), newer, ConflictPolicy.SKIP, Retrier.Check.NONE);
    assertThat(refresh.conflicts())
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.path()).isEqualTo(PathBytes.of("b/a"));
              assertThat(c.kind()).isEqualTo(CopyConflict.Kind.BOTH_CHANGED);
              assertThat(c.result()).isEqualTo(CopyConflict.Result.OURS);
            });
    assertThat(refresh.kept())
        .extracting(change -> change.kind() + " " + change.path())
        .containsExactly("CHANGED b/a", "ADDED mine");
    assertThat(lab.restores()).as("none was restored for it").isEqualTo(restores);
    assertThat(state("what-if/a/a/a").isReleased()).isTrue();
    assertThat(state("what-if/a/newer").isReleased()).isTrue();
    assertThat(lab.lustre.tree().stat(PathBytes.of("what-if/a/a/a")).size()).isEqualTo(5000);
    // The snapshots may go: the copy has its own catalog, and its root.
    world.snapshots().forget(List.of(snapshot, newer));
    collect();
    assertThat(changes(made)).hasSize(2);
    assertThat(
            copies
                .refresh(made.id(), world.take(source), ConflictPolicy.THEIRS, Retrier.Check.NONE)
                .kept())
        .extracting(change -> change.kind() + " " + change.path())
        .contains("ADDED mine");
  }

  @Test
  void whatIsUnchanged_costsNoLookAtTheStoreFileByFile() throws IOException {
    Path many = Files.createDirectory(source.resolve("many"));
    for (int i = 0; i < 300; i++) {
      Files.write(many.resolve("f" + i), CopyModelTest.random(80 + i, 100));
    }
    snapshot = world.take(source);
    StubCopies.Made made = create("what-if");
    write("what-if/many/f7", CopyModelTest.random(1, 100));
    Files.write(many.resolve("f8"), CopyModelTest.random(2, 100));
    String newer = world.take(source);
    long before = world.store.totalRequests();
    assertThat(changes(made)).extracting(c -> c.path().toString()).containsExactly("many/f7");
    assertThat(world.store.totalRequests() - before).isLessThan(150);
    CopyRefresh refresh = copies.refresh(made.id(), newer, ConflictPolicy.SKIP, Retrier.Check.NONE);
    assertThat(refresh.kept()).extracting(c -> c.path().toString()).containsExactly("many/f7");
    assertThat(world.store.totalRequests() - before).isLessThan(450);
  }

  private void collect() throws IOException {
    new Collector(
            world.domain,
            SnapshotStore.READERS,
            new Collector.Settings(0.8, session -> false, 0, "here"),
            Retrier.Check.NONE)
        .run();
  }

  @Test
  void delete_breaksNothingElse() throws IOException {
    StubCopies.Made one = create("what-if");
    StubCopies.Made two = create("other");
    copies.delete(one.id(), Retrier.Check.NONE);
    assertThat(copies.list()).extracting(Head.Root::id).containsExactly(two.id());
    assertThat(lab.lustre.tree().openRoot().find(COPY)).isEmpty();
    world.snapshots().forget(List.of(snapshot));
    collect();
    assertThat(read("other/b/a")).isEqualTo(Files.readAllBytes(source.resolve("b/a")));
    copies.delete(two.id(), Retrier.Check.NONE);
    assertThat(world.domain.heads().newest().roots()).isEmpty();
  }

  @Test
  void refresh_ofAFileWithTwoNames_thatBothChanged_replacesBoth() throws IOException {
    Files.write(source.resolve("one"), CopyModelTest.random(70, 100));
    Files.createLink(source.resolve("two"), source.resolve("one"));
    snapshot = world.take(source);
    StubCopies.Made made = create("what-if");
    write("what-if/one", CopyModelTest.random(71, 100));
    Files.write(source.resolve("one"), CopyModelTest.random(72, 200));
    CopyRefresh refresh =
        copies.refresh(made.id(), world.take(source), ConflictPolicy.THEIRS, Retrier.Check.NONE);
    assertThat(refresh.conflicts())
        .extracting(c -> c.kind() + " " + c.path())
        .containsExactly("BOTH_CHANGED one");
    assertThat(read("what-if/two")).isEqualTo(CopyModelTest.random(72, 200));
    assertThat(lab.lustre.tree().stat(PathBytes.of("what-if/one")).links()).isEqualTo(2);
    assertThat(refresh.kept()).isEmpty();
  }

  @Test
  void refresh_whereAFileWithTwoNamesTookTheNamesOfOthers_isNoConflict() throws IOException {
    Files.write(source.resolve("one"), CopyModelTest.random(70, 100));
    Files.write(source.resolve("two"), CopyModelTest.random(71, 200));
    Files.write(source.resolve("three"), CopyModelTest.random(72, 300));
    snapshot = world.take(source);
    StubCopies.Made made = create("what-if");
    Files.delete(source.resolve("two"));
    Files.createLink(source.resolve("two"), source.resolve("three"));
    Files.move(source.resolve("one"), source.resolve("former"));
    Files.write(source.resolve("new"), CopyModelTest.random(73, 400));
    Files.createLink(source.resolve("one"), source.resolve("new"));
    CopyRefresh refresh =
        copies.refresh(made.id(), world.take(source), ConflictPolicy.SKIP, Retrier.Check.NONE);
    assertThat(refresh.conflicts()).isEmpty();
    assertThat(refresh.kept()).isEmpty();
    for (String name : List.of("one", "two", "three", "new", "former")) {
      assertThat(read("what-if/" + name))
          .as(name)
          .isEqualTo(Files.readAllBytes(source.resolve(name)));
    }
    for (String name : List.of("one", "two", "three", "new")) {
      assertThat(lab.lustre.tree().stat(PathBytes.of("what-if/" + name)).links()).isEqualTo(2);
    }
  }
}
