// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.collect.Collector;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives that share sessions, packs and heads: what one does harms no other. */
class GroupCommitTest {
  private final MemoryStore store = MemoryStore.create();
  private PosixTree files;
  private ArchiveWorld world;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    files = JnaPosix.open(directory);
    // Those who are ready wait a little for those who nearly are.
    world = new ArchiveWorld(files, store, SystemTime.INSTANCE);
  }

  @AfterEach
  void close() throws IOException {
    world.close();
    files.close();
  }

  private PendingArchive begin(int file, int seed) throws IOException {
    try (PosixFile open =
        files.openFile(
            PathBytes.of("begun-" + file),
            Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE))) {
      open.write(ByteBuffer.wrap(ArchiveWorld.bytes(seed)), 0);
      return world.archive().archive(new TestAction(ArchiveWorld.fid(file), open, seed));
    }
  }

  private void collect(boolean endsSessions) throws IOException {
    new Collector(
            world.world().domain(),
            SnapshotStore.READERS,
            new Collector.Settings(1.0, s -> endsSessions, 0, "collector"),
            Retrier.Check.NONE)
        .run();
  }

  @Test
  void whatIsReadButNotCommitted_outlivesTheHeadsOfOthers_andACollection() throws IOException {
    PendingArchive slow = begin(1, 31);
    PendingArchive quick = begin(2, 32);
    quick.commit();
    quick.close();
    collect(false);
    collect(false);
    slow.commit();
    slow.close();
    collect(false);
    collect(false);

    assertThat(world.restored(1)).contains(31);
    assertThat(world.restored(2)).contains(32);
    assertThat(world.world().check().damages()).isEmpty();
    world.world().requireTidy(store);
  }

  @Test
  void sameContentOfTwo_isThere_whicheverOfThemCommits() throws IOException {
    PendingArchive first = begin(1, 7);
    PendingArchive second = begin(2, 7);
    second.commit();
    second.close();
    first.close();

    assertThat(world.restored(1)).isEmpty();
    assertThat(world.restored(2)).contains(7);
    world.world().prune(1.0);
    world.world().prune(1.0);
    assertThat(world.restored(2)).contains(7);
    world.world().requireTidy(store);
  }

  @Test
  void sessionThatACollectionEnded_isTold_andTheNextWorks() throws IOException {
    PendingArchive pending = begin(1, 5);
    PendingArchive other = begin(2, 6);
    collect(true);

    for (PendingArchive each : List.of(pending, other)) {
      assertThatThrownBy(each::commit)
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.TRANSIENT));
      each.close();
    }
    world.archive(1, 5);
    assertThat(world.restored(1)).contains(5);
    world.world().prune(0);
    world.world().requireTidy(store);
  }

  @Test
  void manyAtOnce_shareHeads() throws Exception {
    int count = 200;
    long before = world.world().domain().heads().newest().generation();
    ExecutorService threads = Executors.newFixedThreadPool(50);
    try {
      List<Future<?>> all =
          IntStream.rangeClosed(1, count)
              .<Future<?>>mapToObj(
                  i ->
                      threads.submit(
                          () -> {
                            try {
                              world.archive(i, i);
                            } catch (IOException e) {
                              throw new UncheckedIOException(e);
                            }
                          }))
              .toList();
      for (Future<?> each : all) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } finally {
      threads.shutdown();
    }
    long heads = world.world().domain().heads().newest().generation() - before;
    assertThat(heads).isLessThan(count);
    for (int i = 1; i <= count; i++) {
      assertThat(world.restored(i)).contains(i);
    }
    world.world().requireTidy(store);
  }
}
