// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.posix.NioPosixTreeProvider;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Restores by plain java.nio, which can't set all that a snapshot has: each loss is named. */
class RestoreByNioTest {
  private static final Map<String, FileTime> TIMES =
      new TreeMap<>(
          Map.of(
              "exact", new FileTime(1_000, 123_456_000),
              "fine", new FileTime(1_000, 123_456_789),
              "old", new FileTime(-1_000, 123_456_789),
              "older", new FileTime(-1_000, 0),
              "dir", new FileTime(2_000, 1)));

  @TempDir Path folder;

  @Test
  void timesThatAreTooFine_areCut_andNamed() throws IOException {
    SnapshotWorld world = SnapshotWorld.in(MemoryStore.create());
    String snapshot;
    try (PosixTree source = JnaPosix.open(Files.createDirectory(folder.resolve("source")));
        PosixDirectory top = source.openRoot()) {
      SnapshotWorld.directory(source, "dir");
      for (String name : TIMES.keySet()) {
        if (!name.equals("dir")) {
          SnapshotWorld.write(source, name, 1, 1000);
        }
        top.setTimes(PathBytes.of(name), TIMES.get(name), TIMES.get(name));
      }
      top.makeNode(PathBytes.of("fifo"), FileType.FIFO, 0600, 0);
      top.makeSymlink(PathBytes.of("link"), PathBytes.of("exact"));
      top.setTimes(PathBytes.of("link"), new FileTime(7, 1), new FileTime(7, 1));
      top.setTimes(new FileTime(9, 0), new FileTime(9, 0));
      snapshot = world.take(source).manifest().id();
    }
    Path target = Files.createDirectory(folder.resolve("target"));
    try (PosixTree tree = new NioPosixTreeProvider().open(target)) {
      ScanTally tally = world.restore(snapshot, tree, TreeRestore.Overwrite.NEVER);
      assertThat(tally.problems())
          .extracting(p -> p.path().toString())
          .containsExactlyInAnyOrder("dir", "fine", "old", "fifo", "link");
      assertThat(tally.problems())
          .filteredOn(p -> p.path().equals(PathBytes.of("fine")))
          .singleElement()
          .satisfies(p -> assertThat(p.reason()).contains("00:16:40.123456Z", "microseconds"));
      assertThat(time(tree, "exact")).isEqualTo(TIMES.get("exact"));
      assertThat(time(tree, "older")).isEqualTo(TIMES.get("older"));
      assertThat(time(tree, "fine")).isEqualTo(new FileTime(1_000, 123_456_000));
      assertThat(time(tree, "old")).isEqualTo(new FileTime(-1_000, 0));
      assertThat(time(tree, "dir")).isEqualTo(new FileTime(2_000, 0));
      assertThat(time(tree, "link")).isEqualTo(new FileTime(7, 0));
      assertThat(Files.readAllBytes(target.resolve("fine")))
          .isEqualTo(Files.readAllBytes(folder.resolve("source/fine")));
      // Once more nothing fails, and what was cut is written again.
      ScanTally again = world.restore(snapshot, tree, TreeRestore.Overwrite.CHANGED);
      assertThat(again.readFiles()).isEqualTo(2);
    }
  }

  private static FileTime time(PosixTree tree, String path) throws IOException {
    return tree.stat(PathBytes.of(path)).mtime();
  }
}
