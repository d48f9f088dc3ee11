// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.snapshots.archive.Catalogs;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.Faults;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a Lustre has comes back on a Lustre, and is said to be lost elsewhere. */
class LustreRestoreTest {
  private static final int EACH = 4;

  @Property(tries = 6)
  void takeRestoreTake_givesTheSameTree(@ForAll long seed) throws IOException {
    try (LustreRestoreWorld world = new LustreRestoreWorld(seed)) {
      world.fill(LustreRestoreWorld.SOURCE, new Random(seed), 0);
      String snapshot = world.take(LustreRestoreWorld.SOURCE);
      assertThat(world.restore(snapshot).problems()).isEmpty();
      assertThat(world.tree(world.take(LustreRestoreWorld.BACK))).isEqualTo(world.tree(snapshot));
      assertThat(world.recalls()).isZero();
    }
  }

  private static LustreRestoreWorld decorated() throws IOException {
    LustreRestoreWorld world = new LustreRestoreWorld(1);
    for (String name : List.of("f", "g")) {
      PathBytes path = LustreRestoreWorld.SOURCE.resolve(PathBytes.of(name));
      Fid fid = world.lustre.layouts().createFile(path, 0644, LustreRestoreWorld.PFL);
      world.write(path, HostileTree.random(1, 2000));
      world.lustre.identity().changeProject(fid, 77);
      world.lustre.hsm().changeState(fid, Set.of(HsmFlag.NORELEASE), Set.of(), ArchiveId.ANY);
    }
    world.stub(PathBytes.of("source/s"), HostileTree.random(2, 3000), LustreRestoreWorld.PFL);
    return world;
  }

  @Test
  void layoutProjectAndFlags_comeBack() throws IOException {
    try (LustreRestoreWorld world = decorated()) {
      assertThat(world.restore(world.take(LustreRestoreWorld.SOURCE)).problems()).isEmpty();
      Fid back = world.lustre.identity().fid(PathBytes.of("back/f"));
      assertThat(world.lustre.layouts().layout(back)).isEqualTo(LustreRestoreWorld.PFL);
      assertThat(world.lustre.identity().project(back)).isEqualTo(77);
      assertThat(world.lustre.hsm().state(back).flags()).containsExactly(HsmFlag.NORELEASE);
      Fid stub = world.lustre.identity().fid(PathBytes.of("back/s"));
      assertThat(world.lustre.layouts().layout(stub).components())
          .isEqualTo(LustreRestoreWorld.PFL.components());
      assertThat(world.lustre.layouts().layout(stub).isReleased()).isTrue();
    }
  }

  @Test
  void poolThatIsNotThere_isTheDefaultLayout_withAWord(@TempDir Path folder) throws IOException {
    try (LustreRestoreWorld world = decorated();
        SimulatedLustre other =
            SimulatedLustre.builder(folder)
                .caller(0, 0)
                .osts(1, io.kmesh.unit.DataSize.ofGib(1))
                .open()) {
      Fid directory = world.lustre.identity().fid(LustreRestoreWorld.SOURCE);
      world.lustre.layouts().changeDirectoryDefault(directory, LustreRestoreWorld.PFL);
      ScanTally tally = new ScanTally();
      try (OpenSnapshot open = world.open(world.take(LustreRestoreWorld.SOURCE))) {
        open.restore(
            PathBytes.EMPTY,
            new RestoreTarget(other.tree(), other),
            TreeRestore.Overwrite.NEVER,
            tally,
            Retrier.Check.NONE);
      }
      assertThat(tally.problems())
          .extracting(p -> p.path().toString())
          .containsExactlyInAnyOrder("", "f", "g", "s");
      assertThat(tally.problems()).allSatisfy(p -> assertThat(p.reason()).contains("pool"));
      Fid file = other.identity().fid(PathBytes.of("f"));
      assertThat(other.layouts().layout(file).isComposite()).isFalse();
      assertThat(other.identity().project(file)).isEqualTo(77);
      assertThat(other.identity().stat(file).size()).isEqualTo(2000);
    }
  }

  @Test
  void elsewhere_eachKindIsSaidToBeLost_once(@TempDir Path folder) throws IOException {
    try (LustreRestoreWorld world = decorated();
        PosixTree tree = JnaPosix.open(folder)) {
      String snapshot = world.take(LustreRestoreWorld.SOURCE);
      ScanTally tally = new ScanTally();
      try (OpenSnapshot open = world.open(snapshot)) {
        open.restore(PathBytes.EMPTY, tree, TreeRestore.Overwrite.NEVER, tally, Retrier.Check.NONE);
      }
      assertThat(tally.problems())
          .extracting(SnapshotProblem::reason)
          .allSatisfy(reason -> assertThat(reason).contains("no Lustre"))
          .extracting(reason -> reason.replaceAll(".*its (.*), as all.*", "$1"))
          .containsExactlyInAnyOrder("layout", "project id", "HSM flags");
      assertThat(Files.size(folder.resolve("s"))).isEqualTo(3000);
    }
  }

