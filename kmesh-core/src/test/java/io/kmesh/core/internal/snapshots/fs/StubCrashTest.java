// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.Faults;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that ends at any call on the Lustre while a copy is made, or deleted, leaves after the
 * next start either the whole copy or nothing.
 */
@Tag("crash")
class StubCrashTest {
  private static final PathBytes COPY = PathBytes.of("c");

  /** At calls of the store; all of them with {@code -Dkmesh.crash.all=true}. */
  private static final int POINTS = 16;

  @TempDir Path folder;
  private FsWorld world;
  private String snapshot;
  private StubWorld lab;

  @BeforeEach
  void open() throws IOException {
    world = new FsWorld();
    Path source = Files.createDirectory(folder.resolve("source"));
    Files.createDirectory(source.resolve("d"));
    Files.write(source.resolve("d/a"), CopyModelTest.random(1, 100));
    Files.createLink(source.resolve("b"), source.resolve("d/a"));
    Files.createSymbolicLink(source.resolve("s"), Path.of("b"));
    snapshot = world.take(source);
    lab = new StubWorld(world, folder.resolve("lustre"), snapshot);
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
    world.close();
  }

  @Test
  void crashWhileACopyIsMade_leavesItWholeOrNothing() {
    CrashPoints.Report report = CrashPoints.enumerate(() -> new Scenario(false), 1);
    assertThat(report.operations()).isGreaterThan(30);
  }

  @Test
  void crashWhileACopyIsDeleted_leavesNothing() {
    CrashPoints.Report report = CrashPoints.enumerate(() -> new Scenario(true), 1);
    assertThat(report.operations()).isGreaterThan(10);
  }

  @Test
  void crashAtACallOfTheStore_whileACopyIsMade_leavesItWholeOrNothing() throws IOException {
    CrashPoint counting = CrashPoint.never();
    create(CrashableStore.of(world.store, counting));
    int operations = counting.operations();
    assertThat(operations).isGreaterThan(20);
    Random random = new Random(Long.getLong("kmesh.crash.seed", 1));
    boolean isAll = Boolean.getBoolean("kmesh.crash.all");
    for (int operation = 1; operation <= operations; operation++) {
      for (CrashPoint.Side side : CrashPoint.Side.values()) {
        if (isAll || random.nextInt(2 * operations) < POINTS) {
          CrashPoints.repeat(new CreationByStore(), operation, side, operation);
        }
      }
    }
  }

  @Test
  void aReplyOfTheStoreThatIsLost_whileACopyIsMade_changesNothing() throws IOException {
    FaultInjector counting = FaultInjector.start(FaultPlan.none(), ManualTime.create());
    create(FaultyObjectStore.of(world.store, counting));
    long calls = counting.calls().getOrDefault("put", 0L);
    assertThat(calls).isGreaterThan(5);
    for (int call = 0; call < calls; call++) {
      create(
          FaultyObjectStore.of(
              world.store, FaultPlan.on("put").after(call).loseReplyOnce(), ManualTime.create()));
      requireWholeOrNothing();
    }
  }

  private void create(ObjectStore store) throws IOException {
    Domain domain = world.domain(store);
    try (StubCopies copies = lab.copies(lab.lustre, world.snapshots(domain), domain)) {
      copies.create(snapshot, "c", COPY, Retrier.Check.NONE);
    }
    try (StubCopies copies = lab.copies()) {
      assertThat(copies.list()).hasSize(1);
    }
    requireWholeOrNothing();
  }

  private final class CreationByStore implements CrashPoints.Scenario {
    @Override
    public void run(CrashPoint point) throws IOException {
      create(CrashableStore.of(world.store, point));
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      requireWholeOrNothing();
    }
  }

  private final class Scenario implements CrashPoints.Scenario {
    private final boolean deletes;

    Scenario(boolean deletes) {
      this.deletes = deletes;
    }

    @Override
    public void run(CrashPoint point) throws IOException {
      String id = "";
      if (deletes) {
        try (StubCopies copies = lab.copies()) {
          id = copies.create(snapshot, "c", COPY, Retrier.Check.NONE).id();
        }
      }
      LustreBinding crashing =
          Faults.wrap(
              LustreBinding.class,
              lab.lustre,
              FaultInjector.start(FaultPlan.none(), ManualTime.create(), point));
      try (StubCopies copies = lab.copies(crashing)) {
        if (deletes) {
          copies.delete(id, Retrier.Check.NONE);
        } else {
          copies.create(snapshot, "c", COPY, Retrier.Check.NONE);
        }
      }
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      requireWholeOrNothing();
    }
  }

  private void requireWholeOrNothing() throws IOException {
    try (StubCopies copies = lab.copies();
        PosixDirectory top = lab.lustre.tree().openRoot()) {
      copies.recover();
      List<Head.Root> left = copies.list();
      if (left.isEmpty()) {
        assertThat(top.entries().next()).isEmpty();
      } else {
        assertThat(StubRoots.state(left.get(0))).isEqualTo(StubRoots.State.READY);
        try (StubCopy copy = copies.open(left.get(0).id(), Retrier.Check.NONE)) {
          assertThat(copy.changes()).isEmpty();
        }
        copies.delete(left.get(0).id(), Retrier.Check.NONE);
      }
      assertThat(top.entries().next()).isEmpty();
      assertThat(world.domain.heads().newest().roots())
          .extracting(Head.Root::kind)
          .containsExactly(SnapshotStore.KIND);
    }
  }
}
