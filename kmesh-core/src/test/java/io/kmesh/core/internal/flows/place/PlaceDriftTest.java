// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyTree;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody else did to the tree is kept and told, and what fails does not stop the rest. */
class PlaceDriftTest {
  private static final byte[] OLD = {1, 2, 3};
  private static final byte[] NEW = {4, 5, 6, 7};

  @TempDir private Path top;
  private PosixTree tree;
  private SourceModel model;
  private PlaceWorld world;
  private final Random random = new Random(1);

  @BeforeEach
  void open() throws IOException {
    open(new PlacerTest.Unsynced(JnaPosix.open(Files.createDirectory(top.resolve("t")))));
  }

  private void open(PosixTree opened) throws IOException {
    tree = opened;
    model = new SourceModel(1, PlacerTest.uid(tree));
    world = new PlaceWorld(tree, FlowBase.open(new MemoryOrdered(), 5), PlacerTest.settings(2));
  }

  @AfterEach
  void close() throws IOException {
    world.close();
    tree.close();
  }

  private void settle() throws IOException {
    world.deliverAll(model, random);
    world.settle(model, random);
    assertThat(PlaceWorld.actual(tree)).isEqualTo(PlaceWorld.expected(model));
    world.requireTidy();
  }

  private Path file(String name) {
    return top.resolve("t").resolve(name);
  }

  private static PathBytes n(String name) {
    return PathBytes.of(name);
  }

  @Test
  void aFileThatWasWrittenHereIsKeptWhenItIsReplaced() throws IOException {
    NodeId id = model.make(NodeId.ROOT, n("f"), FileType.REGULAR, OLD);
    settle();
    Files.write(file("f"), new byte[] {9});
    model.write(id, NEW);
    settle();
    assertThat(world.drifts).hasSize(1);
    assertThat(Files.readAllBytes(file(world.drifts.get(0).kept().toString()))).containsExactly(9);
  }

  @Test
  void aFileThatWasWrittenHereIsKeptWhenItIsRemoved() throws IOException {
    model.make(NodeId.ROOT, n("f"), FileType.REGULAR, OLD);
    settle();
    Files.write(file("f"), new byte[] {9});
    model.remove(NodeId.ROOT, n("f"));
    settle();
    assertThat(Files.readAllBytes(file(world.drifts.get(0).kept().toString()))).containsExactly(9);
  }

  /** Somebody moved it from where the flow knows it to where its name is about to go. */
  @Test
  void theOnlyNameThatAFileHasIsNotRemovedWhileTheFlowHasAnotherForIt() throws IOException {
    NodeId id = model.make(NodeId.ROOT, n("f"), FileType.REGULAR, OLD);
    model.link(id, NodeId.ROOT, n("g"));
    settle();
    Files.delete(file("f"));
    model.remove(NodeId.ROOT, n("g"));
    world.deliverAll(model, random);
    for (int i = 0; i < 6; i++) {
      world.step(true); // and no bytes come
    }
    assertThat(file("f")).hasBinaryContent(OLD);
    assertThat(file("g")).doesNotExist();
    settle();
    assertThat(world.drifts).isEmpty();
  }

  @Test
  void whatNobodyKnowsIsDisplacedAndDirectoriesAreAdopted() throws IOException {
    Files.write(file("f"), OLD);
    Files.createDirectory(file("d"));
    Files.write(file("d").resolve("mine"), OLD);
    NodeId d = model.make(NodeId.ROOT, n("d"), FileType.DIRECTORY, new byte[0]);
    model.make(NodeId.ROOT, n("f"), FileType.REGULAR, NEW);
    world.deliverAll(model, random);
    world.settle(model, random);
    assertThat(world.drifts).extracting(Drift::path).containsExactly(n("f"));
    assertThat(Files.readAllBytes(file(world.drifts.get(0).kept().toString()))).isEqualTo(OLD);
    assertThat(Files.readAllBytes(file("d").resolve("mine"))).isEqualTo(OLD);
    assertThat(Files.readAllBytes(file("f"))).isEqualTo(NEW);
    model.remove(NodeId.ROOT, n("d"));
    settle();
    assertThat(world.displaced()).anyMatch(s -> s.startsWith("mine~"));
    assertThat(world.base.require(d).local()).isNull();
  }

  @Test
  void aNameOfAKnownFileInADirectoryThatIsRemovedIsKept() throws IOException {
    model.make(NodeId.ROOT, n("f"), FileType.REGULAR, OLD);
    model.make(NodeId.ROOT, n("d"), FileType.DIRECTORY, new byte[0]);
    settle();
    Files.createLink(file("d").resolve("mine"), file("f"));
    model.remove(NodeId.ROOT, n("d"));
    settle();
    assertThat(Files.isSameFile(file(world.drifts.get(0).kept().toString()), file("f"))).isTrue();
  }

  @Test
  void aDirectoryThatWasReplacedByALinkLeadsNowhere() throws IOException {
    Path outside = Files.createDirectory(top.resolve("outside"));
    NodeId d = model.make(NodeId.ROOT, n("d"), FileType.DIRECTORY, new byte[0]);
    model.make(d, n("f"), FileType.REGULAR, OLD);
    settle();
    Files.move(file("d"), top.resolve("away"));
    Files.createSymbolicLink(file("d"), outside);
    model.make(d, n("g"), FileType.REGULAR, NEW);
    settle();
    assertThat(outside).isEmptyDirectory();
    assertThat(world.displaced()).anyMatch(s -> s.startsWith("d~"));
  }

