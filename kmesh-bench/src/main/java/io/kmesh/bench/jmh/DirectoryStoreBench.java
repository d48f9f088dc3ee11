// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.jmh;

import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.store.DirectoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Durable puts and reads of small objects in a directory, by the number that are under way at once.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DirectoryStoreBench {
  private static final int BATCH = 256;

  /** How many requests are under way at once. */
  @Param({"1", "16", "256"})
  public int inFlight;

  private final byte[] body = Scratch.bytes(4096);
  private Path folder;
  private DirectoryStore store;
  private long next;

  /** Makes a store with some objects. */
  @Setup
  public void setUp() throws IOException {
    folder = Scratch.folder();
    store = DirectoryStore.at(folder.resolve("store"));
    put4KiB();
  }

  /** Removes it. */
  @TearDown
  public void tearDown() throws IOException {
    store.close();
    Scratch.delete(folder);
  }

  /** Puts 256 objects of 4 KiB; each is durable when its put ends. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void put4KiB() {
    Deque<CompletableFuture<ObjectInfo>> flying = new ArrayDeque<>();
    for (int i = 0; i < BATCH; i++) {
      if (flying.size() == inFlight) {
        flying.remove().join();
      }
      String key = "d" + next % 50 + "/object-" + next % 5000;
      next++;
      flying.add(store.put(key, ByteBuffer.wrap(body), PutOptions.NONE).toCompletableFuture());
    }
    flying.forEach(CompletableFuture::join);
  }

  /** Reads 256 objects of 4 KiB. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void read4KiB() {
    Deque<CompletableFuture<ObjectRange>> flying = new ArrayDeque<>();
    for (int i = 0; i < BATCH; i++) {
      if (flying.size() == inFlight) {
        flying.remove().join();
      }
      String key = "d" + i % 50 + "/object-" + i;
      flying.add(store.read(key, 0, 4096, Condition.none()).toCompletableFuture());
    }
    flying.forEach(CompletableFuture::join);
  }

  /** Lists 256 keys with what is known of them. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public ListPage list() throws IOException {
    return store.blocking().list(new ListRequest("d", null, BATCH));
  }
}