  @Test
  void layoutsInEntries_areRead_orNamedAsDamaged() throws IOException {
    for (Layout layout :
        List.of(Layout.plain(1), LustreRestoreWorld.PFL, Layout.plain(-1, 1 << 20, "p"))) {
      assertThat(LayoutJson.read(LayoutJson.write(layout))).isEqualTo(layout);
    }
    byte[] golden = LayoutJson.write(LustreRestoreWorld.PFL);
    assertThat(new String(golden, StandardCharsets.UTF_8))
        .isEqualTo(
            "[{\"end\":67108864,\"pattern\":\"RAID0\",\"stripes\":1,\"stripeSize\":1048576,"
                + "\"pool\":\"fast\"},{\"pattern\":\"RAID0\",\"stripes\":2,\"stripeSize\":4194304,"
                + "\"pool\":\"cheap\"}]");
    for (String bad :
        List.of(
            "",
            "[]",
            "{}",
            "7",
            "[{}]",
            "[{\"pattern\":\"ZIGZAG\",\"stripes\":1,\"stripeSize\":0}]",
            "[{\"pattern\":\"RAID0\",\"stripes\":1.5,\"stripeSize\":0}]",
            "[{\"pattern\":\"RAID0\",\"stripes\":99999999999,\"stripeSize\":0}]",
            "[{\"end\":-5,\"pattern\":\"RAID0\",\"stripes\":1,\"stripeSize\":0}]")) {
      assertThatThrownBy(() -> LayoutJson.read(bad.getBytes(StandardCharsets.UTF_8)))
          .as(bad)
          .isInstanceOf(io.kmesh.spi.ProviderException.class)
          .hasMessageContaining("layout");
    }
  }

  /** A process that ends at any call on the Lustre or the store; the next one goes on. */
  @Test
  @Tag("crash")
  void crashAnywhere_theRestoreGoesOn_andNoStubIsWithoutItsContent() throws IOException {
    try (LustreRestoreWorld world = decorated()) {
      String snapshot = world.take(LustreRestoreWorld.SOURCE);
      Map<String, String> tree = world.tree(snapshot);
      CrashPoint counting = CrashPoint.never();
      cut(world, snapshot, tree, 0).run(counting);
      assertThat(counting.operations()).isGreaterThan(60);
      // The end after an operation is the end before the next one. All of them take a minute.
      for (int operation = 1; operation <= counting.operations(); operation += EACH) {
        CrashPoints.repeat(
            cut(world, snapshot, tree, operation), operation, CrashPoint.Side.BEFORE, 1);
      }
    }
  }

  private static Cut cut(
      LustreRestoreWorld world, String snapshot, Map<String, String> tree, int run) {
    return new Cut(world, snapshot, tree, PathBytes.of("back" + run));
  }

  private record Cut(
      LustreRestoreWorld world, String snapshot, Map<String, String> tree, PathBytes target)
      implements CrashPoints.Scenario {
    Cut {
      try {
        world.directory(target);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void run(CrashPoint point) throws IOException {
      LustreBinding crashing =
          Faults.wrap(
              LustreBinding.class,
              world.lustre,
              FaultInjector.start(FaultPlan.none(), ManualTime.create(), point));
      world.restore(
          snapshot,
          target,
          crashing,
          CrashableStore.of(world.store, point),
          TreeRestore.Overwrite.NEVER);
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      requireContents();
      ScanTally tally =
          world.restore(snapshot, target, world.lustre, world.store, TreeRestore.Overwrite.CHANGED);
      assertThat(tally.problems()).isEmpty();
      assertThat(world.tree(world.take(target))).isEqualTo(tree);
      assertThat(world.recalls()).isZero();
    }

    /** A stub that has its name can be recalled. */
    private void requireContents() throws IOException {
      try (PosixDirectory back = world.lustre.tree().openDirectory(target);
          Catalogs catalogs = world.catalogs()) {
        PathBytes name = PathBytes.of("s");
        if (back.find(name).isPresent()) {
          assertThat(catalogs.find(world.lustre.identity().fid(back, name))).isPresent();
        }
      }
    }
  }
}
