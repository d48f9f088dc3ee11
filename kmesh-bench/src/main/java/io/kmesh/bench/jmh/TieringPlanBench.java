// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.jmh;

import static io.kmesh.tiering.Conditions.size;

import io.kmesh.Cluster;
import io.kmesh.Kmesh;
import io.kmesh.engine.EngineTime;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.store.DirectoryStore;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.tiering.TieringPlan;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Plans a policy over a simulated Lustre: a walk with FID, stat and HSM state of each file. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 5)
@Fork(1)
public class TieringPlanBench {
  private static final int FILES_A_DIRECTORY = 1000;

  /** The number of files. */
  @Param("100000")
  public int files;

  private Path folder;
  private SimulatedLustre lustre;
  private DirectoryStore store;
  private Kmesh kmesh;

  /** Makes the files, empty and not archived, and a policy that looks at each. */
  @Setup
  public void setUp() throws IOException {
    folder = Scratch.folder();
    lustre = SimulatedLustre.at(folder.resolve("lustre"));
    store = DirectoryStore.at(folder.resolve("store"));
    kmesh =
        Kmesh.builder().state(MemoryState.create(EngineTime.system())).store("ckpt", store).build();
    try (PosixDirectory root = lustre.tree().openDirectory(PathBytes.EMPTY)) {
      for (int d = 0; d * FILES_A_DIRECTORY < files; d++) {
        PathBytes name = PathBytes.of("d" + d);
        root.makeDirectory(name, 0755);
        try (PosixDirectory directory = root.openDirectory(name)) {
          for (int i = 0; i < FILES_A_DIRECTORY; i++) {
            directory
                .openFile(PathBytes.of("file-" + i), EnumSet.of(OpenFlag.WRITE, OpenFlag.CREATE))
                .close();
          }
        }
      }
    }
    Cluster lab = kmesh.clusters().attach("lab", lustre);
    kmesh
        .tiering()
        .ensure(
            "all",
            t ->
                t.on(lab)
                    .when(size().atLeast(DataSize.ofBytes(0)))
                    .archiveTo("ckpt")
                    .thenRelease());
  }

  /** Removes all. */
  @TearDown
  public void tearDown() throws IOException {
    kmesh.close();
    store.close();
    lustre.close();
    Scratch.delete(folder);
  }

  /** One plan. */
  @Benchmark
  public TieringPlan plan() {
    return kmesh.tiering().plan("all");
  }
}
