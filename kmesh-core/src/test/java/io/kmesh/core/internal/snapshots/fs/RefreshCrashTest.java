// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.collect.Collector;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A crash at any step of a refresh, in the folder or the store, leaves the copy as it was or as it
 * is to be, with all that it shows, and with one root.
 */
@Tag("crash")
class RefreshCrashTest {
  private static final int MIB = 1 << 20;

  @TempDir Path folder;
  private FsWorld world;
  private Path source;
  private String older;
  private String newer;
  private Map<String, String> before;
  private Map<String, String> after;
  private int number;

  @BeforeEach
  void open() throws IOException {
    source = Files.createDirectory(folder.resolve("source"));
    fill(source);
    world = new FsWorld();
    take();
    try (VirtualCopy copy = create(world.copies(), folder.resolve("plain"))) {
      before = CopyModelTest.facts(copy.fileSystem().getPath("/"));
    }
    world.copies().refresh(folder.resolve("plain"), newer, ConflictPolicy.SKIP, Retrier.Check.NONE);
    try (VirtualCopy copy = world.copies().open(folder.resolve("plain"))) {
      after = CopyModelTest.facts(copy.fileSystem().getPath("/"));
      assertThat(after).isNotEqualTo(before);
    }
  }

  static void fill(Path top) throws IOException {
    Files.createDirectories(top.resolve("a/a"));
    Files.createDirectory(top.resolve("b"));
    Files.write(top.resolve("a/a/a"), CopyModelTest.random(1, MIB + 500));
    Files.write(top.resolve("a/b"), CopyModelTest.random(2, 3000));
    Files.createLink(top.resolve("b/b"), top.resolve("a/b"));
    Files.write(top.resolve("b/a"), CopyModelTest.random(3, 1000));
    Files.write(top.resolve("c"), new byte[0]);
  }

  /** Takes the tree, and once more when it changed. */
  private void take() throws IOException {
    CopyModelTest.delete(source);
    Files.createDirectory(source);
    fill(source);
    older = world.take(source);
    Files.write(source.resolve("a/a/a"), CopyModelTest.random(9, MIB + 100));
    Files.write(source.resolve("b/new"), CopyModelTest.random(10, 100));
    Files.delete(source.resolve("c"));
    newer = world.take(source);
  }

  @AfterEach
  void close() {
    world.close();
  }

  private VirtualCopy create(VirtualCopies copies, Path where) throws IOException {
    VirtualCopy copy = copies.create(older, "c", where);
    Path top = copy.fileSystem().getPath("/");
    Files.write(top.resolve("a/a/a"), CopyModelTest.random(5, 100), StandardOpenOption.WRITE);
    Files.write(top.resolve("mine"), CopyModelTest.random(6, 3000));
    Files.move(top.resolve("b"), top.resolve("moved"));
    copy.sync();
    return copy;
  }

  @Test
  void crashAnywhere_leavesTheOldOrTheNew() throws IOException {
    CrashPoints.Report report = CrashPoints.enumerate(Scenario::new, 1);
    assertThat(report.operations()).isGreaterThan(12);
    assertThat(report.crashes()).isEqualTo(2 * report.operations());
  }

  /** Reads are no steps: some come ahead, when they like. */
  private static final class ChangesCrash extends ForwardingObjectStore {
    private final ObjectStore crashing;
    private final ObjectStore store;

    ChangesCrash(ObjectStore crashing, ObjectStore store) {
      this.crashing = crashing;
      this.store = store;
    }

    @Override
    protected ObjectStore delegate() {
      return crashing;
    }

    @Override
    public CompletionStage<ObjectRange> read(
        String key, long offset, int length, Condition condition) {
      return store.read(key, offset, length, condition);
    }
  }

  private final class Scenario implements CrashPoints.Scenario {
    private final Path place = folder.resolve("p" + number++);
    private CrashFiles files;
    private boolean isDone;

    @Override
    public void run(CrashPoint point) throws IOException {
      world.close();
      world = new FsWorld();
      take();
      create(world.copies(), place).close();
      world.snapshots().forget(List.of(older));
      files = new CrashFiles(NioOverlayFiles.open(place), point);
      world
          .copies(new ChangesCrash(CrashableStore.of(world.store, point), world.store))
          .refresh(place, files, newer, ConflictPolicy.SKIP, Retrier.Check.NONE);
      isDone = true;
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      files.abandon();
      if (seed / 1000 % 2 == 1) { // The others are kills.
        files.losePower(new Random(seed));
      }
      files.forgetAsides();
      world.snapshots().forget(List.of(newer));
      collect();
      boolean isNew;
      try (VirtualCopy copy = world.copies().open(place)) {
        isNew = copy.snapshot().equals(newer);
        assertThat(isNew || !isDone).isTrue();
        assertThat(CopyModelTest.facts(copy.fileSystem().getPath("/")))
            .isEqualTo(isNew ? after : before);
        Files.write(copy.fileSystem().getPath("/after"), new byte[10]);
      }
      List<Head.Root> roots = world.domain.heads().newest().roots();
      assertThat(roots).extracting(Head.Root::kind).containsExactly(SnapshotStore.COPY_KIND);
      assertThat(roots.get(0).labels()).containsEntry("snapshot", isNew ? newer : older);
      collect();
      try (VirtualCopy copy = world.copies().open(place)) {
        assertThat(CopyModelTest.facts(copy.fileSystem().getPath("/")))
            .hasSize((isNew ? after : before).size() + 1);
      }
      world.copies().delete(place);
      assertThat(world.domain.heads().newest().roots()).isEmpty();
      assertThat(place).doesNotExist();
    }

    private void collect() throws IOException {
      new Collector(
              world.domain,
              SnapshotStore.READERS,
              new Collector.Settings(0.8, session -> true, 0, "here"),
              Retrier.Check.NONE)
          .run();
    }
  }
}
