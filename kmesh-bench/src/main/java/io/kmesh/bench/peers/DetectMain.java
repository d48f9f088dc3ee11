// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.peers;

import com.sun.management.OperatingSystemMXBean;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.detect.ChangelogFollower;
import io.kmesh.core.internal.flows.detect.ChangelogHub;
import io.kmesh.core.internal.flows.detect.Concurrent;
import io.kmesh.core.internal.flows.detect.DeleteGuard;
import io.kmesh.core.internal.flows.detect.Hints;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.detect.LiveTree;
import io.kmesh.core.internal.flows.detect.LustreLiveTree;
import io.kmesh.core.internal.flows.detect.PosixLiveTree;
import io.kmesh.core.internal.state.OrderedFile;
import io.kmesh.core.internal.state.SqliteStore;
import io.kmesh.engine.EngineTime;
import io.kmesh.engine.PosixTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What detection costs: {@code scan TREE BASE PASSES} scans a tree into a base again and again;
 * {@code follow FOLDER BASE FILES} writes files on a simulated Lustre, each several times, and
 * follows them by changelog; {@code hints FOLDER BASE FILES} only reads the records, merges those
 * of all MDTs and finds what is to be looked at, each place once. Prints a line of JSON for each
 * pass.
 */
public final class DetectMain {
  private static final int STEP = 5_000;
  private static final int RECORDS = 4_000;
  private static final int WRITES = 5;
  private static final KmeshTime TIME = EngineTime.system();

  private DetectMain() {}

  /**
   * Runs.
   *
   * @param args as above
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 4) {
      System.err.println(
          "Usage: scan TREE BASE PASSES | follow FOLDER BASE FILES | hints FOLDER BASE FILES");
      System.exit(2);
    }
    try (FlowBase base =
        FlowBase.open(OrderedFile.open(Path.of(args[2]), SqliteStore.Use.LOCAL, TIME), 7)) {
      int count = Integer.parseInt(args[3]);
      if (args[0].equals("scan")) {
        scan(base, Path.of(args[1]), count);
      } else {
        follow(base, Path.of(args[1]), count, args[0].equals("follow"));
      }
    }
  }

  private static Inspector inspector(FlowBase base, LiveTree live) throws IOException {
    return new Inspector(base, live, DeleteGuard.DEFAULT, Concurrent.HERE_WINS, TIME);
  }

  private static void scan(FlowBase base, Path folder, int passes) throws IOException {
    try (PosixTree tree = PosixTrees.open(folder)) {
      Inspector inspector = inspector(base, PosixLiveTree.open(tree, PathBytes.EMPTY));
      for (int pass = 0; pass < passes; pass++) {
        double before = cpu();
        inspector.demandScan("measured");
        finish(base, inspector);
        print("entries", inspector.takeFindings().looked(), before);
      }
    }
  }

  private static void follow(FlowBase base, Path folder, int files, boolean isLooking)
      throws IOException {
    try (SimulatedLustre lustre =
        SimulatedLustre.builder(folder).mdts(2, DataSize.ofGib(4)).open()) {
      Map<Integer, String> users = new TreeMap<>();
      for (int mdt : lustre.identity().mdts()) {
        users.put(mdt, lustre.changelogAdmin().register(mdt, Optional.empty()));
      }
      Inspector inspector = inspector(base, new LustreLiveTree(lustre, PathBytes.EMPTY));
      try (ChangelogHub hub = new ChangelogHub(lustre, users, TIME);
          ChangelogFollower follower = new ChangelogFollower(base, hub, "measured")) {
        inspector.demandScan(follower.begin().orElse("measured"));
        finish(base, inspector);
        for (int i = 0; i < files * WRITES; i++) {
          write(lustre.tree(), PathBytes.of("f" + i % files));
        }
        double before = cpu();
        long began = System.nanoTime();
        long records = 0;
        long looked = 0;
        for (int read = -1; read != 0; records += read) {
          Hints hints = new Hints();
          read = follower.next(RECORDS, hints).records();
          if (isLooking) {
            inspector.look(hints);
            looked += inspector.takeFindings().looked();
          } else {
            looked += hints.size();
          }
          base.commit();
          follower.committed();
        }
        print("records", records, before);
        System.out.printf("{\"seconds\":%.2f}%n", (System.nanoTime() - began) / 1e9);
        System.out.println("{\"looked\":" + looked + "}");
      }
    }
  }

  private static void write(PosixTree tree, PathBytes path) throws IOException {
    try (PosixFile file = tree.openFile(path, Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.allocate(1), 0);
    }
  }

  private static void finish(FlowBase base, Inspector inspector) throws IOException {
    while (inspector.isScanning()) {
      inspector.step(STEP);
      base.commit();
    }
  }

  private static double cpu() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime()
        / 1e9;
  }

  private static void print(String what, long count, double before) {
    double cpu = cpu() - before;
    System.out.printf(
        "{\"%s\":%d,\"cpuSeconds\":%.2f,\"perCpuSecond\":%.0f,\"processCpuSeconds\":%.2f}%n",
        what, count, cpu, count / cpu, cpu());
  }
}
