// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.jmh;

import static io.kmesh.Durability.ARCHIVED;

import io.kmesh.Cluster;
import io.kmesh.Kmesh;
import io.kmesh.copytool.Copytool;
import io.kmesh.engine.EngineTime;
import io.kmesh.lustre.HsmReport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the simulator itself costs: tests and the quickstart pay for it. State and store are in
 * memory.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SimulatedLustreBench {
  private static final int BATCH = 64;
  private static final Set<OpenFlag> CREATE = EnumSet.of(OpenFlag.WRITE, OpenFlag.CREATE);
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private Path folder;
  private SimulatedLustre lustre;
  private Kmesh kmesh;
  private Copytool copytool;
  private Cluster lab;
  private PosixDirectory directory;
  private long next;
  private byte round;

  /** Makes a file system with a copytool. */
  @Setup
  public void setUp() throws IOException {
    folder = Scratch.folder();
    lustre =
        SimulatedLustre.builder(folder.resolve("lustre"))
            .coordinator(CoordinatorSettings.DEFAULTS.withMaxRequests(BATCH))
            .open();
    MemoryState state = MemoryState.create(EngineTime.system());
    kmesh = Kmesh.builder().state(state).store("ckpt", MemoryStore.create()).build();
    copytool = Copytool.builder(lustre).state(state).stores(kmesh.stores()).start();
    lab = kmesh.clusters().attach("lab", lustre);
    try (PosixDirectory root = lustre.tree().openDirectory(PathBytes.EMPTY)) {
      root.makeDirectory(PathBytes.of("work"), 0755);
      root.makeDirectory(PathBytes.of("hsm"), 0755);
    }
    directory = lustre.tree().openDirectory(PathBytes.of("work"));
  }

  /** Removes all. */
  @TearDown
  public void tearDown() throws IOException {
    directory.close();
    kmesh.close();
    copytool.close();
    lustre.close();
    Scratch.delete(folder);
  }

  /** Creates an empty file and removes it. */
  @Benchmark
  public void createAndRemove() throws IOException {
    PathBytes name = PathBytes.of("f" + next++);
    directory.openFile(name, CREATE).close();
    directory.unlink(name);
  }

  /** Changes 64 files of 1 KiB and archives them: coordinator, copytool, receipts; per file. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public HsmReport writeAndArchive() throws IOException {
    round++;
    try (PosixDirectory files = lustre.tree().openDirectory(PathBytes.of("hsm"))) {
      for (int i = 0; i < BATCH; i++) {
        try (PosixFile file = files.openFile(PathBytes.of("f" + i), CREATE)) {
          ByteBuffer body = ByteBuffer.allocate(1024);
          body.put(0, round);
          file.write(body, 0);
        }
      }
    }
    return lab.hsm().archiveTree("/hsm", a -> a.to("ckpt").durability(ARCHIVED)).await(LIMIT);
  }
}
