// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.engine.TransferPriority;
import io.kmesh.engine.TransferQueue;
import io.kmesh.engine.TransferRequest;
import io.kmesh.state.SqliteState;
import io.kmesh.store.DirectoryStore;
import io.kmesh.unit.DataSize;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many small files through the queue, the directory store and SQLite; prints its figures. */
@Tag("scale")
class SmallFilesScaleTest {
  private static final int FILES = Integer.getInteger("kmesh.scale.files", 20_000);
  private static final int THREADS = Integer.getInteger("kmesh.scale.threads", 32);

  @Test
  void archive_whenManySmallFiles_storesAll(@TempDir Path directory) throws Exception {
    try (DirectoryStore store = DirectoryStore.at(directory.resolve("store"));
        SqliteState state = SqliteState.at(directory.resolve("state.db"))) {
      MirrorFixture world = new MirrorFixture(store, state);
      for (int i = 0; i < FILES; i++) {
        world.write(i + 1, "d" + i / 1000 + "/file-" + i, MirrorFixture.random(i, 2000));
      }
      long begin = SystemTime.INSTANCE.nanoTime();
      AtomicLong done = new AtomicLong();
      try (TransferQueue queue =
          TransferQueue.builder(SystemTime.INSTANCE).threads(THREADS).build()) {
        java.util.List<java.util.concurrent.CompletableFuture<?>> ends =
            new java.util.ArrayList<>();
        for (int i = 0; i < FILES; i++) {
          int n = i + 1;
          ends.add(
              queue
                  .submit(
                      new TransferRequest(
                          "f" + n, TransferPriority.ARCHIVE, "u", DataSize.ofBytes(2000)),
                      context -> {
                        world.archive(MirrorFixture.fid(n));
                        done.incrementAndGet();
                      })
                  .end()
                  .toCompletableFuture());
        }
        java.util.concurrent.CompletableFuture.allOf(
                ends.toArray(java.util.concurrent.CompletableFuture[]::new))
            .join();
      }
      double seconds = (SystemTime.INSTANCE.nanoTime() - begin) / 1e9;
      System.out.printf(
          "%d files of 2,000 bytes in %.1f s with %d threads: %.0f a second, %d commits, %d fsyncs of the state%n",
          FILES, seconds, THREADS, FILES / seconds, state.commits(), state.fsyncs());
      assertThat(done.get()).isEqualTo(FILES);
      for (int i = 0; i < FILES; i += 997) {
        world.assertRestores(MirrorFixture.fid(i + 1));
      }
    }
  }
}
