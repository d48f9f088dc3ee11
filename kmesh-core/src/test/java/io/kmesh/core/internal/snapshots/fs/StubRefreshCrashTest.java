// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.CatalogManifest;
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
import java.nio.file.FileSystem;
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
 * A process that ends at any call on the Lustre or the store while a copy is refreshed, or whose
 * store loses a reply: refreshed again, the copy is as if it had been done at once. Some points,
 * chosen by {@code -Dkmesh.crash.seed}; all with {@code -Dkmesh.crash.all=true}.
 */
@Tag("crash")
class StubRefreshCrashTest {
  private static final PathBytes COPY = PathBytes.of("c");
  private static final int POINTS = 8;

  private final Random random = new Random(Long.getLong("kmesh.crash.seed", 1));
  @TempDir Path folder;
  private FsWorld world;
  private String older;
  private String newer;
  private StubWorld lab;

  @BeforeEach
  void open() throws IOException {
    world = new FsWorld();
    Path source = Files.createDirectory(folder.resolve("source"));
    Files.createDirectory(source.resolve("d"));
    Files.writeString(source.resolve("d/a"), "old");
    Files.createLink(source.resolve("b"), source.resolve("d/a"));
    Files.writeString(source.resolve("both"), "old too");
    Files.writeString(source.resolve("gone"), "gone");
    older = world.take(source);
    lab = new StubWorld(world, folder.resolve("lustre"), older);
    Files.writeString(source.resolve("d/a"), "newer");
    Files.writeString(source.resolve("both"), "theirs");
    Files.writeString(source.resolve("new"), "new");
    Files.delete(source.resolve("gone"));
    newer = world.take(source);
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
    world.close();
  }

  private StubCopies copies(LustreBinding lustre, ObjectStore store) throws IOException {
    Domain domain = world.domain(store);
    return lab.copies(lustre, world.snapshots(domain), domain);
  }

  private static CrashPoint.Side[] sides() {
    return CrashPoint.Side.values();
  }

  private void enumerate(boolean isByStore) throws Exception {
    CrashPoint counting = CrashPoint.never();
    Scenario first = new Scenario(isByStore);
    first.run(counting);
    first.recoverAndCheck(0);
    int operations = counting.operations();
    assertThat(operations).isGreaterThan(isByStore ? 10 : 40);
    boolean isAll = Boolean.getBoolean("kmesh.crash.all");
    for (int operation = 1; operation <= operations; operation++) {
      for (CrashPoint.Side side : sides()) {
        if (isAll || random.nextInt(sides().length * operations) < POINTS) {
          CrashPoints.repeat(new Scenario(isByStore), operation, side, operation);
        }
      }
    }
  }

  @Test
  void crashAtACallOnTheLustre_goesOn() throws Exception {
    enumerate(false);
  }

  @Test
  void crashAtACallOfTheStore_goesOn() throws Exception {
    enumerate(true);
  }

  @Test
  void aReplyOfTheStoreThatIsLost_changesNothing() throws IOException {
    for (String method : List.of("put", "delete")) {
      FaultInjector counting = FaultInjector.start(FaultPlan.none(), ManualTime.create());
      refreshOnce(FaultyObjectStore.of(world.store, counting));
      long calls = counting.calls().getOrDefault(method, 0L);
      for (int call = 0; call < calls; call++) {
        refreshOnce(
            FaultyObjectStore.of(
                world.store,
                FaultPlan.on(method).after(call).loseReplyOnce(),
                ManualTime.create()));
      }
    }
  }

  private void refreshOnce(ObjectStore store) throws IOException {
    String id = make();
    try (StubCopies copies = copies(lab.lustre, store)) {
      CopyRefresh done = copies.refresh(id, newer, ConflictPolicy.THEIRS, Retrier.Check.NONE);
      assertThat(done.conflicts()).extracting(c -> c.path().toString()).containsExactly("both");
    }
    check(id);
  }

  /** Makes a copy and changes it. */
  private String make() throws IOException {
    try (StubCopies copies = lab.copies();
        FileSystem files = lab.lustre.fileSystem()) {
      String id = copies.create(older, "c", COPY, Retrier.Check.NONE).id();
      Files.writeString(files.getPath("/c/both"), "ours");
      Files.writeString(files.getPath("/c/mine"), "mine");
      return id;
    }
  }

  /** The copy is refreshed, and can be deleted without a trace. */
  private void check(String id) throws IOException {
    try (StubCopies copies = lab.copies();
        FileSystem files = lab.lustre.fileSystem();
        PosixDirectory top = lab.lustre.tree().openRoot()) {
      try (StubCopy copy = copies.open(id, Retrier.Check.NONE)) {
        assertThat(copy.manifest().id()).isEqualTo(newer);
        assertThat(copy.changes())
            .extracting(c -> c.kind() + " " + c.path())
            .containsExactly("ADDED mine");
      }
      assertThat(Files.readString(files.getPath("/c/b"))).isEqualTo("newer");
      assertThat(Files.readString(files.getPath("/c/both"))).isEqualTo("theirs");
      assertThat(Files.readString(files.getPath("/c/new"))).isEqualTo("new");
      assertThat(lab.lustre.tree().stat(PathBytes.of("c/d/a")).links()).isEqualTo(2);
      assertThat(world.domain.heads().newest().roots())
          .extracting(Head.Root::kind)
          .containsExactlyInAnyOrder(
              SnapshotStore.KIND,
              SnapshotStore.KIND,
              SnapshotStore.COPY_KIND,
              CatalogManifest.KIND);
      copies.delete(id, Retrier.Check.NONE);
      assertThat(top.entries().next()).isEmpty();
    }
  }

  private final class Scenario implements CrashPoints.Scenario {
    private final boolean isByStore;
    private String id = "";

    Scenario(boolean isByStore) {
      this.isByStore = isByStore;
    }

    @Override
    public void run(CrashPoint point) throws IOException {
      id = make();
      FaultInjector dying = FaultInjector.start(FaultPlan.none(), ManualTime.create(), point);
      LustreBinding lustre =
          isByStore ? lab.lustre : Faults.wrap(LustreBinding.class, lab.lustre, dying);
      ObjectStore store = isByStore ? CrashableStore.of(world.store, point) : world.store;
      try (StubCopies copies = copies(lustre, store)) {
        copies.refresh(id, newer, ConflictPolicy.THEIRS, Retrier.Check.NONE);
      }
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      try (StubCopies copies = lab.copies()) {
        copies.refresh(id, newer, ConflictPolicy.THEIRS, Retrier.Check.NONE);
      }
      check(id);
    }
  }
}
