// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Whatever is done to a Lustre, its changelogs make the base the same as a scan would. */
class ChangelogModelTest {
  @Property(tries = 4)
  void randomChanges_byChangelog_areWhatAScanFinds(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    try (LustreWorld world = new LustreWorld(seed)) {
      world.finish();
      for (int round = 0; round < 6; round++) {
        int changes = random.nextInt(25);
        for (int i = 0; i < changes; i++) {
          world.time.advance(Duration.ofMillis(random.nextInt(800)));
          change(world, random);
          if (random.nextInt(6) == 0) {
            // In the middle of what happens.
            Hints hints = new Hints();
            world.follower.next(1 + random.nextInt(5), hints);
            world.inspector.look(hints);
            world.inspector.step(1 + random.nextInt(5));
            if (random.nextBoolean()) {
              world.base.commit();
              world.follower.committed();
            }
          }
        }
        if (random.nextInt(4) == 0) {
          world.reopen();
          assertThat(world.began).isEmpty();
        }
        assertThat(world.follow(1 + random.nextInt(40))).isEmpty();
        // A second change of times may have no record: it is looked for by then.
        world.time.advance(Unsettled.RECORDED_AGAIN_WITHIN);
        world.finish();
        world.requireEqual();
        world.settle();
        world.requireEqual();
        long seq = world.base.lastSeq();
        world.scan();
        assertThat(world.base.changesSince(seq).toList()).isEmpty();
        assertThat(world.inspector.takeFindings().isEmpty()).isTrue();
        assertThat(world.restores()).isZero();
      }
    }
  }

  private static void change(LustreWorld world, Random random) throws IOException {
    int kind = random.nextInt(12);
    if (kind > 1) {
      world.steps.step();
    } else if (kind == 1) {
      world.outside.step();
    } else {
      // In from outside, or out.
      List<PathBytes> all = world.around.entries(FileType.DIRECTORY, FileType.REGULAR);
      PathBytes from = all.get(random.nextInt(all.size()));
      PathBytes to =
          (random.nextBoolean() ? LustreWorld.TOP : PathBytes.of("a"))
              .resolve("m" + random.nextInt(9));
      if (from.names().size() > 1 && !to.isAtOrBelow(from) && !all.contains(to)) {
        world.around.rename(from, to, RenameMode.REPLACE);
      }
    }
  }
}
