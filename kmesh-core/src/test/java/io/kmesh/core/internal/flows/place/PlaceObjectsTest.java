// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.objecttree.ObjectTree;
import io.kmesh.core.internal.objecttree.ObjectTreeSettings;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random trees are placed in a prefix of a store, where all who read it see them. */
class PlaceObjectsTest {
  private static void check(
      String where, SourceModel model, PlaceWorld world, MemoryStore store, ManualTime time)
      throws IOException {
    assertThat(PlaceWorld.actual(world.tree)).as(where).isEqualTo(PlaceWorld.expected(model));
    world.requireTidy();
    world.requireFactsTrue();
    assertThat(world.drifts).as(where).isEmpty();
    world.tree.sync();
    assertThat(((ObjectTree) world.tree).problems()).isEmpty();
    try (ObjectTree reader =
        ObjectTree.open(new MemoryOrdered(), ObjectTreeSettings.of(store, "p/", time))) {
      assertThat(reader.pull(Retrier.Check.NONE).problems()).isEmpty();
      assertThat(PlaceWorld.actual(reader)).as(where).isEqualTo(PlaceWorld.expected(model));
    }
    assertThat(store.keys()).noneMatch(key -> key.contains(".kmesh/kept/"));
    assertThat(store.keys()).noneMatch(key -> key.contains("kmesh-flow"));
    assertThat(store.keys()).noneMatch(key -> key.contains(".kmesh~"));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void randomTrees_areInTheStore(long seed, @TempDir Path directory) throws IOException {
    ManualTime time = ManualTime.create();
    MemoryStore store = MemoryStore.builder().time(time).build();
    Random random = new Random(seed);
    Path spool = Files.createDirectory(directory.resolve("spool"));
    try (ObjectTree tree =
        ObjectTree.open(
            new MemoryOrdered(),
            new PlacerTest.Unsynced(JnaPosix.open(spool)),
            ObjectTreeSettings.of(store, "p/", time))) {
      SourceModel model = new SourceModel(seed, 0);
      FlowBase base = FlowBase.open(new MemoryOrdered(), 5);
      try (PlaceWorld world = new PlaceWorld(tree, base, PlacerTest.settings((int) seed))) {
        for (int batch = 0; batch < 6; batch++) {
          for (int i = 0; i < 5 + random.nextInt(20); i++) {
            model.step();
          }
          time.advance(Duration.ofSeconds(1));
          world.deliverAll(model, random);
          world.step(random.nextBoolean());
          if (random.nextInt(2) == 0) {
            world.settle(model, random);
            check("seed " + seed + " batch " + batch, model, world, store, time);
          }
        }
        world.settle(model, random);
        check("seed " + seed, model, world, store, time);
      }
    }
  }
}
