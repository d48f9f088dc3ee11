// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.engine.TreeCopy;
import io.kmesh.engine.TreeCopyReport;
import io.kmesh.engine.TreeCopyReport.Reason;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyTree;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeCopyTest {
  private static final PathBytes F = PathBytes.of("f");
  private static final PathBytes G = PathBytes.of("g");

  private PosixTree source;
  private PosixTree target;
  private Path sourcePath;
  private Path targetPath;
  private long handles;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    handles = JnaPosix.openHandles();
    sourcePath = Files.createDirectory(directory.resolve("source"));
    targetPath = Files.createDirectory(directory.resolve("target"));
    source = JnaPosix.open(sourcePath);
    target = JnaPosix.open(targetPath);
  }

  @AfterEach
  void noHandleIsLeft() throws IOException {
    source.close();
    target.close();
    assertThat(JnaPosix.openHandles()).isEqualTo(handles);
  }

  private TreeCopy copy() {
    return copy(source, target);
  }

  private static TreeCopy copy(PosixTree from, PosixTree to) {
    return TreeCopy.from(from, PathBytes.EMPTY)
        .to(to, PathBytes.EMPTY)
        .threads(3)
        .ranges(DataSize.ofKib(256))
        .buffers(DataSize.ofKib(256));
  }

  private static void write(PosixTree tree, PathBytes name, int seed, int size) throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      HostileTree.write(root, name, seed, size);
    }
  }

  /** Changes a file as its user would: its time goes on. */
  private static void change(PosixTree tree, PathBytes path, int step) throws IOException {
    try (PosixFile file = tree.openFile(path, Set.of(OpenFlag.WRITE))) {
      file.write(ByteBuffer.wrap(HostileTree.random(step, 100)), 0);
      file.setTimes(new FileTime(1, 0), new FileTime(1_600_000_000L + step, 5));
    }
  }

  private FaultyTree faulty(PosixTree tree, FaultPlan plan) {
    return FaultyTree.of(tree, plan, ManualTime.create());
  }

  @Test
  void run_whenTreeIsHostile_carriesEverything() throws IOException {
    HostileTree.fill(source);
    List<TreeCopy.Progress> progress = new CopyOnWriteArrayList<>();

    TreeCopyReport report = copy().countFirst().onProgress(progress::add).run();

    assertThat(report.failed()).isEmpty();
    assertThat(report.skipped()).isEmpty();
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
    assertThat(report.hardLinks()).isEqualTo(2);
    assertThat(report.symlinks()).isEqualTo(4);
    assertThat(report.equal()).isZero();
    FileStat sparse = target.stat(PathBytes.of("odd/sparse"));
    assertThat(sparse.size()).isEqualTo(HostileTree.SPARSE_SIZE);
    assertThat(sparse.blocks() * 512).isLessThan(1 << 20);
    assertThat(target.stat(PathBytes.of("odd/hole")).blocks()).isZero();
    TreeCopy.Progress last = progress.get(progress.size() - 1);
    assertThat(last.entries()).isEqualTo(last.totalEntries()).isGreaterThan(90);
    assertThat(last.bytes()).isEqualTo(last.totalBytes());
  }

  @Test
  void run_whenTargetIsNamed_makesItAndLinksInIt() throws IOException {
    HostileTree.fill(source);
    PathBytes below = PathBytes.of("copy");

    TreeCopyReport report = TreeCopy.from(source, PathBytes.EMPTY).to(target, below).run();

    assertThat(report.failed()).isEmpty();
    assertThat(TreeFacts.of(target, below)).isEqualTo(TreeFacts.of(source));
  }

  @Test
  void run_whenRepeated_copiesNothingAgain() throws IOException {
    HostileTree.fill(source);
    TreeCopyReport first = copy().durable().run();
    TreeCopyReport second = copy().run();

    assertThat(second.bytes()).isZero();
    assertThat(second.equal())
        .isEqualTo(first.files() + first.symlinks() + first.specials() + first.hardLinks());
    assertThat(second.files()).isEqualTo(first.files());
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
  }

  @Test
  void run_whenSourceChanged_bringsTheChangesAlone() throws IOException {
    HostileTree.fill(source);
    copy().run();
    change(source, PathBytes.of("odd/large"), 7);
    try (PosixDirectory odd = source.openDirectory(PathBytes.of("odd"))) {
      odd.setMode(PathBytes.of("mode-777"), 0710);
      odd.unlink(PathBytes.of("fifo"));
      odd.makeSymlink(PathBytes.of("fifo"), PathBytes.of("else"));
      odd.unlink(PathBytes.of("hole"));
      odd.makeDirectory(PathBytes.of("hole"), 0755);
    }
    Files.writeString(targetPath.resolve(".kmesh-copy.left"), "of a killed copy");

    TreeCopyReport report = copy().run();

    assertThat(report.failed()).isEmpty();
    assertThat(report.bytes()).isEqualTo(HostileTree.LARGE_SIZE);
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
  }

  @Test
  void run_whenNamesWerePartedInTheSource_partsThemInTheTarget() throws IOException {
    write(source, F, 1, 100);
    try (PosixDirectory root = source.openRoot()) {
      root.link(F, root, G);
      copy().run();
      assertThat(target.stat(F).inode()).isEqualTo(target.stat(G).inode());
      root.unlink(G);
      HostileTree.write(root, G, 1, 100);
    }

    copy().run();

    assertThat(target.stat(F).inode()).isNotEqualTo(target.stat(G).inode());
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
  }

  @Test
  void run_whenSomeAreUnreadable_namesThemAndGoesOn() throws IOException {
    HostileTree.fill(source);
    FaultPlan plan =
        FaultPlan.on("openFile")
            .matching("mode-400")
            .failAlways(ErrorKind.DENIED)
            .and("openFile")
            .matching("100%")
            .fail(1, Errno.ENOENT)
            .and("openDirectory")
            .matching("empty")
            .fail(1, Errno.EACCES)
            .and("stat")
            .matching("mode-777")
            .failPlainly(1)
            .and("readSymlink")
            .matching("loop")
            .fail(1, Errno.EIO);

    TreeCopyReport report = copy(faulty(source, plan), target).run();

    assertThat(report.failed())
        .extracting(p -> p.path() + " " + p.reason())
        .containsExactly(
            "empty UNREADABLE",
            "links/loop UNREADABLE",
            "odd/mode-400 UNREADABLE",
            "odd/mode-777 UNREADABLE");
    assertThat(report.failedCount()).isEqualTo(4);
    assertThat(report.skipped())
        .extracting(p -> p.path() + " " + p.reason())
        .containsExactly("names/100% VANISHED");
    assertThat(report.failed()).allSatisfy(p -> assertThat(p.message()).isNotBlank());
    var expected = TreeFacts.of(source);
    expected
        .keySet()
        .removeAll(Set.of("empty", "links/loop", "odd/mode-400", "odd/mode-777", "names/100%"));
    assertThat(TreeFacts.of(target)).isEqualTo(expected);
  }

  @Test
  void run_whenListingBreaks_reportsTheDirectory() throws IOException {
    HostileTree.fill(source);
    FaultPlan plan = FaultPlan.on("next").after(3).fail(1, Errno.EIO);
    TreeCopyReport report = copy(faulty(source, plan), target).run();
    assertThat(report.failed()).hasSize(1);
    assertThat(report.failed().get(0).reason()).isEqualTo(Reason.UNREADABLE);
  }

  @Test
  void run_whenReadFails_reportsAndLeavesNoHalf() throws IOException {
    write(source, F, 1, 1 << 20);
    write(source, G, 2, 1000);
    FaultPlan plan = FaultPlan.on("PosixFile.read").after(3).fail(1, Errno.EIO);
    TreeCopyReport report = copy(faulty(source, plan), target).threads(1).run();
    assertThat(report.failed()).hasSize(1);
    assertThat(report.failed().get(0).reason()).isEqualTo(Reason.UNREADABLE);
    assertThat(report.failed().get(0).path()).isEqualTo(F);
    assertThat(TreeFacts.of(target).keySet()).containsExactly("", "g");
  }

  @Test
  void run_whenFileChangesOnceWhileRead_readsItAgain() throws IOException {
    write(source, F, 1, 1 << 20);
    AtomicInteger asked = new AtomicInteger();
    List<TreeCopy.Progress> progress = new CopyOnWriteArrayList<>();
    TreeCopyReport report =
        copy()
            .countFirst()
            .onProgress(progress::add)
            .cancelWhen(
                () -> {
                  if (asked.incrementAndGet() == 6) {
                    changed(1);
                  }
                  return false;
                })
            .run();
    assertThat(report.failed()).isEmpty();
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
    assertThat(progress.get(progress.size() - 1).bytes()).isEqualTo(1 << 20);
  }

  @Test
  void run_whenFileAlwaysChanges_reportsItAndLeavesTheOldOne() throws IOException {
    write(source, F, 1, 1 << 20);
    write(source, G, 2, 1000);
    copy().run();
    String old = TreeFacts.of(target).get("f");
    changed(500);
    AtomicInteger asked = new AtomicInteger();

    TreeCopyReport report =
        copy()
            .rereads(2)
            .cancelWhen(
                () -> {
                  changed(asked.incrementAndGet());
                  return false;
                })
            .run();

    assertThat(report.failed()).extracting(TreeCopyReport.Problem::path).containsExactly(F);
    assertThat(report.failed().get(0).reason()).isEqualTo(Reason.CHANGED);
    assertThat(report.failed().get(0).message()).contains("3 times");
    assertThat(TreeFacts.of(target).get("f")).isEqualTo(old);
    assertThat(TreeFacts.of(target).keySet()).containsExactly("", "f", "g");
  }

  @Test
  void run_whenFileShrinksWhileRead_copiesWhatItBecame() throws IOException {
    write(source, F, 1, 1 << 20);
    AtomicInteger asked = new AtomicInteger();
    TreeCopyReport report =
        copy()
            .cancelWhen(
                () -> {
                  if (asked.incrementAndGet() == 5) {
                    try (PosixFile file = source.openFile(F, Set.of(OpenFlag.WRITE))) {
                      file.truncate(70_000);
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  }
                  return false;
                })
            .run();
    assertThat(report.failed()).isEmpty();
    assertThat(TreeFacts.of(target).get("f")).isEqualTo(TreeFacts.of(source).get("f"));
  }

  private void changed(int step) {
    try {
      change(source, F, step);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void cancelWhen_whenTrue_stopsAndCanGoOn() throws IOException {
    HostileTree.fill(source);
    for (int after : new int[] {1, 20, 60, 110}) {
      AtomicInteger asked = new AtomicInteger();
      assertThatThrownBy(() -> copy().cancelWhen(() -> asked.incrementAndGet() >= after).run())
          .isInstanceOf(ProviderException.class)
          .hasMessageContaining("cancelled")
          .extracting(e -> ((ProviderException) e).kind())
          .isEqualTo(ErrorKind.CANCELLED);
    }
    assertThat(copy().run().failed()).isEmpty();
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
  }

  @Test
  void run_whenTargetIsFull_failsLeavesNoHalfAndCanGoOn() throws IOException {
    HostileTree.fill(source);
    for (String call : List.of("write", "openFile", "makeDirectory")) {
      FaultPlan plan = FaultPlan.on(call).after(1).failAlways(Errno.ENOSPC.kind());
      PathBytes below = PathBytes.of(call);
      try (PosixDirectory root = target.openRoot()) {
        root.makeDirectory(below, 0700);
      }
      assertThatThrownBy(() -> copy().to(faulty(target, plan), below).run())
          .as(call)
          .isInstanceOf(ProviderException.class)
          .extracting(e -> ((ProviderException) e).kind())
          .isEqualTo(ErrorKind.NO_SPACE);
      var whole = TreeFacts.of(source);
      var there = TreeFacts.of(target, below);
      assertThat(whole.keySet()).as(call).containsAll(there.keySet());
      there.forEach(
          (path, line) -> {
            if (line.startsWith("REGULAR") && !line.contains(" is ")) {
              // The only one of its names that came is no hard link yet.
              String alone = whole.get(path).replaceFirst(" is .*? atime ", " atime ");
              assertThat(line).as(path).isEqualTo(alone);
            }
          });
      assertThat(copy().to(target, below).run().failed()).isEmpty();
      assertThat(TreeFacts.of(target, below)).isEqualTo(whole);
    }
  }

  @Test
  void run_whenTargetRefuses_namesItAndGoesOn() throws IOException {
    HostileTree.fill(source);
    FaultPlan plan =
        FaultPlan.on("makeNode")
            .matching("socket")
            .failAlways(ErrorKind.UNSUPPORTED)
            .and("openFile")
            .matching("mode-6711")
            .failAlways(ErrorKind.DENIED)
            .and("makeDirectory")
            .matching("level-30")
            .fail(1, Errno.EACCES);
    TreeCopyReport report = copy(source, faulty(target, plan)).run();
    assertThat(report.failed())
        .extracting(p -> p.path().name() + " " + p.reason())
        .containsExactlyInAnyOrder(
            "socket UNSUPPORTED", "mode-6711 UNWRITABLE", "level-30 UNWRITABLE");
  }

  @Test
  void readable_whenRefused_skipsAndReports() throws IOException {
    write(source, F, 1, 100);
    write(source, G, 2, 100);
    TreeCopyReport report = copy().readable((directory, name, stat) -> !name.equals(F)).run();
    assertThat(report.skipped())
        .extracting(p -> p.path() + " " + p.reason())
        .containsExactly("f RELEASED");
    assertThat(report.files()).isEqualTo(1);
  }

  @Test
  void run_whenOwnerCannotBeSet_lendsNoIdentity() throws IOException {
    write(source, F, 1, 100);
    try (PosixDirectory root = source.openRoot()) {
      root.makeDirectory(G, 02775);
      if (root.stat().uid() == 0) {
        root.setOwner(F, 1234, 1234);
      }
      root.setMode(F, 06755);
    }
    // Where the test has no privilege, the owner is the same and nothing is refused.
    boolean isForeign = source.stat(F).uid() == 1234;
    FaultPlan plan = FaultPlan.on("setOwner").failAlways(ErrorKind.DENIED);
    TreeCopyReport report = copy(source, faulty(target, plan)).run();
    assertThat(report.failed()).isEmpty();
    assertThat(target.stat(F).mode()).isEqualTo(isForeign ? 0755 : 06755);
    assertThat(target.stat(G).mode()).isEqualTo(02775);
  }

  @Test
  void withoutXattrs_whenNamed_leavesThemOut() throws IOException {
    HostileTree.fill(source);
    copy().withoutXattrs(name -> name.toString().startsWith("user.")).run();
    try (PosixDirectory odd = target.openDirectory(PathBytes.of("odd"))) {
      assertThat(odd.xattrNames(PathBytes.of("xattrs")))
          .contains(PathBytes.of("system.posix_acl_access"))
          .noneMatch(n -> n.toString().startsWith("user."));
    }
  }

  @Test
  void run_whenTargetHasALinkInTheWay_doesNotFollowIt() throws IOException {
    HostileTree.fill(source);
    Path outside = Files.createDirectory(targetPath.resolveSibling("outside"));
    Files.createSymbolicLink(targetPath.resolve("odd"), outside);
    Files.createSymbolicLink(targetPath.resolve("a-third"), outside.resolve("planted"));

    assertThat(copy().run().failed()).isEmpty();

    assertThat(outside).isEmptyDirectory();
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
  }

  @Test
  void run_whenInterrupted_failsAndStaysInterrupted() throws IOException {
    HostileTree.fill(source);
    AtomicBoolean isFirst = new AtomicBoolean(true);
    Thread self = Thread.currentThread();
    assertThatThrownBy(
            () ->
                copy()
                    .cancelWhen(
                        () -> {
                          if (isFirst.getAndSet(false)) {
                            self.interrupt();
                          }
                          return false;
                        })
                    .run())
        .isInstanceOf(IOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
