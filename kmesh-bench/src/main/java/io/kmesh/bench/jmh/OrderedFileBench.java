// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.jmh;

import io.kmesh.core.internal.state.OrderedFile;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.core.internal.state.SqliteStore;
import io.kmesh.core.internal.time.SystemTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** What a flow's base costs: 800,000 entries of 24 and 100 bytes, as 200,000 files have. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OrderedFileBench {
  private static final int ENTRIES = 800_000;
  private static final int COMMIT = 4000;

  /** Whether neighbouring entries come one after another. */
  @Param({"ordered", "random"})
  public String keys;

  private final byte[][] all = new byte[ENTRIES][];
  private final byte[] value = new byte[100];
  private Path folder;
  private OrderedFile store;

  /** Makes a store with all entries. */
  @Setup(Level.Iteration)
  public void setUp() throws IOException {
    folder = Scratch.folder();
    SplittableRandom random = new SplittableRandom(1);
    random.nextBytes(value);
    for (int i = 0; i < ENTRIES; i++) {
      long high = keys.equals("random") ? random.nextLong() : i;
      all[i] = ByteBuffer.allocate(24).putLong(high).putLong(i).putLong(7).array();
    }
    store = OrderedFile.open(folder.resolve("flow.db"), SqliteStore.Use.LOCAL, SystemTime.INSTANCE);
    putAll();
  }

  /** Removes it. */
  @TearDown(Level.Iteration)
  public void tearDown() throws IOException {
    store.close();
    Scratch.delete(folder);
  }

  private void putAll() throws IOException {
    for (int i = 0; i < ENTRIES; i++) {
      store.put(all[i], value);
      if (i % COMMIT == COMMIT - 1) {
        store.commit();
      }
    }
  }

  /** Puts all entries once more, 4,000 a commit. */
  @Benchmark
  @OperationsPerInvocation(ENTRIES)
  public void put() throws IOException {
    putAll();
  }

  /** Gets all entries. */
  @Benchmark
  @OperationsPerInvocation(ENTRIES)
  public void get(Blackhole sink) throws IOException {
    for (byte[] key : all) {
      sink.consume(store.get(key));
    }
  }

  /** Goes over all entries. */
  @Benchmark
  @OperationsPerInvocation(ENTRIES)
  public void scan(Blackhole sink) throws IOException {
    try (OrderedStore.Cursor cursor = store.scan(new byte[0], null)) {
      while (cursor.next()) {
        sink.consume(cursor.key());
        sink.consume(cursor.value());
      }
    }
  }
}
