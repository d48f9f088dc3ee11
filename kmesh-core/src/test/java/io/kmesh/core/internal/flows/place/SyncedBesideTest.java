// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tree is synced while the engine goes on: only what the sync covers gets a name. */
class SyncedBesideTest {
  private static final byte[] BYTES = {1, 2, 3};

  private final Random random = new Random(1);

  /** Those who wait for the end of a sync. */
  private final Deque<Consumer<Optional<Throwable>>> syncing = new ArrayDeque<>();

  private Path top;
  private PosixTree tree;
  private SourceModel model;
  private PlaceWorld world;
  private NodeId first;
  private NodeId second;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    top = Files.createDirectory(folder.resolve("t"));
    tree = new PlacerTest.Unsynced(JnaPosix.open(top));
    model = new SourceModel(1, PlacerTest.uid(tree));
    world = new PlaceWorld(tree, FlowBase.open(new MemoryOrdered(), 5), PlacerTest.settings(1));
    world.settle(model, random);
    first = model.make(NodeId.ROOT, PathBytes.of("first"), FileType.REGULAR, BYTES);
    second = model.make(NodeId.ROOT, PathBytes.of("second"), FileType.REGULAR, BYTES);
    deliver();
    world.step(true);
    assertThat(world.placer.wants(10)).hasSize(2);
    world.step(true);
    world.placer.flush();
    world.placer.syncBy(
        (sync, ended) -> {
          try {
            sync.run();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
          syncing.add(ended);
        });
  }

  @AfterEach
  void close() throws IOException {
    world.close();
    tree.close();
  }

  private void deliver() throws IOException {
    world.deliver(model, List.copyOf(model.changedNames), List.copyOf(model.changedNodes), random);
    model.changedNames.clear();
    model.changedNodes.clear();
  }

  private void put(NodeId node) throws IOException {
    assertThat(
            world.placer.put(
                node, model.nodes.get(node).contentVersion().origin(), ByteBuffer.wrap(BYTES)))
        .isTrue();
  }

  private void end(Optional<Throwable> failure) {
    syncing.removeFirst().accept(failure);
  }

  @Test
  void contentThatComesAfterTheSyncBegan_getsItsNameAfterTheNextOne() throws IOException {
    put(first);
    assertThat(world.placer.isReady()).isFalse();
    put(second);
    assertThat(world.placer.isReady()).isFalse();
    assertThat(syncing).hasSize(1);
    end(Optional.empty());

    assertThat(world.placer.isReady()).isTrue();
    world.step(true);
    assertThat(top.resolve("first")).exists();
    assertThat(top.resolve("second")).doesNotExist();

    assertThat(world.placer.isReady()).isFalse();
    end(Optional.empty());
    assertThat(world.placer.isReady()).isTrue();
    world.step(true);
    assertThat(top.resolve("second")).exists();
    assertThat(world.placer.isSettled()).isFalse(); // its name is not durable
  }

  @Test
  void registersThatComeMeanwhile_areCommittedByTheStep() throws IOException {
    put(first);
    assertThat(world.placer.isReady()).isFalse();
    model.make(NodeId.ROOT, PathBytes.of("third"), FileType.DIRECTORY, new byte[0]);
    deliver();
    end(Optional.empty());
    assertThat(world.placer.isReady()).isTrue();
    world.step(true);
    assertThat(top.resolve("first")).exists();
    assertThat(top.resolve("third")).isDirectory();
  }

  @Test
  void syncThatFails_failsTheStep_andNothingGetsAName() throws IOException {
    put(first);
    assertThat(world.placer.isReady()).isFalse();
    end(Optional.of(new ProviderException(ErrorKind.NO_SPACE, "No space.")));
    assertThat(world.placer.isReady()).isTrue();
    assertThatThrownBy(() -> world.step(true)).hasMessage("No space.");
    assertThat(top.resolve("first")).doesNotExist();
    assertThat(world.placer.isSettled()).isFalse();
  }

  @Test
  void flush_afterASyncBesideTheEngine_leavesNothingToSync() throws IOException {
    put(first);
    assertThat(world.placer.isReady()).isFalse();
    end(Optional.empty());
    world.placer.flush();
    world.step(true);
    assertThat(top.resolve("first")).exists();
    world.placer.flush();
    assertThat(world.placer.isReady()).isTrue(); // nothing is left to sync
    assertThat(syncing).isEmpty();
  }
}
