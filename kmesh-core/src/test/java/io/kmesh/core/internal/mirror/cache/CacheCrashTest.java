// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pass that is killed at any step of its cache, which loses what was not durable of the files
 * that were written last: the next pass knows what was so, or asks, and never believes another
 * thing.
 */
@Tag("crash")
class CacheCrashTest {
  private static final int OBJECTS = 60;
  private static final RunPlace PLACE = new RunPlace("memory:///s", "p/");

  @TempDir private Path folder;
  private int number;

  /** Stops at the calls that change something. */
  private static final class CrashingFiles extends CacheFiles {
    private final CrashPoint point;
    private final List<Path> written = new ArrayList<>();

    CrashingFiles(CrashPoint point) {
      this.point = point;
    }

    private interface Step<T> {
      T run() throws IOException;
    }

    private <T> T step(String what, Step<T> step) throws IOException {
      point.before(what);
      T result = step.run();
      point.after(what);
      return result;
    }

    @Override
    void makeFolder(Path made) throws IOException {
      step(
          "make",
          () -> {
            super.makeFolder(made);
            return made;
          });
    }

    @Override
    FileChannel create(Path file) throws IOException {
      return step(
          "create",
          () -> {
            written.add(file);
            return super.create(file);
          });
    }

    @Override
    void rename(Path from, Path to) throws IOException {
      step(
          "rename",
          () -> {
            super.rename(from, to);
            written.add(to);
            return to;
          });
    }

    @Override
    void delete(Path file) throws IOException {
      step(
          "delete",
          () -> {
            super.delete(file);
            return file;
          });
    }

    @Override
    @Nullable FileChannel lock(Path file) throws IOException {
      point.failIfCrashed();
      return super.lock(file);
    }
  }

  private final class Scenario implements CrashPoints.Scenario {
    private final Path above = folder.resolve("world-" + number++);
    private final ManualTime time = ManualTime.create();
    private final List<ObjectInfo> objects = new ArrayList<>();
    private @Nullable CrashingFiles files;

    @Override
    public void run(CrashPoint point) throws Exception {
      CrashingFiles stopping = new CrashingFiles(point);
      files = stopping;
      for (int pass = 0; pass < 3; pass++) {
        pass(stopping, pass, true);
        time.advance(AnswerCache.YOUNG.multipliedBy(2));
      }
    }

    /** Changes some objects; what is believed must be so. */
    private int pass(CacheFiles with, int pass, boolean isWorking) throws IOException {
      int believed = 0;
      List<String> notes = new ArrayList<>();
      try (AnswerCache cache =
          AnswerCache.open(with, above, PLACE, time, true, key -> true, notes::add, 2_000)
              .orElseThrow()) {
        Iterator<ObjectInfo> left = List.copyOf(objects).iterator();
        cache.list(
            () -> left.hasNext() ? List.of(CacheObjects.listed(left.next())) : null,
            true,
            (key, info, isKnown) -> {});
        for (ObjectInfo object : objects) {
          var known = cache.known(object.key().substring(2));
          if (known.isPresent()) {
            believed++;
            assertThat(known.get().metadata()).isEqualTo(object.metadata());
          }
        }
        if (isWorking) {
          for (int i = 0; i < OBJECTS; i++) {
            if (i >= objects.size() || i % 3 == pass) {
              ObjectInfo stored = CacheObjects.object("p/key-" + (100 + i), pass, time.now());
              if (i < objects.size()) {
                objects.set(i, stored);
              } else {
                objects.add(stored);
              }
              cache.sent(stored, time.now());
            }
          }
        }
      }
      return believed;
    }

    @Override
    public void recoverAndCheck(long seed) throws Exception {
      SplittableRandom random = new SplittableRandom(seed);
      CrashingFiles last = java.util.Objects.requireNonNull(files);
      if (seed != 0 && !last.written.isEmpty()) {
        Path file = last.written.get(last.written.size() - 1);
        if (Files.exists(file) && Files.size(file) > 0 && random.nextBoolean()) {
          try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(random.nextLong(channel.size()));
          }
        }
      }
      pass(CacheFiles.SYSTEM, 0, false);
      relearn();
      assertThat(pass(CacheFiles.SYSTEM, 0, false)).isEqualTo(objects.size());
    }

    private void relearn() throws IOException {
      try (AnswerCache cache =
          AnswerCache.open(CacheFiles.SYSTEM, above, PLACE, time, true, key -> true, n -> {}, 2_000)
              .orElseThrow()) {
        Iterator<ObjectInfo> left = List.copyOf(objects).iterator();
        cache.list(
            () -> left.hasNext() ? List.of(CacheObjects.listed(left.next())) : null,
            true,
            (key, info, isKnown) -> {});
        for (ObjectInfo object : objects) {
          if (cache.known(object.key().substring(2)).isEmpty()) {
            cache.answered(object, time.now().plus(AnswerCache.YOUNG));
          }
        }
      }
    }
  }

  @Test
  void killedPass_leavesWhatIsSoOrNothing() {
    CrashPoints.Report report = CrashPoints.enumerate(Scenario::new, 2);
    assertThat(report.operations()).isGreaterThan(20);
    assertThat(report.crashes()).isEqualTo(report.operations() * 4);
  }
}
