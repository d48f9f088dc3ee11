// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.pack.PackId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Index runs against a map: any names, those that share their beginnings, those that are twice. */
class ChunkIndexTest {
  private static final String SESSION = "0123456789abcdef01234567";

  /** Names in which guessing a place goes wrong: alike, at the ends, random. */
  private static long part(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> 0;
      case 1 -> -1;
      case 2 -> Long.MIN_VALUE + random.nextInt(3);
      case 3 -> random.nextInt(3);
      case 4 -> 0x1234_5678_0000_0000L + random.nextInt(1000);
      default -> random.nextLong();
    };
  }

  private final Map<ChunkName, List<String>> places = new HashMap<>();
  private int packs;

  private IndexRun run(Random random, int frames) {
    List<PackFrames> made = new ArrayList<>();
    for (int p = 0; p < 2; p++) {
      PackId id = PackId.of(SESSION, packs++);
      List<PackFrames.Frame> all = new ArrayList<>();
      int offset = 32;
      for (int f = 0; f < frames; f++) {
        long[] prefixes = new long[2 * (1 + random.nextInt(4))];
        int sealed = 50 + random.nextInt(1000);
        for (int slot = 0; slot < prefixes.length / 2; slot++) {
          ChunkName name = new ChunkName(part(random), part(random), 0);
          prefixes[2 * slot] = name.first();
          prefixes[2 * slot + 1] = name.second();
          places
              .computeIfAbsent(name, n -> new ArrayList<>())
              .add(id + "/" + offset + "/" + sealed + "/" + slot);
        }
        all.add(new PackFrames.Frame(sealed, 10, prefixes));
        offset += sealed;
      }
      made.add(new PackFrames(id, 1 + p, 1 << 20, all));
    }
    return IndexRun.of(made);
  }

  private static String text(ChunkPlace place) {
    return place.pack() + "/" + place.offset() + "/" + place.sealed() + "/" + place.slot();
  }

  @Property(tries = 100)
  void find_givesWhatAMapGives(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 4) int runs,
      @ForAll @IntRange(max = 120) int frames)
      throws IOException {
    places.clear();
    packs = 0;
    Random random = new Random(seed);
    List<RunFile> files = new ArrayList<>();
    for (int r = 0; r < runs; r++) {
      IndexRun run = run(random, frames);
      files.add(RunFile.inMemory(IndexRun.read(run.write(), "a run")));
    }
    Set<PackId> shunned = new HashSet<>();
    for (int p = 0; p < packs; p++) {
      if (random.nextInt(4) == 0) {
        shunned.add(PackId.of(SESSION, p));
      }
    }
    ChunkIndex index = new ChunkIndex(files, shunned);
    List<ChunkName> asked = new ArrayList<>(places.keySet());
    for (int i = 0; i < 100; i++) {
      asked.add(new ChunkName(part(random), part(random), 0));
    }
    for (ChunkName name : asked) {
      List<String> expected = places.getOrDefault(name, List.of());
      assertThat(index.findAll(name).stream().map(ChunkIndexTest::text))
          .containsExactlyInAnyOrderElementsOf(expected);
      boolean isThere =
          expected.stream().anyMatch(p -> !shunned.contains(PackId.parse(p.substring(0, 32))));
      assertThat(index.find(name).isPresent()).isEqualTo(isThere);
      assertThat(index.findPack(name)).isEqualTo(index.find(name).map(ChunkPlace::pack));
      index.find(name).ifPresent(p -> assertThat(expected).contains(text(p)));
    }
  }

  @Test
  void mappedFile_isTheRun_andNeedsFewStepsForItsNames(@TempDir Path folder) throws IOException {
    Random random = new Random(1);
    long[] prefixes = new long[2 * 50_000];
    Arrays.setAll(prefixes, i -> random.nextLong());
    IndexRun run =
        IndexRun.of(
            List.of(
                new PackFrames(
                    PackId.of(SESSION, 0),
                    PackFrames.DATA,
                    1 << 20,
                    List.of(new PackFrames.Frame(5000, 1, prefixes)))));
    RunFile file = RunFile.write(run, folder.resolve("x/y.run"));
    for (int i = 0; i < prefixes.length; i += 2) {
      assertThat(file.holds(prefixes[i], prefixes[i + 1])).isTrue();
      assertThat(file.holds(prefixes[i], prefixes[i + 1] + 1)).isFalse();
    }
    assertThat(file.chunks()).isEqualTo(50_000);
    // 24 bytes a chunk in the file, none of them on the heap.
    assertThat(java.nio.file.Files.size(folder.resolve("x/y.run"))).isLessThan(24L * 50_000 + 200);
  }

  @Test
  void cache_writtenByManyThreadsAtOnce_isWhole(@TempDir Path folder) throws Exception {
    IndexRun run = run(new Random(3), 50);
    Path file = folder.resolve("r.run");
    List<Thread> threads = new ArrayList<>();
    List<Exception> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    for (int t = 0; t < 8; t++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < 40; i++) {
                    assertThat(RunFile.write(run, file).chunks()).isEqualTo(run.chunks());
                  }
                } catch (IOException e) {
                  failures.add(e);
                }
              },
              "cache-" + t);
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
  }
}
