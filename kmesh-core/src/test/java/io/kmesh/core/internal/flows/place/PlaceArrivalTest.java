// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contents that come while the names around them change: each is placed once, and none is left. */
class PlaceArrivalTest {
  private static final byte[] OLD = {1, 2, 3};
  private static final byte[] NEW = {4, 5, 6, 7};

  private final Random random = new Random(1);
  private PosixTree tree;
  private SourceModel model;
  private PlaceWorld world;
  private NodeId directory;
  private NodeId file;

  @BeforeEach
  void open(@TempDir Path top) throws IOException {
    tree = new PlacerTest.Unsynced(JnaPosix.open(Files.createDirectory(top.resolve("t"))));
    model = new SourceModel(1, PlacerTest.uid(tree));
    world = new PlaceWorld(tree, FlowBase.open(new MemoryOrdered(), 5), PlacerTest.settings(2));
    directory = make(NodeId.ROOT, "d", FileType.DIRECTORY, new byte[0]);
    settle();
    file = make(directory, "f", FileType.REGULAR, OLD);
    deliver();
    world.step(true);
    assertThat(world.placer.wants(10)).extracting(Want::node).containsExactly(file);
    world.step(true);
  }

  @AfterEach
  void close() throws IOException {
    world.close();
    tree.close();
  }

  private NodeId make(NodeId parent, String name, FileType type, byte[] bytes) {
    return model.make(parent, PathBytes.of(name), type, bytes);
  }

  private static Link link(NodeId parent, String name) {
    return new Link(parent, PathBytes.of(name));
  }

  private void deliver() throws IOException {
    world.deliver(model, List.copyOf(model.changedNames), List.copyOf(model.changedNodes), random);
    model.changedNames.clear();
    model.changedNodes.clear();
  }

  private void settle() throws IOException {
    world.deliverAll(model, random);
    world.settle(model, random);
    assertThat(PlaceWorld.actual(tree)).isEqualTo(PlaceWorld.expected(model));
    world.requireTidy();
  }

  private boolean put(NodeId node, byte[] bytes) throws IOException {
    return world.placer.put(
        node, model.nodes.get(node).contentVersion().origin(), ByteBuffer.wrap(bytes));
  }

  @Test
  void wholeContent_isNotWantedAgain_beforeAStepTakesIt() throws IOException {
    assertThat(put(file, OLD)).isTrue();
    world.placer.changed(link(directory, "f"));
    world.placer.askAgain();
    assertThat(world.placer.wants(10)).isEmpty();
    assertThat(put(file, OLD)).isFalse();
    settle();
    assertThat(put(file, OLD)).isFalse();
    world.requireTidy();
  }

  @Test
  void contentInADirectoryThatMoves_isPlaced_whenItsOwnDirectoryComesLater() throws IOException {
    assertThat(put(file, OLD)).isTrue();
    model.rename(link(NodeId.ROOT, "d"), NodeId.ROOT, PathBytes.of("e"));
    NodeId later = make(NodeId.ROOT, "later", FileType.DIRECTORY, new byte[0]);
    model.rename(link(directory, "f"), later, PathBytes.of("g"));
    model.changedNames.remove(link(NodeId.ROOT, "later"));
    deliver();
    world.step(true);
    world.step(true);
    world.deliver(model, List.of(link(NodeId.ROOT, "later")), List.of(), random);
    world.step(true);
    world.step(true);
    assertThat(world.placer.problems()).isEmpty();
    settle();
  }

  @Test
  void newContent_ofAFileThatHadNoNameForAWhile_isWantedAgain() throws IOException {
    assertThat(put(file, OLD)).isTrue();
    settle();
    model.write(file, NEW);
    deliver();
    world.step(false);
    assertThat(world.placer.wants(10)).hasSize(1);
    model.rename(link(directory, "f"), directory, PathBytes.of("g"));
    world.deliver(model, List.of(link(directory, "f")), List.of(), random);
    world.step(false);
    model.rename(link(directory, "g"), directory, PathBytes.of("f"));
    world.deliver(model, List.of(link(directory, "f")), List.of(), random);
    world.step(false);
    assertThat(world.placer.wants(10)).extracting(Want::node).containsExactly(file);
    settle();
  }

  @Test
  void halfContent_isDropped_whenAnotherComesElsewhere() throws IOException {
    ContentSink half =
        world
            .placer
            .open(file, model.nodes.get(file).contentVersion().origin(), OLD.length)
            .orElseThrow();
    half.write(0, ByteBuffer.wrap(OLD, 0, 1));
    model.rename(link(directory, "f"), NodeId.ROOT, PathBytes.of("g"));
    model.write(file, NEW);
    deliver();
    world.step(true);
    assertThat(world.placer.wants(10)).extracting(Want::node).containsExactly(file);
    world.step(true);
    try (ContentSink whole =
        world
            .placer
            .open(file, model.nodes.get(file).contentVersion().origin(), NEW.length)
            .orElseThrow()) {
      half.close();
      whole.write(0, ByteBuffer.wrap(NEW));
      whole.done();
    }
    settle();
  }

  /** Over two ways; the file's time is what its register says, also while nobody looks. */
  @Test
  void contentThatComesTwiceAtOnce_leavesTheWholeFileAsItIs() throws IOException {
    Dot content = model.nodes.get(file).contentVersion().origin();
    ContentSink one = world.placer.open(file, content, OLD.length).orElseThrow();
    ContentSink other = world.placer.open(file, content, OLD.length).orElseThrow();
    one.write(0, ByteBuffer.wrap(OLD));
    one.done();
    other.write(0, ByteBuffer.wrap(OLD));
    other.done();
    other.close();
    one.close();
    world.step(true);
    world.step(true);
    assertThat(world.placer.wants(10)).isEmpty();
    settle();
  }

  @Test
  void oldWholeContent_takesNothingOfTheNewOne_whenItIsDropped() throws IOException {
    assertThat(put(file, OLD)).isTrue();
    model.write(file, NEW);
    world.deliver(model, List.of(), List.of(file), random);
    world.placer.changed(link(directory, "f"));
    assertThat(world.placer.wants(10)).hasSize(1);
    assertThat(put(file, NEW)).isTrue();
    world.step(true);
    world.step(true);
    assertThat(world.placer.wants(10)).isEmpty();
    settle();
  }
}
