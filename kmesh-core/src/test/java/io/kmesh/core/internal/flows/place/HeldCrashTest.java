// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyTree;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the next process makes of the tree when one ended while something was held. */
class HeldCrashTest {
  private final Random random = new Random(1);
  private final MemoryOrdered store = new MemoryOrdered();
  private Path top;
  private PosixTree tree;
  private SourceModel model;
  private PlaceWorld world;

  @BeforeEach
  void open(@TempDir Path dir) throws IOException {
    top = Files.createDirectory(dir.resolve("t"));
    tree = new PlacerTest.Unsynced(JnaPosix.open(top));
    model = new SourceModel(1, PlacerTest.uid(tree));
    world = begin();
  }

  @AfterEach
  void close() throws IOException {
    world.close();
    tree.close();
  }

  private PlaceWorld begin() throws IOException {
    return new PlaceWorld(tree, FlowBase.open(store, 5), PlacerTest.settings(1));
  }

  /** The process ends: what was not committed is lost. */
  private void kill() throws IOException {
    world.placer.close();
    world.base.close();
    store.close();
    store.reopen();
  }

  private static Link link(String name) {
    return new Link(NodeId.ROOT, PathBytes.of(name));
  }

  private NodeId make(String name, FileType type, byte... bytes) {
    return model.make(NodeId.ROOT, PathBytes.of(name), type, bytes);
  }

  private void deliver() throws IOException {
    world.deliver(model, List.copyOf(model.changedNames), List.copyOf(model.changedNodes), random);
    model.changedNames.clear();
    model.changedNodes.clear();
  }

  private void settle() throws IOException {
    deliver();
    world.settle(model, random);
    assertThat(PlaceWorld.actual(tree)).isEqualTo(PlaceWorld.expected(model));
  }

  private Path held(NodeId node) {
    return top.resolve(".kmesh-flow-f/held~" + node);
  }

  @Test
  void fileThatWasHeldAndRemovedBeforeTheKill_isNotHere() throws IOException {
    NodeId old = make("f", FileType.REGULAR, (byte) 1);
    make("g", FileType.REGULAR, (byte) 2);
    settle();
    model.rename(link("g"), NodeId.ROOT, PathBytes.of("f"));
    deliver();
    world.step(false); // more of the batch may come
    assertThat(held(old)).exists();
    world.step(true);
    assertThat(held(old)).doesNotExist();
    kill();
    world = begin();
    assertThat(world.base.require(old).local()).isNull();
    settle();
  }

  @Test
  void fileThatIsHeld_whoseOtherNameUsersTookAway_stays() throws IOException {
    NodeId old = make("f", FileType.REGULAR, (byte) 1);
    model.link(old, NodeId.ROOT, PathBytes.of("g"));
    make("h", FileType.REGULAR, (byte) 2);
    settle();
    Files.delete(top.resolve("g"));
    model.rename(link("h"), NodeId.ROOT, PathBytes.of("f"));
    deliver();
    world.step(false);
    assertThat(held(old)).exists();
    kill();
    world = begin();
    assertThat(held(old)).hasBinaryContent(new byte[] {1});
  }

  /** More directories than are kept open, so that each is opened anew for what comes next. */
  @Test
  void directoryThatSomebodyMoves_whileTheNextProcessLooks_endsNoFlow() throws IOException {
    for (int i = 0; i < 20; i++) {
      make("d" + i, FileType.DIRECTORY);
    }
    settle();
    for (NodeId directory : List.copyOf(model.nodes.keySet())) {
      if (!directory.isRoot()) {
        model.make(directory, PathBytes.of("f"), FileType.REGULAR, new byte[] {1});
      }
    }
    deliver();
    world.step(true);
    world.contents(model, random, 1);
    world.step(true);
    assertThat(top.resolve("d7/f")).exists();
    kill();
    Path stray = Files.writeString(top.resolve("d7/.kmesh~f~77-1"), "bytes");
    FaultPlan moved = FaultPlan.on("openDirectory").matching("d7").after(1).fail(1, Errno.ENOENT);
    world =
        new PlaceWorld(
            FaultyTree.of(tree, moved, ManualTime.create()),
            FlowBase.open(store, 5),
            PlacerTest.settings(1));
    settle();
    assertThat(stray).doesNotExist();
  }

