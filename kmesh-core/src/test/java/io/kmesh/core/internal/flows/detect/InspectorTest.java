// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What looks register, and what they leave alone. */
class InspectorTest {
  private static final PathBytes A = PathBytes.of("a");
  private static final PathBytes B = PathBytes.of("b");

  @Test
  void scan_whenTheTreeIsNew_registersAllOnce() throws IOException {
    try (PosixWorld world = new PosixWorld(1)) {
      world.steps.makeDirectory(A);
      world.steps.write(A.resolve("f"), 10);
      world.steps.link(A.resolve("f"), B);
      world.steps.write(PathBytes.of(".kmesh~x"), 10);
      world.scan();
      world.requireEqual();
      assertThat(world.inspector.takeFindings().newNodes()).isEqualTo(2);
      long seq = world.base.lastSeq();
      world.scan();
      assertThat(world.inspector.takeFindings().isEmpty()).isTrue();
      assertThat(world.base.lastSeq()).isEqualTo(seq);
    }
  }

  @Test
  void step_looksAtAboutSoManyEntries_alsoInManySmallDirectories() throws IOException {
    try (PosixWorld world = new PosixWorld(3)) {
      for (int i = 0; i < 40; i++) {
        PathBytes directory = PathBytes.of("d" + i);
        world.steps.makeDirectory(directory);
        for (int j = 0; j < 20; j++) {
          world.steps.write(directory.resolve("f" + j), 1);
        }
      }
      int most = 50;
      world.inspector.demandScan("test");
      boolean hasMore = true;
      while (hasMore) {
        hasMore = world.inspector.step(most);
        assertThat(world.inspector.takeFindings().looked()).isLessThan(2L * most);
        world.base.commit();
      }
      world.requireEqual();
      world.inspector.look(List.of(PathBytes.EMPTY), Inspector.Depth.TREE);
      world.inspector.takeFindings();
      for (hasMore = true; hasMore; ) {
        hasMore = world.inspector.step(most);
        assertThat(world.inspector.takeFindings().looked()).isLessThan(2L * most);
      }
    }
  }

  @Test
  void scan_whenADirectoryWithAThousandFilesWasRenamed_changesTwoNames() throws IOException {
    try (PosixWorld world = new PosixWorld(2)) {
      world.steps.makeDirectory(A);
      for (int i = 0; i < 1000; i++) {
        world.steps.write(A.resolve("f" + i), 1);
      }
      world.scan();
      world.settle();
      long seq = world.base.lastSeq();
      world.steps.rename(A, B, RenameMode.NO_REPLACE);
      world.look(new Hints().name(world.topKey(), A, null).name(world.topKey(), B, null));
      world.requireEqual();
      // Two names; the tops's time.
      assertThat(world.base.changesSince(seq).toList()).hasSize(3);
      assertThat(world.inspector.takeFindings().looked()).isLessThan(1100);
    }
  }

  @Test
  void look_whenOnlyTheModeChanged_leavesTheContent() throws IOException {
    try (PosixWorld world = new PosixWorld(3)) {
      world.steps.write(A, 10);
      world.scan();
      world.settle();
      Node before = world.node(A);
      world.steps.setMode(A, 0640);
      world.look(new Hints().object(before.local().key()));
      Node after = world.node(A);
      assertThat(after.attributes().mode()).isEqualTo(0640);
      assertThat(after.attributesVersion()).isNotEqualTo(before.attributesVersion());
      assertThat(after.contentVersion()).isEqualTo(before.contentVersion());
    }
  }

  @Test
  void scan_whenAWriterSetTheTimeBack_takesTheBytesForOthers() throws IOException {
    try (PosixWorld world = new PosixWorld(4)) {
      world.steps.write(A, 10);
      world.steps.setTime(A, new FileTime(1_000_000, 5));
      world.scan();
      world.settle();
      Node before = world.node(A);
      world.steps.write(A, 10);
      world.steps.setTime(A, new FileTime(1_000_000, 5));
      world.scan();
      assertThat(world.node(A).contentVersion()).isNotEqualTo(before.contentVersion());
      Node written = world.node(A);
      world.settle();
      world.steps.rename(A, B, RenameMode.NO_REPLACE);
      world.scan();
      assertThat(world.node(B).id()).isEqualTo(written.id());
      assertThat(world.node(B).contentVersion().origin().counter())
          .isEqualTo(written.contentVersion().origin().counter());
    }
  }

