// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random trees are placed, in whatever order their registers and contents come. */
class PlacerTest {
  static PlaceSettings settings(int threads) {
    return new PlaceSettings("f", LocalKeys.POSIX, PlaceSettings.Existing.DISPLACE, threads, 16);
  }

  static long uid(PosixTree tree) throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      return root.stat().uid();
    }
  }

  @Test
  void randomTreesAreEqual(@TempDir Path directory) throws IOException {
    for (int seed = 1; seed <= 25; seed++) {
      Path top = Files.createDirectory(directory.resolve("t" + seed));
      try (PosixTree tree = new Unsynced(JnaPosix.open(top))) {
        run(seed, tree, settings(seed % 3 + 1));
      }
    }
  }

  /** A tree whose sync costs nothing: no machine crashes here. */
  static final class Unsynced extends ForwardingPosixTree {
    private final PosixTree real;

    Unsynced(PosixTree real) {
      this.real = real;
    }

    @Override
    protected PosixTree delegate() {
      return real;
    }

    @Override
    public void sync() {}
  }

  private static void run(long seed, PosixTree tree, PlaceSettings settings) throws IOException {
    Random random = new Random(seed);
    SourceModel model = new SourceModel(seed, uid(tree));
    FlowBase base = FlowBase.open(new MemoryOrdered(), 5);
    try (PlaceWorld world = new PlaceWorld(tree, base, settings)) {
      for (int batch = 0; batch < 8; batch++) {
        for (int i = 0; i < 5 + random.nextInt(20); i++) {
          model.step();
        }
        world.deliverAll(model, random);
        world.step(random.nextBoolean());
        if (random.nextInt(3) == 0) {
          world.settle(model, random);
          check(seed, model, world);
        }
      }
      world.settle(model, random);
      check(seed, model, world);
    }
  }

  private static void check(long seed, SourceModel model, PlaceWorld world) throws IOException {
    assertThat(PlaceWorld.actual(world.tree))
        .as("seed %s", seed)
        .isEqualTo(PlaceWorld.expected(model));
    world.requireTidy();
    world.requireFactsTrue();
    assertThat(world.drifts).as("seed %s", seed).isEmpty();
    assertThat(world.placer.problems()).isEmpty();
  }
}