  @Test
  void directoryWithTheNumberOfAFileThatUsersRemoved_isTheDirectory() throws IOException {
    NodeId file = make("f", FileType.REGULAR, (byte) 1);
    settle();
    NodeId directory = make("d", FileType.DIRECTORY);
    deliver();
    world.step(false);
    kill();
    Files.delete(top.resolve("f"));
    try (FlowBase base = FlowBase.open(store, 5);
        PosixDirectory root = tree.openRoot()) {
      Node node = base.require(file);
      Local local = node.local();
      LocalKey key = LocalKey.of(root.stat(PathBytes.of("d")));
      base.keep(
          node.withLocal(
              new Local(
                  key,
                  local.size(),
                  local.mtime(),
                  local.ctime(),
                  local.attributes(),
                  local.content())));
      base.commit();
    }
    store.close();
    store.reopen();
    world = begin();
    assertThat(world.base.dirent(link("d")).placed()).isEqualTo(directory);
  }

  /** What is in it has its other name only in what comes next. */
  @Test
  void directoryThatIsHeld_whileAnotherHasItsName_isNotTakenForThatOne() throws IOException {
    NodeId old = make("d", FileType.DIRECTORY);
    model.make(old, PathBytes.of("f"), FileType.REGULAR, new byte[] {1});
    settle();
    model.rename(new Link(old, PathBytes.of("f")), NodeId.ROOT, PathBytes.of("g"));
    model.remove(NodeId.ROOT, PathBytes.of("d"));
    NodeId other = make("d", FileType.DIRECTORY);
    world.deliver(model, List.of(link("d")), List.of(old, other), random);
    world.step(false); // more of the batch may come
    assertThat(held(old).resolve("f")).exists();
    assertThat(top.resolve("d")).isDirectory();
    kill();
    world = begin();
    assertThat(world.base.dirent(link("d")).placed()).isEqualTo(other);
    assertThat(held(old).resolve("f")).hasBinaryContent(new byte[] {1});
    settle();
    assertThat(world.drifts).isEmpty();
    assertThat(top.resolve("g")).hasBinaryContent(new byte[] {1});
  }

  /** A removed directory and one that has its name, made and not noted. */
  private NodeId replaceDirectory(NodeId old) throws IOException {
    model.remove(NodeId.ROOT, PathBytes.of("d"));
    NodeId other = make("d", FileType.DIRECTORY);
    world.deliver(model, List.of(link("d")), List.of(old, other), random);
    world.step(true);
    assertThat(held(old)).doesNotExist();
    assertThat(top.resolve("d")).isDirectory();
    kill();
    return other;
  }

  @Test
  void directoryThatWasMade_whereOneWasHeldAndRemoved_isTheNewOne() throws IOException {
    NodeId old = make("d", FileType.DIRECTORY);
    settle();
    NodeId other = replaceDirectory(old);
    world = begin();
    assertThat(world.base.dirent(link("d")).placed()).isEqualTo(other);
    assertThat(world.base.require(old).local()).isNull();
    settle();
    assertThat(world.drifts).isEmpty();
  }

  @Test
  void heldDirectory_thatCameBackAsAnotherObject_goesUnlessSomethingIsInIt() throws IOException {
    NodeId old = make("d", FileType.DIRECTORY);
    settle();
    replaceDirectory(old);
    Files.createDirectory(top.resolveSibling("number")); // the next one has another number
    Files.createDirectory(held(old));
    world = begin();
    assertThat(held(old)).doesNotExist();
    settle();
    assertThat(world.drifts).isEmpty();
    kill();
    Files.createDirectory(held(old));
    Files.writeString(held(old).resolve("somebody's"), "bytes");
    world = begin();
    settle();
    assertThat(world.drifts).hasSize(1);
  }
}
