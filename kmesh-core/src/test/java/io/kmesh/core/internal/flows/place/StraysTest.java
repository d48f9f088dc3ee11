// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
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

/** Temporary names that somebody who looks at the tree sees: what nothing has a use for goes. */
class StraysTest {
  private final Random random = new Random(1);
  private Path top;
  private PosixTree tree;
  private SourceModel model;
  private PlaceWorld world;
  private NodeId directory;

  @BeforeEach
  void open(@TempDir Path dir) throws IOException {
    top = Files.createDirectory(dir.resolve("t"));
    tree = new PlacerTest.Unsynced(JnaPosix.open(top));
    model = new SourceModel(1, PlacerTest.uid(tree));
    world = new PlaceWorld(tree, FlowBase.open(new MemoryOrdered(), 5), PlacerTest.settings(2));
    directory = model.make(NodeId.ROOT, PathBytes.of("d"), FileType.DIRECTORY, new byte[0]);
    world.deliverAll(model, random);
    world.settle(model, random);
  }

  @AfterEach
  void close() throws IOException {
    world.close();
    tree.close();
  }

  private void seen(Path file) throws IOException {
    world.placer.hidden(directory, PathBytes.of(file.getFileName().toString()));
    world.step(true);
  }

  @Test
  void fileOfANodeThatNobodyKnows_goes() throws IOException {
    Path stray = Files.writeString(top.resolve("d/.kmesh~f~77-1"), "bytes");
    seen(stray);
    assertThat(stray).doesNotExist();
  }

  @Test
  void secondName_goes() throws IOException {
    Path stray = Files.writeString(top.resolve("d/.kmesh~f~77-1~2"), "bytes");
    seen(stray);
    assertThat(stray).doesNotExist();
  }

  @Test
  void whatWasSetAside_isDisplaced_sinceItMayBeTheOnlyCopy() throws IOException {
    Path stray = Files.writeString(top.resolve("d/.kmesh~f~77-1~a"), "bytes");
    seen(stray);
    assertThat(stray).doesNotExist();
    assertThat(top.resolve(".kmesh-flow-f/displaced"))
        .isDirectoryRecursivelyContaining("glob:**/.kmesh~f~77-1~a*");
  }

  @Test
  void filesOfOtherFlows_andUsersFiles_stay() throws IOException {
    Path other = Files.writeString(top.resolve("d/.kmesh~g~77-1"), "bytes");
    Path users = Files.writeString(top.resolve("d/.kmesh-notes"), "bytes");
    seen(other);
    seen(users);
    assertThat(other).exists();
    assertThat(users).exists();
  }

  @Test
  void fileThatComes_orCame_stays() throws IOException {
    byte[] bytes = {1, 2, 3};
    NodeId file = model.make(directory, PathBytes.of("f"), FileType.REGULAR, bytes);
    world.deliver(model, List.copyOf(model.changedNames), List.copyOf(model.changedNodes), random);
    world.step(true);
    assertThat(world.placer.wants(10)).hasSize(1);
    world.step(true);
    Dot content = model.nodes.get(file).contentVersion().origin();
    Path temporary = top.resolve("d/.kmesh~f~" + file);
    try (ContentSink sink = world.placer.open(file, content, bytes.length).orElseThrow()) {
      assertThat(temporary).exists();
      seen(temporary);
      assertThat(temporary).exists();
      sink.write(0, ByteBuffer.wrap(bytes));
      sink.done();
    }
    world.placer.hidden(directory, PathBytes.of(temporary.getFileName().toString()));
    assertThat(temporary).exists();
    world.step(true);
    world.step(true);
    assertThat(temporary).doesNotExist();
    assertThat(top.resolve("d/f")).hasBinaryContent(bytes);
  }
}