  @Test
  void whatSomebodyRemovedComesBack() throws IOException {
    NodeId d = model.make(NodeId.ROOT, n("d"), FileType.DIRECTORY, new byte[0]);
    NodeId f = model.make(d, n("f"), FileType.REGULAR, OLD);
    settle();
    Files.delete(file("d").resolve("f"));
    model.write(f, NEW);
    settle();
  }

  @Test
  void longNamesAndNamesThatAreNoTextAreKept() throws IOException {
    byte[] longest = new byte[255];
    Arrays.fill(longest, (byte) 0xc3);
    PathBytes name = PathBytes.of(longest);
    NodeId d = model.make(NodeId.ROOT, name, FileType.DIRECTORY, new byte[0]);
    NodeId f = model.make(d, name, FileType.REGULAR, OLD);
    settle();
    model.write(f, NEW);
    model.exchange(
        new Link(d, name), new Link(NodeId.ROOT, PathBytes.of(new byte[] {(byte) 0xff, 10})));
    model.rename(new Link(d, name), NodeId.ROOT, PathBytes.of(new byte[] {(byte) 0xff, 10}));
    settle();
    assertThat(world.drifts).isEmpty();
  }

  @Test
  void holesStayHoles() throws IOException {
    byte[] bytes = new byte[4 << 20];
    bytes[0] = 1;
    bytes[bytes.length - 1] = 2;
    model.make(NodeId.ROOT, n("f"), FileType.REGULAR, bytes);
    world.deliverAll(model, random);
    world.step(true);
    Want want = world.placer.wants(10).get(0);
    try (ContentSink sink =
        world.placer.open(want.node(), want.content(), want.size()).orElseThrow()) {
      sink.write(0, ByteBuffer.wrap(bytes, 0, 4096));
      sink.hole(4096, bytes.length - 8192);
      sink.write(bytes.length - 4096, ByteBuffer.wrap(bytes, bytes.length - 4096, 4096));
      sink.done();
    }
    settle();
    assertThat(tree.stat(n("f")).blocks()).isLessThan(64);
  }

  @Test
  void aFullTargetIsToldAndTheRestGoesOn() throws IOException {
    close();
    FaultPlan plan = FaultPlan.on("makeDirectory").matching("d0").fail(1, Errno.ENOSPC);
    Path other = Files.createDirectory(top.resolve("t2"));
    open(FaultyTree.of(new PlacerTest.Unsynced(JnaPosix.open(other)), plan, ManualTime.create()));
    NodeId d = model.make(NodeId.ROOT, n("d0"), FileType.DIRECTORY, new byte[0]);
    model.make(d, n("f"), FileType.REGULAR, OLD);
    model.make(NodeId.ROOT, n("d1"), FileType.DIRECTORY, new byte[0]);
    world.deliver(
        model,
        java.util.List.copyOf(model.changedNames),
        java.util.List.copyOf(model.changedNodes),
        random);
    world.step(true);
    assertThat(world.placer.problems()).extracting(Problem::path).containsExactly(n("d0"));
    assertThat(other.resolve("d1")).isDirectory();
    world.placer.retry();
    settle();
    assertThat(world.placer.problems()).isEmpty();
  }

  @Test
  void aContentWithMoreBytesThanItHasIsRefused() throws IOException {
    model.make(NodeId.ROOT, n("f"), FileType.REGULAR, OLD);
    world.deliverAll(model, random);
    world.step(true);
    Want want = world.placer.wants(10).get(0);
    try (ContentSink sink =
        world.placer.open(want.node(), want.content(), want.size()).orElseThrow()) {
      org.assertj.core.api.Assertions.assertThatThrownBy(
              () -> sink.write(1, ByteBuffer.wrap(new byte[3])))
          .hasMessageContaining("it has 3 bytes");
    }
    settle();
  }

  @Test
  void aLustresTreeIsPlaced() throws IOException {
    try (SimulatedLustre lustre = SimulatedLustre.at(Files.createDirectory(top.resolve("l")))) {
      PosixTree lustreTree = lustre.tree();
      SourceModel source = new SourceModel(3, PlacerTest.uid(lustreTree));
      PlaceSettings settings =
          new PlaceSettings(
              "f", LocalKeys.of(lustre.identity()), PlaceSettings.Existing.DISPLACE, 1, 16);
      FlowBase base = FlowBase.open(new MemoryOrdered(), 5);
      try (PlaceWorld there = new PlaceWorld(lustreTree, base, settings)) {
        for (int batch = 0; batch < 4; batch++) {
          for (int i = 0; i < 12; i++) {
            source.step();
          }
          there.deliverAll(source, random);
          there.settle(source, random);
          assertThat(PlaceWorld.actual(lustreTree)).isEqualTo(PlaceWorld.expected(source));
        }
        assertThat(there.drifts).isEmpty();
      }
    }
  }

  @Test
  void aReaderOfTheOldFileKeepsIt() throws IOException {
    NodeId id = model.make(NodeId.ROOT, n("f"), FileType.REGULAR, OLD);
    settle();
    try (PosixFile reader = tree.openFile(n("f"), java.util.Set.of())) {
      model.write(id, NEW);
      settle();
      assertThat(PlaceWorld.read(reader, 3)).isEqualTo(OLD);
    }
  }
}