  @Test
  void step_whenAStampWasYoung_looksOnceMore() throws IOException {
    try (PosixWorld world = new PosixWorld(5)) {
      world.steps.write(A, 10);
      world.scan();
      Node before = world.node(A);
      assertThat(world.inspector.untilDue()).isPresent();
      world.finish();
      assertThat(world.node(A)).isEqualTo(before);
      world.time.advance(Duration.ofSeconds(5));
      world.finish();
      assertThat(world.node(A).contentVersion()).isNotEqualTo(before.contentVersion());
      assertThat(world.inspector.untilDue()).isEmpty();
      Node again = world.node(A);
      world.time.advance(Duration.ofSeconds(5));
      world.scan();
      assertThat(world.node(A)).isEqualTo(again);
    }
  }

  @Test
  void scan_whenTooMuchIsGone_holdsItUntilItIsConfirmed() throws IOException {
    try (PosixWorld world = new PosixWorld(6, new DeleteGuard(3, 10))) {
      world.steps.makeDirectory(A);
      for (int i = 0; i < 20; i++) {
        world.steps.write(A.resolve("f" + i), 1);
      }
      world.scan();
      world.settle();
      long seq = world.base.lastSeq();
      world.steps.removeAll(A);
      world.steps.write(B, 1);
      world.scan();
      assertThat(world.inspector.held()).isPresent();
      assertThat(world.inspector.held().orElseThrow().count()).isEqualTo(21);
      assertThat(world.inspector.held().orElseThrow().examples()).contains(A);
      assertThat(world.inspector.takeFindings().removedNames()).isZero();
      world.reopen();
      assertThat(world.inspector.held().orElseThrow().count()).isEqualTo(21);
      // Confirmed is what was held, not what went since.
      world.steps.unlink(B);
      world.inspector.confirmDeletions();
      world.finish();
      assertThat(world.inspector.held()).isEmpty();
      assertThat(world.inspector.takeFindings().removedNames()).isEqualTo(21);
      world.scan();
      world.requireEqual();
      assertThat(world.base.lastSeq()).isGreaterThan(seq);
    }
  }

  @Test
  void look_whenGivenAList_takesThatAlone() throws IOException {
    try (PosixWorld world = new PosixWorld(7)) {
      world.steps.makeDirectory(A);
      world.steps.write(A.resolve("f"), 10);
      world.steps.write(B, 10);
      world.scan();
      world.settle();
      world.steps.unlink(A.resolve("f"));
      world.steps.write(A.resolve("g"), 10);
      world.steps.makeDirectory(A.resolve("new"));
      world.steps.write(A.resolve("new").resolve("below"), 10);
      world.steps.write(B, 20);
      world.inspector.look(
          List.of(A.resolve("f"), A.resolve("new"), PathBytes.of("none/such")),
          Inspector.Depth.ENTRY);
      world.finish();
      Findings found = world.inspector.takeFindings();
      assertThat(found.removedNames()).isEqualTo(1);
      assertThat(found.newNodes()).isEqualTo(2);
      world.inspector.look(List.of(PathBytes.EMPTY), Inspector.Depth.TREE);
      world.finish();
      world.requireEqual();
      assertThat(world.inspector.takeFindings().newNodes()).isEqualTo(1);
    }
  }

  @Test
  void scan_whenTheTreeIsEmptiedAtOnce_holdsAllAndForgetsWhenItIsBack() throws IOException {
    try (PosixWorld world = new PosixWorld(8, new DeleteGuard(3, 10))) {
      for (int i = 0; i < 10; i++) {
        world.steps.write(PathBytes.of("f" + i), 1);
      }
      world.scan();
      world.settle();
      long names = world.base.names(NodeId.ROOT).toList().size();
      world.steps.makeDirectory(PathBytes.of(".kmesh-aside"));
      for (int i = 0; i < 10; i++) {
        world.steps.rename(
            PathBytes.of("f" + i), PathBytes.of(".kmesh-aside/f" + i), RenameMode.NO_REPLACE);
      }
      world.scan();
      assertThat(world.inspector.held().orElseThrow().count()).isEqualTo(10);
      for (int i = 0; i < 10; i++) {
        world.steps.rename(
            PathBytes.of(".kmesh-aside/f" + i), PathBytes.of("f" + i), RenameMode.NO_REPLACE);
      }
      world.scan();
      assertThat(world.inspector.held()).isEmpty();
      assertThat(world.base.names(NodeId.ROOT).toList()).hasSize((int) names);
      world.requireEqual();
    }
  }

  @Test
  void scan_whenADirectoryMovesToWhereItWasAlready_keepsIt() throws IOException {
    try (PosixWorld world = new PosixWorld(9)) {
      for (String name : List.of("a", "b", "z")) {
        world.steps.makeDirectory(PathBytes.of(name));
      }
      world.steps.makeDirectory(PathBytes.of("a/moving"));
      world.steps.write(PathBytes.of("a/moving/f"), 10);
      world.steps.write(PathBytes.of("z/here"), 10);
      world.scan();
      world.settle();
      Node before = world.node(PathBytes.of("a/moving/f"));
      world.inspector.demandScan("test");
      // From what is to be looked at, the last names first, to what was.
      long looked = 0;
      while (world.inspector.step(1)) {
        looked += world.inspector.takeFindings().looked();
        if (looked == 5) {
          world.steps.rename(
              PathBytes.of("a/moving"), PathBytes.of("z/moving"), RenameMode.NO_REPLACE);
          looked = 1000;
        }
      }
      assertThat(looked).isGreaterThan(1000);
      world.finish();
      world.requireEqual();
      assertThat(world.node(PathBytes.of("z/moving/f")).id()).isEqualTo(before.id());
    }
  }

