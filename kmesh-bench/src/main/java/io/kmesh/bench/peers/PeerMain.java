// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.peers;

import static io.kmesh.Durability.REMOTE;

import com.sun.management.OperatingSystemMXBean;
import io.kmesh.Cluster;
import io.kmesh.Kmesh;
import io.kmesh.copytool.Copytool;
import io.kmesh.engine.EngineTime;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.PosixTrees;
import io.kmesh.engine.TreeCopy;
import io.kmesh.engine.TreeCopyReport;
import io.kmesh.lustre.HsmReport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.state.SqliteState;
import io.kmesh.store.DirectoryStore;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * One job of Kmesh as a process of its own: {@code copy|copy-durable|export|import|archive SOURCE
 * TARGET}. Prints one line of what it did; exits with 1 when anything failed.
 */
public final class PeerMain {
  private static final int REQUESTS = 64;
  private static final Duration LIMIT = Duration.ofHours(2);

  private PeerMain() {}

  /**
   * Runs a job.
   *
   * @param args its name, the source and the target
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 3) {
      System.err.println("Usage: copy|copy-durable|export|import|archive SOURCE TARGET");
      System.exit(2);
    }
    Path source = Path.of(args[1]);
    Path target = Path.of(args[2]);
    long failed =
        switch (args[0]) {
          case "copy" -> copy(source, target, false);
          case "copy-durable" -> copy(source, target, true);
          case "export" -> export(source, target);
          case "import" -> importTree(source, target);
          case "archive" -> archive(source, target);
          default -> throw new IOException("Cannot run " + args[0] + ": there is no such job.");
        };
    System.exit(failed == 0 ? 0 : 1);
  }

  private static long copy(Path source, Path target, boolean durable) throws IOException {
    Files.createDirectories(target);
    try (PosixTree from = PosixTrees.open(source);
        PosixTree to = PosixTrees.open(target)) {
      TreeCopy copy = TreeCopy.from(from, PathBytes.EMPTY).to(to, PathBytes.EMPTY);
      if (durable) {
        copy = copy.durable();
      }
      TreeCopyReport report = copy.run();
      System.out.printf("files=%d bytes=%d%n", report.files(), report.bytes());
      return report.failedCount();
    }
  }

  private static long export(Path source, Path target) throws IOException {
    try (PosixTree from = PosixTrees.open(source);
        DirectoryStore store = DirectoryStore.at(target)) {
      MirrorTreeReport report =
          MirrorTree.in(store, EngineTime.system()).export(from, PathBytes.EMPTY);
      System.out.printf(
          "files=%d bytes=%d commits=%d fsyncs=%d%n",
          report.files(), report.bytes(), store.counts().commits(), store.counts().fsyncs());
      return report.failedCount();
    }
  }

  private static long importTree(Path source, Path target) throws IOException {
    Files.createDirectories(target);
    try (PosixTree to = PosixTrees.open(target);
        DirectoryStore store = DirectoryStore.at(source)) {
      MirrorTreeReport report =
          MirrorTree.in(store, EngineTime.system()).importTo(to, PathBytes.EMPTY);
      System.out.printf("files=%d bytes=%d%n", report.files(), report.bytes());
      return report.failedCount();
    }
  }

  /**
   * Archives through HSM. The tree is copied into a simulated Lustre first, and what that took is
   * printed, so that it can be taken off: a site's files are there already.
   */
  @SuppressWarnings("try") // the copytool works by itself
  private static long archive(Path source, Path target) throws IOException {
    Files.createDirectories(target);
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    try (SimulatedLustre lustre =
            SimulatedLustre.builder(target.resolve("lustre"))
                .coordinator(CoordinatorSettings.DEFAULTS.withMaxRequests(REQUESTS))
                .open();
        SqliteState state = SqliteState.at(target.resolve("kmesh.db"));
        DirectoryStore store = DirectoryStore.at(target.resolve("store"));
        Kmesh kmesh = Kmesh.builder().state(state).store("archive", store).build();
        Copytool copytool =
            Copytool.builder(lustre)
                .state(state)
                .stores(kmesh.stores())
                .workers(REQUESTS / 2)
                .start()) {
      long began = System.nanoTime();
      try (PosixTree from = PosixTrees.open(source)) {
        TreeCopy.from(from, PathBytes.EMPTY).to(lustre.tree(), PathBytes.EMPTY).run();
      }
      double ingest = (System.nanoTime() - began) / 1e9;
      double ingestCpu = system.getProcessCpuTime() / 1e9;
      Cluster lab = kmesh.clusters().attach("lab", lustre);
      HsmReport report =
          lab.hsm().archiveTree("/", a -> a.to("archive").durability(REMOTE)).await(LIMIT);
      System.out.printf(
          "files=%d bytes=%d commits=%d fsyncs=%d ingest_seconds=%.2f ingest_cpu=%.2f%n",
          report.done(),
          report.bytes().bytes(),
          store.counts().commits() + state.commits(),
          store.counts().fsyncs() + state.fsyncs(),
          ingest,
          ingestCpu);
      return report.failed();
    }
  }
}
