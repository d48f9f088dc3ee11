// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.peers;

import com.sun.management.OperatingSystemMXBean;
import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.engine.EngineTime;
import io.kmesh.flows.DataFlow;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.state.SqliteState;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Follows changes that come at a given rate: small files of a simulated Lustre with two MDTs are
 * written, made, renamed and removed by one thread, and flow to a directory by changelog. The
 * simulator's own cost is in the processor time.
 */
final class FollowJob {
  private static final int FILES = 10_000;
  private static final int IN_DIRECTORY = 100;
  private static final int MOST_BYTES = 4096;
  private static final int WARM_SECONDS = 20;
  private static final KmeshTime TIME = EngineTime.system();

  private final PosixTree tree;
  private final Random random = new Random(1);
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(MOST_BYTES);
  private final boolean[] isThere = new boolean[FILES];

  private FollowJob(PosixTree tree) {
    this.tree = tree;
  }

  /**
   * Follows.
   *
   * @param rate changes a second
   */
  static void run(Path folder, int rate, int seconds) throws IOException, InterruptedException {
    Files.createDirectories(folder.resolve("target"));
    try (SimulatedLustre lustre =
            SimulatedLustre.builder(folder.resolve("lustre")).mdts(2, DataSize.ofGib(4)).open();
        SqliteState state = SqliteState.at(folder.resolve("kmesh.db"));
        Kmesh kmesh = Kmesh.builder().state(state).flowFolder(folder.resolve("flows")).build()) {
      FollowJob job = new FollowJob(lustre.tree());
      job.makeTree();
      Map<Integer, String> users = new TreeMap<>();
      for (int mdt : lustre.identity().mdts()) {
        users.put(mdt, lustre.changelogAdmin().register(mdt, Optional.empty()));
      }
      kmesh.clusters().attach("lab", lustre);
      DataFlow flow =
          kmesh
              .dataFlows()
              .ensure(
                  "follow",
                  f -> {
                    f.from(new Endpoint.LustrePath("lab", PathBytes.of("tree")))
                        .to(Endpoint.directory(folder.resolve("target")))
                        .async();
                    users.forEach(f::changelogUser);
                  })
              .start();
      flow.awaitInSync(FlowMain.LIMIT);
      job.change(rate, WARM_SECONDS);
      flow.awaitInSync(FlowMain.LIMIT);
      // The first lags are those of the initial copy, and of a JVM that compiles.
      flow.stop();
      flow.start();
      flow.awaitInSync(FlowMain.LIMIT);
      double before = cpu();
      long writerBefore = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      long began = System.nanoTime();
      job.change(rate, seconds);
      double writer =
          (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - writerBefore) / 1e9;
      double took = (System.nanoTime() - began) / 1e9;
      long waits = System.nanoTime();
      flow.awaitInSync(FlowMain.LIMIT);
      System.out.printf(
          "{\"rateWanted\":%d,\"rate\":%.0f,\"secondsBehind\":%.2f,\"cpuSeconds\":%.2f,"
              + "\"writerCpuSeconds\":%.2f}%n",
          rate,
          rate * (double) seconds / took,
          (System.nanoTime() - waits) / 1e9,
          cpu() - before,
          writer);
      FlowMain.print(flow.status());
      flow.stop();
    }
  }

  private void makeTree() throws IOException {
    PathBytes top = PathBytes.of("tree");
    try (PosixDirectory root = tree.openRoot()) {
      root.makeDirectory(top, 0755);
      try (PosixDirectory directory = root.openDirectory(top)) {
        for (int i = 0; i < FILES / IN_DIRECTORY; i++) {
          directory.makeDirectory(PathBytes.of("d" + i), 0755);
        }
      }
    }
    for (int i = 0; i < FILES / 2; i++) {
      write(i);
    }
  }

  /** In slices of 20 ms, so that a slow slice is made up for by the next. */
  private void change(int rate, int seconds) throws IOException, InterruptedException {
    long began = System.nanoTime();
    long slice = Duration.ofMillis(20).toNanos();
    long made = 0;
    for (long i = 1; i <= seconds * 50L; i++) {
      for (long until = i * rate / 50; made < until; made++) {
        change();
      }
      long left = began + i * slice - System.nanoTime();
      if (left > 0) {
        synchronized (this) {
          TIME.await(this, Duration.ofNanos(left));
        }
      }
    }
  }

  private void change() throws IOException {
    int file = random.nextInt(FILES);
    int kind = random.nextInt(10);
    if (!isThere[file] || kind < 8) {
      write(file);
    } else if (kind == 8) {
      try (PosixDirectory directory = tree.openDirectory(directory(file))) {
        directory.unlink(name(file));
      }
      isThere[file] = false;
    } else {
      int other = random.nextInt(FILES);
      try (PosixDirectory from = tree.openDirectory(directory(file));
          PosixDirectory to = tree.openDirectory(directory(other))) {
        from.rename(name(file), to, name(other), RenameMode.REPLACE);
      }
      isThere[file] = false;
      isThere[other] = true;
    }
  }

  private void write(int file) throws IOException {
    bytes.clear().limit(1 + random.nextInt(MOST_BYTES));
    for (int at = 0; at + 8 <= bytes.limit(); at += 8) {
      bytes.putLong(at, random.nextLong());
    }
    try (PosixFile out =
        tree.openFile(
            directory(file).resolve(name(file)),
            Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
      out.write(bytes, 0);
    }
    isThere[file] = true;
  }

  private static PathBytes directory(int file) {
    return PathBytes.of("tree/d" + file / IN_DIRECTORY);
  }

  private static PathBytes name(int file) {
    return PathBytes.of("f" + file);
  }

  private static double cpu() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime()
        / 1e9;
  }
}
