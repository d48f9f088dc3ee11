// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links bring bytes until they hear that an end closed: these find no tree, and no failure. */
class ClosedPlacerTest {
  private static final int FILES = 40;

  @TempDir Path directory;

  /** A tree that nobody may use after it was closed. */
  private static final class Closing extends ForwardingPosixTree {
    private final PosixTree real;
    private volatile boolean isClosed;

    Closing(PosixTree real) {
      this.real = real;
    }

    @Override
    protected PosixTree delegate() {
      return real;
    }

    @Override
    public PosixDirectory openRoot() throws IOException {
      if (isClosed) {
        throw new ProviderException(Errno.EBADF, "Cannot open the root: the tree is closed.");
      }
      return super.openRoot();
    }

    @Override
    public void close() throws IOException {
      isClosed = true;
      super.close();
    }
  }

  /** A placer that wants the contents of files in directories of their own. */
  private PlaceWorld wanting(PosixTree tree, SourceModel model, String top) throws IOException {
    PlaceWorld world =
        new PlaceWorld(tree, FlowBase.open(new MemoryOrdered(), 5), PlacerTest.settings(1));
    for (int i = 0; i < FILES; i++) {
      NodeId in = model.make(NodeId.ROOT, PathBytes.of(top + i), FileType.DIRECTORY, new byte[0]);
      model.make(in, PathBytes.of("file"), FileType.REGULAR, ("text " + i).getBytes(UTF_8));
    }
    world.deliverAll(model, new Random(1));
    for (int i = 0; i < 5; i++) {
      world.step(true);
    }
    return world;
  }

  @Test
  void bytesThatComeLate_areNotTaken() throws Exception {
    PosixTree tree = new Closing(JnaPosix.open(directory));
    SourceModel model = new SourceModel(1, PlacerTest.uid(tree));
    PlaceWorld world = wanting(tree, model, "d");
    world.placer.askAgain();
    List<Want> wants = world.placer.wants(100);
    assertThat(wants).isNotEmpty();
    world.placer.close();
    tree.close();
    for (Want want : wants) {
      byte[] bytes = model.contents.get(want.content());
      assertThat(world.placer.put(want.node(), want.content(), ByteBuffer.wrap(bytes))).isFalse();
      assertThat(world.placer.open(want.node(), want.content(), bytes.length)).isEmpty();
    }
    assertThat(temporary()).isEmpty();
  }

  @Test
  void bytesThatComeWhileItCloses_leaveNoFileOpen_andFindNoClosedTree() throws Exception {
    Executor threads = command -> new Thread(command, "test-bytes").start();
    for (int round = 0; round < 20; round++) {
      Path top = Files.createDirectory(directory.resolve("r" + round));
      PosixTree tree = new Closing(JnaPosix.open(top));
      SourceModel model = new SourceModel(round, PlacerTest.uid(tree));
      PlaceWorld world = wanting(tree, model, "d");
      world.placer.askAgain();
      List<Want> wants = world.placer.wants(100);
      CountDownLatch begun = new CountDownLatch(2);
      List<CompletableFuture<?>> all = new ArrayList<>();
      for (int thread = 0; thread < 2; thread++) {
        int first = thread;
        all.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int i = first; i < wants.size(); i += 2) {
                    bring(world.placer, wants.get(i), model);
                    if (i < 2 + first) {
                      begun.countDown();
                    }
                  }
                },
                threads));
      }
      begun.await();
      world.placer.close();
      tree.close();
      for (CompletableFuture<?> one : all) {
        one.get();
      }
      assertThat(temporary()).as("round %s", round).isEmpty();
    }
  }

  /** Half of it: what is in the middle when the end closes must be dropped by somebody. */
  private static void bring(Placer placer, Want want, SourceModel model) {
    byte[] bytes = model.contents.get(want.content());
    try {
      placer
          .open(want.node(), want.content(), bytes.length)
          .ifPresent(
              sink -> {
                try {
                  sink.write(0, ByteBuffer.wrap(bytes, 0, 1));
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private List<Path> temporary() throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(one -> one.getFileName().toString().startsWith(".kmesh~")).toList();
    }
  }
}
