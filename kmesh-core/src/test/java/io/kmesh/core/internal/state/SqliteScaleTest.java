// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.state.SqliteState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As many records as a tree of 200,000 files leaves, in random order. */
@Tag("scale")
final class SqliteScaleTest {
  private static final int THREADS = 4;
  private static final int EACH = 64_000;
  private static final int BATCH = 64;

  @TempDir private Path directory;

  @Test
  void apply_whenThereAreManyRecords_keepsTheLogSmallAndFindsAll() throws Exception {
    Path file = directory.resolve("state.db");
    try (SqliteState state = SqliteState.at(file)) {
      ExecutorService pool = Executors.newFixedThreadPool(THREADS);
      try {
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
          int thread = t;
          tasks.add(() -> write(state, thread));
        }
        for (Future<Boolean> future : pool.invokeAll(tasks)) {
          assertThat(future.get()).isTrue();
        }
      } finally {
        pool.shutdownNow();
      }
      assertThat(state.count("k", "")).isEqualTo((long) THREADS * EACH);
      assertThat(Files.size(directory.resolve("state.db-wal"))).isLessThan(200L << 20);
      assertThat(scanAll(state)).isEqualTo((long) THREADS * EACH);
    }
  }

  private static boolean write(SqliteState state, int thread) throws Exception {
    for (int i = 0; i < EACH; i += BATCH) {
      List<StateChange> changes = new ArrayList<>();
      for (int j = i; j < i + BATCH; j++) {
        // A multiplication by an odd number visits every number once, in no order.
        long id = (thread * (long) EACH + j) * 0x9e3779b97f4a7c15L;
        changes.add(
            new StateChange.Put(new RecordKey("k", Long.toHexString(id)), "", 0, new byte[200], 0));
      }
      state.apply(changes);
    }
    return true;
  }

  private static long scanAll(SqliteState state) throws Exception {
    long found = 0;
    String after = "";
    List<StateRecord> page;
    do {
      page = state.scan("k", "", after, 10_000);
      found += page.size();
      after = page.isEmpty() ? after : page.get(page.size() - 1).key().id();
    } while (!page.isEmpty());
    return found;
  }
}
