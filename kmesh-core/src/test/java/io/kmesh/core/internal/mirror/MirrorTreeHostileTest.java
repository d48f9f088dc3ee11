// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.TreeCopy;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Upload;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.fault.FaultyTree;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole trees in the mirror form, on libc, with all that a tree can have. */
class MirrorTreeHostileTest {
  private static final int PART = 64 << 10;
  private static final PathBytes F = PathBytes.of("f");

  private final MemoryStore store = MemoryStore.create();
  private PosixTree source;
  private PosixTree target;
  private long handles;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    handles = JnaPosix.openHandles();
    source = JnaPosix.open(Files.createDirectory(directory.resolve("source")));
    target = JnaPosix.open(Files.createDirectory(directory.resolve("target")));
  }

  @AfterEach
  void nothingIsLeftOpen() throws IOException {
    source.close();
    target.close();
    assertThat(JnaPosix.openHandles()).isEqualTo(handles);
    for (Upload upload : store.openUploads()) {
      // It began, and nobody heard of it: another one was begun.
      assertThat(store.blocking().listParts(upload)).isEmpty();
    }
  }

  private MirrorTree mirror() {
    return mirror(store);
  }

  private static MirrorTree mirror(ObjectStore in) {
    return MirrorTree.in(in, MirrorFixture.STILL)
        .prefix("tree/")
        .threads(3)
        .budget(ByteBudget.of(DataSize.ofMib(1)))
        .partSize(DataSize.ofBytes(PART));
  }

  private static void write(PosixTree tree, PathBytes name, int seed, int size) throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      HostileTree.write(root, name, seed, size);
    }
  }

  private void change(PathBytes path, int step) {
    try (PosixFile file = source.openFile(path, Set.of(OpenFlag.WRITE))) {
      file.write(ByteBuffer.wrap(HostileTree.random(step, 100)), 0);
      file.setTimes(new FileTime(1, 0), new FileTime(1_600_000_000L + step, 5));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void longPath() throws IOException {
    PathBytes path = PathBytes.EMPTY;
    for (int i = 0; i < 5; i++) {
      PathBytes name = PathBytes.of((i + "-").repeat(127));
      try (PosixDirectory at = source.openDirectory(path)) {
        at.makeDirectory(name, 0755);
      }
      path = path.resolve(name);
    }
    try (PosixDirectory at = source.openDirectory(path)) {
      HostileTree.write(at, PathBytes.of("far"), 5, 10);
    }
  }

  @Test
  void importTo_whenTreeIsHostile_bringsEverythingBack() throws IOException {
    HostileTree.fill(source);
    longPath();
    List<TreeCopy.Progress> progress = new CopyOnWriteArrayList<>();

    MirrorTreeReport out = mirror().onProgress(progress::add).export(source, PathBytes.EMPTY);
    MirrorTreeReport in = mirror().onProgress(progress::add).importTo(target, PathBytes.EMPTY);

    assertThat(out.failed()).isEmpty();
    assertThat(in.failed()).isEmpty();
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
    assertThat(in.files()).isEqualTo(out.files());
    assertThat(in.directories()).isEqualTo(out.directories());
    assertThat(in.hardLinks()).isEqualTo(out.hardLinks()).isEqualTo(2);
    assertThat(store.blocking().head("tree/odd/sparse").size()).isLessThan(PART);
    assertThat(target.stat(PathBytes.of("odd/sparse")).blocks() * 512).isLessThan(1 << 20);
    assertThat(store.keys()).anyMatch(k -> k.startsWith("tree/.kmesh/long/"));
    assertThat(store.requests("uploadPart")).isGreaterThan(30);
    assertThat(progress).allSatisfy(p -> assertThat(p.entries()).isPositive());
  }

  @Test
  void export_whenLargeFileHasHoles_sendsItsDataInParts() throws IOException {
    try (PosixDirectory root = source.openRoot();
        PosixFile file = root.openFile(F, Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      for (int i = 0; i < 5; i++) {
        file.write(ByteBuffer.wrap(HostileTree.random(i, 50_000)), i * 1_000_000L + 4096);
      }
      file.truncate(20_000_000);
    }

    MirrorTreeReport out = mirror().export(source, PathBytes.EMPTY);
    long parts = store.requests("uploadPart");
    MirrorTreeReport again = mirror().export(source, PathBytes.EMPTY);
    mirror().importTo(target, PathBytes.EMPTY);

    assertThat(out.bytes()).isLessThan(400_000);
    assertThat(parts).isBetween(4L, 8L);
    assertThat(again.bytes()).isZero();
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
    assertThat(target.stat(F).blocks() * 512).isLessThan(1_000_000);
  }

  @Test
  void export_whenRepeated_sendsChangesAndRemovesWhatIsGone() throws IOException {
    HostileTree.fill(source);
    mirror().export(source, PathBytes.EMPTY);
    store.blocking().put("tree/foreign", ByteBuffer.wrap(new byte[3]), PutOptions.NONE);
    long puts = store.requests("put");
    long starts = store.requests("startUpload");
    assertThat(mirror().removeGone().export(source, PathBytes.EMPTY).removed()).isZero();
    assertThat(store.requests("put")).isEqualTo(puts);

    change(PathBytes.of("names/#"), 1);
    try (PosixDirectory root = source.openRoot();
        PosixDirectory odd = source.openDirectory(PathBytes.of("odd"))) {
      odd.setMode(PathBytes.of("mode-777"), 0710);
      odd.unlink(PathBytes.of("fifo"));
      odd.rename(PathBytes.of("large"), root, PathBytes.of("moved"), RenameMode.NO_REPLACE);
      odd.unlink(PathBytes.of("mode-400"));
      odd.makeDirectory(PathBytes.of("mode-400"), 0700);
      root.removeDirectory(PathBytes.of("empty"));
      root.unlink(PathBytes.of("a-third"));
    }
    MirrorTreeReport report = mirror().removeGone().export(source, PathBytes.EMPTY);

    assertThat(report.failed()).isEmpty();
    // fifo, large, mode-400 as a file, empty/, a-third
    assertThat(report.removed()).isEqualTo(5);
    assertThat(store.requests("startUpload")).isEqualTo(starts + 1);
    assertThat(store.keys()).contains("tree/foreign", "tree/odd/mode-400/", "tree/moved");
    assertThat(store.keys())
        .doesNotContain("tree/odd/large", "tree/odd/fifo", "tree/empty/", "tree/odd/mode-400");
    assertThat(store.keys().stream().filter(k -> k.contains("/side/")))
        .as("side objects of removed files are gone")
        .hasSize(1);
    store.blocking().delete(List.of(io.kmesh.spi.store.DeleteTarget.of("tree/foreign")));
    assertThat(mirror().importTo(target, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
  }

  @Test
  void removeGone_whenTreeIsEmptyOrCannotBeAsked_removesNothing() throws IOException {
    HostileTree.fill(source);
    mirror().export(source, PathBytes.EMPTY);
    Set<String> keys = Set.copyOf(store.keys());

    MirrorTreeReport empty = mirror().removeGone().export(target, PathBytes.EMPTY);
    assertThat(empty.removed()).isZero();
    assertThat(empty.failed()).singleElement().extracting("message").asString().contains("empty");

    FaultPlan plan =
        FaultPlan.on("stat")
            .matching("mode-7")
            .failAlways(ErrorKind.DENIED)
            .and("openDirectory")
            .matching("names")
            .failAlways(ErrorKind.DENIED);
    FaultyTree unasked = FaultyTree.of(source, plan, ManualTime.create());
    assertThat(mirror().removeGone().export(unasked, PathBytes.EMPTY).removed()).isZero();
    assertThat(Set.copyOf(store.keys())).isEqualTo(keys);
  }

  @Test
  void importTo_whenRepeated_bringsChangesAlone() throws IOException {
    HostileTree.fill(source);
    mirror().export(source, PathBytes.EMPTY);
    mirror().importTo(target, PathBytes.EMPTY);
    MirrorTreeReport second = mirror().importTo(target, PathBytes.EMPTY);
    assertThat(second.bytes()).isZero();
    assertThat(second.equal())
        .isEqualTo(
            second.files()
                + second.directories()
                + second.symlinks()
                + second.specials()
                + second.hardLinks());

    change(PathBytes.of("odd/large"), 3);
    try (PosixDirectory odd = source.openDirectory(PathBytes.of("odd"))) {
      odd.setMode(PathBytes.of("mode-777"), 0710);
    }
    mirror().export(source, PathBytes.EMPTY);
    MirrorTreeReport third = mirror().importTo(target, PathBytes.EMPTY);
    assertThat(third.bytes()).isEqualTo(HostileTree.LARGE_SIZE);
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
  }

  @Test
  void export_whenFileChangesWhileRead_readsItAgainOrReportsIt() throws IOException {
    write(source, F, 1, 10 * PART);
    AtomicInteger asked = new AtomicInteger();
    MirrorTreeReport once =
        mirror()
            .cancelWhen(
                () -> {
                  if (asked.incrementAndGet() == 7) {
                    change(F, 1);
                  }
                  return false;
                })
            .export(source, PathBytes.EMPTY);
    assertThat(once.failed()).isEmpty();
    mirror().importTo(target, PathBytes.EMPTY);
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));

    change(F, 100);
    MirrorTreeReport always =
        mirror()
            .rereads(1)
            .cancelWhen(
                () -> {
                  change(F, asked.incrementAndGet());
                  return false;
                })
            .export(source, PathBytes.EMPTY);
    assertThat(always.failed()).extracting("name").containsExactly("f");
    assertThat(always.failed().get(0).message()).contains("2 times");
    assertThat(mirror().importTo(target, PathBytes.EMPTY).failed()).isEmpty();
  }

  @Test
  void cancelWhen_whenTrue_stopsAndCanGoOn() throws IOException {
    HostileTree.fill(source);
    for (int after : new int[] {1, 30, 100}) {
      AtomicInteger asked = new AtomicInteger();
      assertThatThrownBy(
              () ->
                  mirror()
                      .cancelWhen(() -> asked.incrementAndGet() >= after)
                      .export(source, PathBytes.EMPTY))
          .extracting(e -> ((ProviderException) e).kind())
          .isEqualTo(ErrorKind.CANCELLED);
    }
    assertThat(mirror().export(source, PathBytes.EMPTY).failed()).isEmpty();
    for (int after : new int[] {1, 30, 100}) {
      AtomicInteger asked = new AtomicInteger();
      assertThatThrownBy(
              () ->
                  mirror()
                      .cancelWhen(() -> asked.incrementAndGet() >= after)
                      .importTo(target, PathBytes.EMPTY))
          .extracting(e -> ((ProviderException) e).kind())
          .isEqualTo(ErrorKind.CANCELLED);
    }
    assertThat(mirror().importTo(target, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
  }

  @Test
  void run_whenStoreIsBad_endsWellAllTheSame() throws IOException {
    HostileTree.fill(source);
    FaultPlan plan =
        FaultPlan.on("put")
            .after(3)
            .loseReply(4)
            .fail(3, ErrorKind.TRANSIENT)
            .and("uploadPart")
            .after(2)
            .loseReply(3)
            .failPlainly(2)
            .and("startUpload")
            .loseReply(1)
            .and("complete")
            .loseReply(1)
            .and("read")
            .after(5)
            .fail(3, ErrorKind.THROTTLED)
            .and("head")
            .fail(2, ErrorKind.TRANSIENT)
            .and("list")
            .fail(1, ErrorKind.TRANSIENT);
    FaultyObjectStore bad = FaultyObjectStore.of(store, plan, ManualTime.skipping());
    assertThat(mirror(bad).export(source, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(mirror(bad).importTo(target, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(bad.faults().injected()).isGreaterThan(15);
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
  }

  @Test
  void importTo_whenBytesAreWrong_publishesNothingOfThem() throws IOException {
    write(source, F, 1, 10 * PART);
    write(source, PathBytes.of("small"), 2, 100);
    mirror().export(source, PathBytes.EMPTY);
    for (FaultPlan plan :
        List.of(
            FaultPlan.on("read").matching("tree/f").after(3).flipBitOnce(),
            FaultPlan.on("read").matching("tree/small").flipBitOnce(),
            FaultPlan.on("read").matching("tree/f").truncate(100))) {
      MirrorTreeReport report =
          mirror(FaultyObjectStore.of(store, plan, ManualTime.create()))
              .importTo(target, PathBytes.EMPTY);
      assertThat(report.failedCount()).isEqualTo(1);
      String name = report.failed().get(0).name();
      assertThat(TreeFacts.of(target)).doesNotContainKey(name.substring("tree/".length()));
      assertThat(TreeFacts.of(target).keySet()).noneMatch(k -> k.contains(".kmesh-copy"));
      try (PosixDirectory root = target.openRoot()) {
        for (String there : Set.of("f", "small")) {
          if (root.find(PathBytes.of(there)).isPresent()) {
            root.unlink(PathBytes.of(there));
          }
        }
      }
    }
  }

  @Test
  void run_whenFull_endsAndCanGoOn() throws IOException {
    HostileTree.fill(source);
    for (String call : List.of("put", "uploadPart")) {
      FaultPlan full = FaultPlan.on(call).after(5).failAlways(ErrorKind.NO_SPACE);
      assertThatThrownBy(
              () ->
                  mirror(FaultyObjectStore.of(store, full, ManualTime.create()))
                      .export(source, PathBytes.EMPTY))
          .extracting(e -> ((ProviderException) e).kind())
          .isEqualTo(ErrorKind.NO_SPACE);
    }
    mirror().export(source, PathBytes.EMPTY);
    FaultPlan full = FaultPlan.on("write").after(9).failAlways(Errno.ENOSPC.kind());
    assertThatThrownBy(
            () ->
                mirror()
                    .importTo(FaultyTree.of(target, full, ManualTime.create()), PathBytes.EMPTY))
        .extracting(e -> ((ProviderException) e).kind())
        .isEqualTo(ErrorKind.NO_SPACE);
    mirror().importTo(target, PathBytes.EMPTY);
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
  }

  @Test
  void export_whenSomeAreUnreadable_namesThemAndGoesOn() throws IOException {
    HostileTree.fill(source);
    FaultPlan plan =
        FaultPlan.on("openFile")
            .matching("mode-400")
            .failAlways(ErrorKind.DENIED)
            .and("openDirectory")
            .matching("links")
            .failAlways(ErrorKind.DENIED)
            .and("PosixFile.read")
            .after(12)
            .fail(1, Errno.EIO);
    MirrorTreeReport report =
        mirror()
            .readable((directory, name, stat) -> !name.equals(PathBytes.of("nothing")))
            .export(FaultyTree.of(source, plan, ManualTime.create()), PathBytes.EMPTY);
    assertThat(report.failed())
        .extracting("name")
        .contains("links", "odd/mode-400", "odd/nothing")
        .hasSize(4);
    assertThat(mirror().importTo(target, PathBytes.EMPTY).failed()).isEmpty();
  }

  @Test
  void importTo_whenOwnerCannotBeSet_lendsNoIdentity() throws IOException {
    write(source, F, 1, 10);
    boolean isRoot;
    try (PosixDirectory root = source.openRoot()) {
      isRoot = root.stat().uid() == 0;
      if (isRoot) {
        root.setOwner(F, 1234, 1234);
      }
      root.setMode(F, 04755);
    }
    mirror().export(source, PathBytes.EMPTY);
    FaultPlan denied = FaultPlan.on("setOwner").failAlways(ErrorKind.DENIED);
    mirror().importTo(FaultyTree.of(target, denied, ManualTime.create()), PathBytes.EMPTY);
    assertThat(target.stat(F).mode()).isEqualTo(isRoot ? 0755 : 04755);
  }
}