  @Test
  void look_whenADirectoryMovedUnseen_leavesNoNamesBelowTheOneThatIsGone() throws IOException {
    try (LustreWorld world = new LustreWorld(9)) {
      world.steps.makeDirectory(A);
      world.steps.write(A.resolve("f"), 10);
      world.finish();
      world.follow(100);
      world.settle();
      Node moved = world.node("a");
      LocalKey top = world.base.require(NodeId.ROOT).local().key();
      world.steps.rename(A, B, RenameMode.NO_REPLACE);
      world.inspector.look(new Hints().name(top, A, null).directory(moved.local().key()));
      world.finish();
      for (Dirent name : world.base.names(moved.id()).toList()) {
        assertThat(name.placed()).as("%s", name).isNull();
      }
      world.follow(100);
      world.requireEqual();
    }
  }

  @Test
  void step_whenADirectoryWasRenamedSinceItWasFound_findsWhatCannotBeOpened() throws IOException {
    try (LustreWorld world = new LustreWorld(10)) {
      foundAndRenamed(world);
      follow(world);
      world.requireEqual();
    }
  }

  @Test
  void step_whenAnotherDirectoryHasTheOldPath_findsWhatCannotBeOpened() throws IOException {
    try (LustreWorld world = new LustreWorld(11)) {
      foundAndRenamed(world);
      world.steps.makeDirectory(A);
      makeUnopenable(world.steps, A);
      follow(world);
      world.requireEqual();
    }
  }

  private static void follow(LustreWorld world) throws IOException {
    world.finish();
    world.follow(100);
  }

  /** The base has the old path when the names of a directory from outside are looked at. */
  private static void foundAndRenamed(LustreWorld world) throws IOException {
    world.outside.makeDirectory(A);
    makeUnopenable(world.outside, A);
    follow(world); // nothing tells of its entries any more
    world.around.rename(PathBytes.of("a/a"), PathBytes.of("top/a"), RenameMode.NO_REPLACE);
    LocalKey top = world.base.require(NodeId.ROOT).local().key();
    world.inspector.look(new Hints().name(top, A, null));
    world.steps.rename(A, B, RenameMode.NO_REPLACE);
  }

  private static void makeUnopenable(TreeSteps steps, PathBytes path) throws IOException {
    try (PosixDirectory in = steps.tree.openDirectory(steps.at(path))) {
      in.makeNode(PathBytes.of("pipe"), FileType.FIFO, 0600, 0);
      in.makeSymlink(PathBytes.of("link"), PathBytes.of("to " + path));
    }
  }

  @Test
  void look_whenNamesOfMovedDirectoriesAreInACircle_countsEachOnce() throws IOException {
    try (LustreWorld world = new LustreWorld(12)) {
      world.steps.makeDirectory(A);
      world.steps.makeDirectory(B);
      world.steps.write(B.resolve("f"), 10);
      world.finish();
      world.follow(100);
      world.settle();
      LocalKey top = world.base.require(NodeId.ROOT).local().key();
      LocalKey a = world.node("a").local().key();
      LocalKey b = world.node("b").local().key();
      PathBytes inA = PathBytes.of("b");
      PathBytes inB = PathBytes.of("a");
      world.steps.rename(B, A.resolve(inA), RenameMode.NO_REPLACE);
      world.inspector.look(new Hints().name(a, inA, b));
      world.steps.rename(A.resolve(inA), B, RenameMode.NO_REPLACE);
      world.steps.rename(A, B.resolve(inB), RenameMode.NO_REPLACE);
      // With a directory to be looked at, what is gone waits.
      world.inspector.look(new Hints().directory(top).name(b, inB, a));
      world.inspector.look(new Hints().directory(top).name(a, inA, null).name(top, A, null));
      world.around.rename(PathBytes.of("top/b/a"), PathBytes.of("c/a"), RenameMode.NO_REPLACE);
      world.inspector.look(new Hints().directory(top).name(b, inB, null));
      world.around.rename(PathBytes.of("top/b"), PathBytes.of("c/b"), RenameMode.NO_REPLACE);
      world.inspector.look(new Hints().directory(top).name(top, B, null));
      world.finish();
      world.follow(100);
      world.requireEqual();
    }
  }
}
