// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A process that ends before or behind any commit misses no change, and needs no scan for it. */
@Tag("crash")
class DetectCrashTest {
  private static final int BATCH = 6;

  @Test
  void follow_whenTheProcessEndsAtACommit_losesNothing() throws IOException {
    int crashes = 0;
    boolean isMore = true;
    for (int at = 1; isMore; at++) {
      isMore = false;
      for (boolean isAfter : new boolean[] {false, true}) {
        try (LustreWorld world = new LustreWorld(at)) {
          world.finish();
          change(world);
          world.crashAt = at;
          world.isCrashAfter = isAfter;
          try {
            world.follow(BATCH);
            world.time.advance(Duration.ofSeconds(10));
            world.finish();
          } catch (LustreWorld.Crash e) {
            crashes++;
            isMore = true;
            world.reopen();
            assertThat(world.began).isEmpty();
          }
          world.crashAt = 0;
          world.steps.write(PathBytes.of("late"), 5);
          assertThat(world.follow(BATCH)).isEmpty();
          world.requireEqual();
          world.settle();
          long seq = world.base.lastSeq();
          world.scan();
          assertThat(world.base.changesSince(seq).toList()).isEmpty();
        }
      }
    }
    assertThat(crashes).isGreaterThan(5);
  }

  private static void change(LustreWorld world) throws IOException {
    PathBytes a = PathBytes.of("one");
    PathBytes b = PathBytes.of("two");
    world.steps.makeDirectory(a);
    world.steps.write(a.resolve("f"), 10);
    world.steps.link(a.resolve("f"), PathBytes.of("g"));
    world.steps.rename(a, b, RenameMode.NO_REPLACE);
    world.outside.makeDirectory(PathBytes.of("in"));
    world.outside.write(PathBytes.of("in/x"), 10);
    world.around.rename(PathBytes.of("a/in"), LustreWorld.TOP.resolve("in"), RenameMode.NO_REPLACE);
    world.steps.unlink(b.resolve("f"));
    world.steps.unlink(PathBytes.of("first"));
    world.steps.write(PathBytes.of("first"), 20);
  }

  @Test
  void scan_whenTheProcessEndsAtACommit_beginsAgainAndRemovesOnce() throws IOException {
    boolean isMore = true;
    for (int at = 1; isMore; at++) {
      isMore = false;
      try (LustreWorld world = new LustreWorld(at)) {
        world.finish();
        world.settle();
        change(world);
        world.crashAt = at;
        world.isCrashAfter = at % 2 == 0;
        try {
          world.scan();
        } catch (LustreWorld.Crash e) {
          isMore = true;
          world.reopen();
        }
        world.crashAt = 0;
        world.scan();
        world.requireEqual();
      }
    }
  }
}
