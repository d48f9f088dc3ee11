// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.peers;

import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.EngineTime;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.PosixTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.store.ObjectStores;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A tree to an object store or back as a process of its own: {@code push|pull DIRECTORY URL
 * [CACHE]}. Prints one line of what it did, and failures; exits with 1 when there was one.
 */
public final class MirrorMain {
  private static final int SHOWN = 5;

  /** As the command's --memory is by default. */
  private static final int BUDGET_MIB = 64;

  private MirrorMain() {}

  /**
   * Runs it.
   *
   * @param args which way, the directory, the store's URL, and a folder for the cache if any
   */
  public static void main(String[] args) throws IOException {
    MirrorTreeReport report;
    try (PosixTree tree = PosixTrees.open(Path.of(args[1]));
        ObjectStore store = ObjectStores.found().open(args[2])) {
      MirrorTree mirror =
          MirrorTree.in(store, EngineTime.system())
              .budget(ByteBudget.of(DataSize.ofMib(BUDGET_MIB)));
      if (args.length > 3) {
        mirror.cache(Path.of(args[3]));
      }
      report =
          switch (args[0]) {
            case "push" -> mirror.export(tree, PathBytes.EMPTY);
            case "pull" -> mirror.importTo(tree, PathBytes.EMPTY);
            default -> throw new IOException("Cannot " + args[0] + ": there is push and pull.");
          };
    }
    System.out.printf(
        "files=%d bytes=%d equal=%d failed=%d%n",
        report.files(), report.bytes(), report.equal(), report.failedCount());
    report.failed().stream()
        .limit(SHOWN)
        .forEach(p -> System.out.println(p.name() + ": " + p.message()));
    System.exit(report.failedCount() == 0 ? 0 : 1);
  }
}
