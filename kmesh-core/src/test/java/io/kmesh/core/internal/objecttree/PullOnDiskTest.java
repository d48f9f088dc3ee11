// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.detect.TreeSteps;
import io.kmesh.core.internal.state.OrderedFile;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.core.internal.state.SqliteStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.store.DirectoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls of a store in a directory into an index in a file. */
class PullOnDiskTest {
  @TempDir private Path folder;

  private ObjectTree open(PulledWorld world, DirectoryStore store) throws IOException {
    OrderedStore rows =
        OrderedFile.open(folder.resolve("index"), SqliteStore.Use.EXCLUSIVE, world.time);
    return world.open(rows, store);
  }

  @Test
  void pull_ofAChangingTree_intoAFile_isThatTree() throws IOException {
    try (PulledWorld world = new PulledWorld(folder);
        DirectoryStore store =
            DirectoryStore.at(Files.createDirectories(folder.resolve("store")))) {
      long seed = 5;
      TreeSteps steps = new TreeSteps(world.source, PathBytes.EMPTY, new Random(seed));
      for (int i = 0; i < 60; i++) {
        steps.write(PathBytes.of("f" + i), 1);
      }
      steps.write(PathBytes.of(new byte[] {(byte) 0xfe}), 3);
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 25; i++) {
          steps.step();
        }
        assertThat(world.export(store).failed()).as("seed " + seed).isEmpty();
        try (ObjectTree tree = open(world, store)) {
          PullReport report = tree.pull(Retrier.Check.NONE);
          assertThat(report.problems()).isEmpty();
          assertThat(tree.pull(Retrier.Check.NONE).asked()).isZero();
          IndexCheck.requireConsistent(tree.index());
          assertThat(TreeManifest.of(tree)).isEqualTo(TreeManifest.of(world.source));
        }
      }
    }
  }
}
