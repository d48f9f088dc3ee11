// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.core.internal.flows.place.LocalKeys;
import io.kmesh.core.internal.flows.place.PlaceSettings;
import io.kmesh.core.internal.flows.place.Placer;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.engine.PosixTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyTree;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeTargetTest {
  private static final long SOURCE = 77;
  private static final byte[] BYTES = "bytes".getBytes(StandardCharsets.UTF_8);
  private static final NodeId FILE = new NodeId(SOURCE, 1);
  private static final Dot CONTENT = new Dot(SOURCE, 2);

  @TempDir Path dir;
  private final ManualTime time = ManualTime.create();
  private FlowBase base;

  @BeforeEach
  void openBase() throws IOException {
    base = FlowBase.open(new MemoryOrdered(), 5);
  }

  private Link registers() throws IOException {
    return registers(FILE, CONTENT, "file");
  }

  private Link registers(NodeId node, Dot content, String name) throws IOException {
    Link link = new Link(NodeId.ROOT, PathBytes.of(name));
    Version version = new Version(content, VersionVector.of(SOURCE, content.counter()));
    base.change(
        new Node(
            node,
            FileType.REGULAR,
            0,
            PathBytes.EMPTY,
            new Attributes(0600, 0, 0),
            version,
            new Content(BYTES.length, new FileTime(1, 0)),
            version,
            null,
            List.of(),
            0));
    Dirent none = base.dirent(link);
    base.change(none, none.to(node, version));
    return link;
  }

  private TreeTarget target(PosixTree tree) throws IOException {
    Placer placer = Placer.begin(tree, base, PlaceSettings.of("f", LocalKeys.POSIX));
    return new TreeTarget(base, placer, time, drift -> {});
  }

  private static void step(TreeTarget target) throws IOException {
    for (int i = 0; i < 10; i++) {
      target.step();
    }
  }

  @Test
  void whatAnEarlierProcessStoredAlone_isNotPlaced_beforeItIs() throws IOException {
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget first = target(tree);
      first.changed(registers());
      first.changed(FILE, Message.Delivery.ON_DEMAND);
      step(first);
      base.commit();

      TreeTarget second = target(tree);
      step(second);
      assertThat(second.newest()).isGreaterThan(second.done());

      assertThat(second.wants(10)).hasSize(1);
      second.contents().data(FILE, CONTENT, BYTES.length, 0, ByteBuffer.wrap(BYTES));
      step(second);
      assertThat(second.newest()).isEqualTo(second.done());
      assertThat(Files.readAllBytes(dir.resolve("file"))).isEqualTo(BYTES);
    }
  }

  @Test
  void fileThatIsWrittenAgain_isPlaced_asFarAsTheMarkKnewIt() throws IOException {
    NodeId other = new NodeId(SOURCE, 3);
    Dot first = new Dot(SOURCE, 4);
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget target = target(tree);
      target.changed(registers());
      target.changed(FILE, Message.Delivery.PUSHED);
      target.changed(registers(other, first, "other"));
      target.changed(other, Message.Delivery.PUSHED);
      step(target);
      target.contents().data(other, first, BYTES.length, 0, ByteBuffer.wrap(BYTES));
      step(target);
      assertThat(dir.resolve("other")).exists();
      long before = target.newest();

      Dot second = new Dot(SOURCE, 5);
      Version version = new Version(second, VersionVector.of(SOURCE, second.counter()));
      base.change(
          base.require(other).withContent(new Content(BYTES.length, new FileTime(2, 0)), version));
      target.changed(other, Message.Delivery.PUSHED);
      step(target);
      assertThat(target.done()).isLessThan(before); // the first file is not here yet

      target.contents().data(FILE, CONTENT, BYTES.length, 0, ByteBuffer.wrap(BYTES));
      step(target);
      assertThat(target.done()).isEqualTo(before).isLessThan(target.newest());

      target.contents().data(other, second, BYTES.length, 0, ByteBuffer.wrap(BYTES));
      step(target);
      assertThat(target.done()).isEqualTo(target.newest());
    }
  }

  @Test
  void fullDisk_isAProblemOfThatFile_andPassesByItself() throws IOException {
    FaultPlan plan = FaultPlan.on("write").fail(1, Errno.ENOSPC);
    try (PosixTree tree = FaultyTree.of(PosixTrees.open(dir), plan, time)) {
      TreeTarget target = target(tree);
      target.changed(registers());
      target.changed(FILE, Message.Delivery.PUSHED);
      step(target);
      target.contents().data(FILE, CONTENT, BYTES.length, 0, ByteBuffer.wrap(BYTES));
      step(target);
      assertThat(target.listProblems())
          .singleElement()
          .satisfies(
              p -> {
                assertThat(p.path()).isEqualTo(PathBytes.of("file"));
                assertThat(p.message()).contains("can't be written at the target");
              });

      time.advance(Duration.ofSeconds(11));
      assertThat(target.wants(10)).hasSize(1);
      target.contents().data(FILE, CONTENT, BYTES.length, 0, ByteBuffer.wrap(BYTES));
      step(target);
      assertThat(target.listProblems()).isEmpty();
      assertThat(Files.readAllBytes(dir.resolve("file"))).isEqualTo(BYTES);
    }
  }

  @Test
  void bytesOfAnotherSizeThanTheRegisters_areRefused() throws IOException {
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget target = target(tree);
      target.changed(registers());
      target.changed(FILE, Message.Delivery.ON_DEMAND);
      step(target);
      assertThat(target.wants(10)).hasSize(1);
      assertThatThrownBy(
              () -> target.contents().hole(FILE, CONTENT, Long.MAX_VALUE, 0, Long.MAX_VALUE))
          .hasMessageContaining("its register says 5");
    }
  }

  /** Half of a content came, and the register got another one. */
  private Dot superseded(TreeTarget target) throws IOException {
    target.changed(registers());
    target.changed(FILE, Message.Delivery.ON_DEMAND);
    step(target);
    assertThat(target.wants(10)).hasSize(1);
    target.contents().data(FILE, CONTENT, BYTES.length, 0, ByteBuffer.wrap(BYTES, 0, 2));
    Dot next = new Dot(SOURCE, 3);
    base.change(
        base.require(FILE)
            .withContent(
                new Content(BYTES.length, new FileTime(2, 0)),
                new Version(next, VersionVector.of(SOURCE, 3))));
    target.changed(FILE, Message.Delivery.ON_DEMAND);
    step(target);
    return next;
  }

  @Test
  void partOfAContentThatIsNotWantedAnyMore_isDropped() throws IOException {
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget target = target(tree);
      superseded(target);
      assertThat(dir.resolve(".kmesh~f~" + FILE)).doesNotExist();
    }
  }

  @Test
  void partOfWhatWasRemoved_isDropped() throws IOException {
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget target = target(tree);
      Link link = registers();
      target.changed(link);
      target.changed(FILE, Message.Delivery.ON_DEMAND);
      step(target);
      assertThat(target.wants(10)).hasSize(1);
      target.contents().data(FILE, CONTENT, BYTES.length, 0, ByteBuffer.wrap(BYTES, 0, 2));
      Dirent name = base.dirent(link);
      base.change(
          name,
          name.gone(
              new Version(new Dot(SOURCE, 3), VersionVector.of(SOURCE, 3)), VersionVector.EMPTY));
      target.changed(link);
      step(target);
      assertThat(dir.resolve(".kmesh~f~" + FILE)).doesNotExist();
      assertThat(target.newest()).isEqualTo(target.done());
    }
  }

  /** A content that was announced is not asked for, unless it came and was dropped. */
  @Test
  void contentThatCameAndWasDropped_isAskedFor_whenItsFileHasANameAgain() throws IOException {
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget target = target(tree);
      Link link = announced(target);
      target.contents().data(FILE, CONTENT, BYTES.length, 0, ByteBuffer.wrap(BYTES));
      hasItsNameAgain_andIsAskedFor(target, link);
    }
  }

  @Test
  void contentThatWasPlacedAndRemoved_isAskedFor_whenItsFileHasANameAgain() throws IOException {
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget target = target(tree);
      Link link = announced(target);
      target.contents().data(FILE, CONTENT, BYTES.length, 0, ByteBuffer.wrap(BYTES));
      step(target);
      assertThat(dir.resolve("file")).exists();
      hasItsNameAgain_andIsAskedFor(target, link);
    }
  }

  @Test
  void contentThatCameASecondTime_isAskedFor_whenItsFileWasRemovedAndHasANameAgain()
      throws IOException {
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget target = target(tree);
      Link link = announced(target);
      target.contents().data(FILE, CONTENT, BYTES.length, 0, ByteBuffer.wrap(BYTES));
      step(target);
      target.changed(FILE, Message.Delivery.PUSHED);
      target.contents().data(FILE, CONTENT, BYTES.length, 0, ByteBuffer.wrap(BYTES));
      step(target);
      assertThat(dir.resolve("file")).exists();
      hasItsNameAgain_andIsAskedFor(target, link);
    }
  }

  /** A file whose content is to come unasked, behind another of which nothing comes. */
  private Link announced(TreeTarget target) throws IOException {
    NodeId other = new NodeId(SOURCE, 10);
    target.changed(registers(other, new Dot(SOURCE, 11), "does not come"));
    target.changed(other, Message.Delivery.PUSHED);
    Link link = registers();
    target.changed(link);
    target.changed(FILE, Message.Delivery.PUSHED);
    step(target);
    assertThat(target.wants(10)).isEmpty();
    return link;
  }

  private void hasItsNameAgain_andIsAskedFor(TreeTarget target, Link link) throws IOException {
    Dirent name = base.dirent(link);
    base.change(
        name,
        name.gone(
            new Version(new Dot(SOURCE, 20), VersionVector.of(SOURCE, 20)), VersionVector.EMPTY));
    target.changed(link);
    step(target);
    assertThat(dir.resolve("file")).doesNotExist();
    Dirent gone = base.dirent(link);
    base.change(
        gone, gone.to(FILE, new Version(new Dot(SOURCE, 21), VersionVector.of(SOURCE, 21))));
    target.changed(link);
    step(target);
    assertThat(target.wants(10)).extracting(Message.Wanted::node).containsExactly(FILE);
    target.contents().data(FILE, CONTENT, BYTES.length, 0, ByteBuffer.wrap(BYTES));
    step(target);
    assertThat(Files.readAllBytes(dir.resolve("file"))).isEqualTo(BYTES);
  }

  @Test
  void partThatIsDroppedLate_leavesTheWholeFileOfTheNextContent() throws IOException {
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget target = target(tree);
      Dot next = superseded(target);
      // A way that is slow brings more of the old one, just when the new one is whole.
      target.contents().data(FILE, CONTENT, BYTES.length, 2, ByteBuffer.wrap(BYTES, 2, 1));
      target.contents().data(FILE, next, BYTES.length, 0, ByteBuffer.wrap(BYTES));
      target.wantAgain();
      step(target);
      assertThat(target.listProblems()).isEmpty();
      assertThat(Files.readAllBytes(dir.resolve("file"))).isEqualTo(BYTES);
    }
  }

  @Test
  void refusedContent_isAProblem_untilItIsHere_whateverIsAskedAgain() throws IOException {
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget target = target(tree);
      target.changed(registers());
      target.changed(FILE, Message.Delivery.ON_DEMAND);
      step(target);
      assertThat(target.wants(10)).hasSize(1);
      target.gone(new Message.Gone(FILE, CONTENT, Message.Cause.UNREADABLE, "none"));
      step(target);
      assertThat(target.done()).isEqualTo(target.newest());
      assertThat(target.problems()).isOne();

      target.wantAgain(); // another way
      assertThat(target.wants(10)).hasSize(1);
      step(target);
      assertThat(target.problems()).isOne();
      target.contents().data(FILE, CONTENT, BYTES.length, 0, ByteBuffer.wrap(BYTES));
      step(target);
      assertThat(target.problems()).isZero();
    }
  }

  @Test
  void contentOfARemovedFile_isNoProblemAnyMore() throws IOException {
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget target = target(tree);
      Link link = registers();
      target.changed(link);
      target.changed(FILE, Message.Delivery.ON_DEMAND);
      step(target);
      target.gone(new Message.Gone(FILE, CONTENT, Message.Cause.UNREADABLE, "none"));
      step(target);
      assertThat(target.problems()).isOne();
      Dirent before = base.dirent(link);
      Dot removal = new Dot(SOURCE, 3);
      VersionVector seen = VersionVector.of(SOURCE, 3);
      base.change(before, before.gone(new Version(removal, seen), seen));
      target.changed(link);
      time.advance(Duration.ofSeconds(11));
      assertThat(target.wants(10)).isEmpty();
      step(target);
      assertThat(target.problems()).isZero();
    }
  }

  @Test
  void refusedContents_areRememberedUpToABound_andAllAskedAgain() throws IOException {
    int count = Refusals.MOST + 10;
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget target = target(tree);
      for (int i = 0; i < count; i++) {
        NodeId node = new NodeId(SOURCE, 10 + i);
        target.changed(registers(node, new Dot(SOURCE, 10 + i), "f" + i));
        target.changed(node, Message.Delivery.ON_DEMAND);
      }
      step(target);
      for (Message.Wanted wanted : target.wants(count)) {
        target.gone(
            new Message.Gone(wanted.node(), wanted.content(), Message.Cause.UNREADABLE, "no room"));
      }
      step(target);
      assertThat(target.lateCount()).isEqualTo(Refusals.MOST);
      assertThat(target.problems()).isEqualTo(Refusals.MOST);
      assertThat(target.listProblems()).hasSize(EndStatus.MOST_PROBLEMS);
      assertThat(target.done()).isLessThan(target.newest());

      time.advance(Duration.ofSeconds(11));
      Set<NodeId> again = new HashSet<>();
      for (List<Message.Wanted> wants = target.wants(count);
          !wants.isEmpty();
          wants = target.wants(count)) {
        wants.forEach(w -> again.add(w.node()));
      }
      assertThat(again).hasSize(count);
    }
  }

  @Test
  void goneOfWhatNobodyLacks_isNoProblem_andIsNotKept() throws IOException {
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget target = target(tree);
      target.changed(registers());
      target.changed(FILE, Message.Delivery.ON_DEMAND);
      step(target);
      assertThat(target.wants(10)).hasSize(1);
      for (Dot content : new Dot[] {new Dot(SOURCE, 1), new Dot(9, 9)}) {
        target.gone(new Message.Gone(FILE, content, Message.Cause.UNREADABLE, "none"));
      }
      target.gone(new Message.Gone(new NodeId(9, 9), CONTENT, Message.Cause.UNREADABLE, "none"));
      assertThat(target.lateCount()).isZero();
      target.gone(new Message.Gone(FILE, CONTENT, Message.Cause.UNREADABLE, "none"));
      assertThat(target.lateCount()).isOne();
    }
  }

  @Test
  void contentThatMovedWhileItWasRead_isAskedForSoon_andEachTimeLater() throws IOException {
    try (PosixTree tree = PosixTrees.open(dir)) {
      TreeTarget target = target(tree);
      target.changed(registers());
      target.changed(FILE, Message.Delivery.ON_DEMAND);
      step(target);
      assertThat(target.wants(10)).hasSize(1);
      Duration pause = LateContents.FIRST;
      while (pause.compareTo(LateContents.LONGEST) < 0) {
        for (int twice = 0; twice < 2; twice++) { // as a peer may, of its parts
          target.gone(new Message.Gone(FILE, CONTENT, Message.Cause.SUPERSEDED, "it moved"));
        }
        assertThat(target.pause()).isEqualTo(pause);
        time.advance(pause.minusNanos(1));
        assertThat(target.wants(10)).isEmpty();
        time.advance(Duration.ofNanos(1));
        assertThat(target.wants(10)).hasSize(1);
        pause = pause.multipliedBy(2);
      }
      target.gone(new Message.Gone(FILE, CONTENT, Message.Cause.SUPERSEDED, "it moved"));
      assertThat(target.pause()).isEqualTo(LateContents.LONGEST);
      target.contents().data(FILE, CONTENT, BYTES.length, 0, ByteBuffer.wrap(BYTES));
      step(target);
      assertThat(target.lateCount()).isZero();
      time.advance(LateContents.LONGEST);
      assertThat(target.wants(10)).isEmpty();
    }
  }
}
