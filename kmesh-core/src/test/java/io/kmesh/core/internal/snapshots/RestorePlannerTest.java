// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.RestorePlan;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plan says what a restore would do. */
class RestorePlannerTest {
  private static final PathBytes LINK = PathBytes.of("l");

  private final SnapshotWorld world = SnapshotWorld.in(MemoryStore.create());

  private static void link(PosixTree tree, String target, FileTime time) throws IOException {
    try (PosixDirectory top = tree.openRoot()) {
      if (top.find(LINK).isPresent()) {
        top.unlink(LINK);
      }
      top.makeSymlink(LINK, PathBytes.of(target));
      top.setTimes(LINK, time, time);
    }
  }

  @Test
  void linkToSomethingElse_ofTheSameTime_isReplaced(@TempDir Path folder) throws IOException {
    FileTime time = new FileTime(1_000, 0);
    try (PosixTree tree = JnaPosix.open(folder)) {
      link(tree, "one", time);
      String id = world.take(tree).manifest().id();
      link(tree, "two", time);
      try (OpenSnapshot snapshot = world.snapshots().open(id)) {
        RestorePlanner.Found plan =
            new RestorePlanner(snapshot, Retrier.Check.NONE).plan(PathBytes.EMPTY, tree);
        assertThat(plan.steps())
            .extracting(step -> step.action() + " " + step.path())
            .containsExactly(RestorePlan.Action.REPLACE + " l");
        assertThat(plan.replaced()).extracting(RestoreFingerprint::path).containsExactly(LINK);
      }
      world.restore(id, tree, TreeRestore.Overwrite.CHANGED);
      try (PosixDirectory top = tree.openRoot()) {
        assertThat(top.readSymlink(LINK)).isEqualTo(PathBytes.of("one"));
      }
    }
  }
}
