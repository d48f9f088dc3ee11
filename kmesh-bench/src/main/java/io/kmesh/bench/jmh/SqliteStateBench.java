// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.jmh;

import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.state.SqliteState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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

/** Durable changes of the state by the number of threads that write: they share commits. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SqliteStateBench {
  private static final int BATCH = 256;
  private static final int RECORDS = 4096;

  /** How many threads write. */
  @Param({"1", "4", "16", "64"})
  public int writers;

  private Path folder;
  private SqliteState state;
  private ExecutorService pool;

  /** Makes a state with some records. */
  @Setup
  public void setUp() throws Exception {
    folder = Scratch.folder();
    state = SqliteState.at(folder.resolve("state.db"));
    pool = Executors.newFixedThreadPool(writers);
    List<StateChange> records = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      records.add(put("r" + i));
    }
    state.apply(records);
  }

  /** Removes it. */
  @TearDown
  public void tearDown() throws IOException {
    pool.shutdownNow();
    state.close();
    Scratch.delete(folder);
  }

  private static StateChange put(String id) {
    return new StateChange.Put(new RecordKey("bench", id), "", 0, new byte[200], StateChange.ANY);
  }

  /** Puts and deletes 256 records of 200 bytes, each call alone and durable. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void apply() throws Exception {
    List<Callable<Boolean>> work = new ArrayList<>();
    for (int w = 0; w < writers; w++) {
      int writer = w;
      work.add(
          () -> {
            for (int i = 0; i < BATCH / writers / 2; i++) {
              String id = "w" + writer + "-" + i % 100;
              state.apply(List.of(put(id)));
              state.apply(
                  List.of(new StateChange.Delete(new RecordKey("bench", id), StateChange.ANY)));
            }
            return true;
          });
    }
    for (Future<Boolean> done : pool.invokeAll(work)) {
      done.get();
    }
  }
}
