// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The machine stops at each call, and loses what was not synced: the next opening hands out no byte
 * that was not put, keeps its budget, and leaves no file that it does not count.
 */
@Tag("crash")
class RangeCacheCrashTest {
  private static final int LENGTH = 1000;
  private static final int MOST = 5;

  @TempDir private Path directory;
  private int worlds;

  private final class Working implements CrashPoints.Scenario {
    private final Path folder;
    private final PosixTree real;
    private @Nullable CrashableTree crashable;

    Working() {
      try {
        folder = Files.createDirectory(directory.resolve("w" + worlds++));
        real = JnaPosix.open(folder);
        try (RangeCache cache = RangeCache.open(real, MOST * LENGTH)) {
          put(cache, 1);
          put(cache, 2);
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private static void put(RangeCache cache, int number) throws IOException {
      cache.put(new Dot(1, number), 0, RangeCacheTest.bytes(number, LENGTH));
    }

    @Override
    public void run(CrashPoint point) throws IOException {
      crashable = CrashableTree.of(real, point);
      RangeCache cache = RangeCache.open(crashable, MOST * LENGTH);
      cache.read(new Dot(1, 1), LENGTH, 0);
      for (int i = 3; i < 9; i++) {
        put(cache, i);
      }
      cache.close();
      cache = RangeCache.open(crashable, MOST * LENGTH);
      put(cache, 9);
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      crashable.crash(seed);
      try (real;
          RangeCache cache = RangeCache.open(real, MOST * LENGTH)) {
        int here = 0;
        for (int i = 1; i <= 9; i++) {
          byte[] bytes = cache.read(new Dot(1, i), LENGTH, 0);
          if (bytes != null) {
            here++;
            assertThat(bytes).isEqualTo(RangeCacheTest.bytes(i, LENGTH));
          }
        }
        assertThat(cache.used()).isEqualTo((long) here * LENGTH);
        assertThat(here).isLessThanOrEqualTo(MOST);
        for (int i = 1; i <= 9; i++) {
          put(cache, i);
          assertThat(cache.read(new Dot(1, i), LENGTH, 0))
              .isEqualTo(RangeCacheTest.bytes(i, LENGTH));
        }
      }
      try (java.util.stream.Stream<Path> all = Files.walk(folder)) {
        assertThat(all.filter(f -> f.getFileName().toString().startsWith("1-"))).hasSize(MOST);
      }
    }
  }

  @Test
  void cache_isRightAfterACrashAnywhere() {
    CrashPoints.Report report = CrashPoints.enumerate(Working::new, 3);
    assertThat(report.operations()).isGreaterThan(20);
  }
}
