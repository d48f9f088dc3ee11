// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names sorted with and without files, of any bytes. */
class NameSorterTest {
  @Property(tries = 60)
  void sorted_isWhatSortingInMemoryGives(
      @ForAll long seed,
      @ForAll @IntRange(max = 3000) int count,
      @ForAll @IntRange(min = 1, max = 1000) int inMemory)
      throws IOException {
    Random random = new Random(seed);
    List<PathBytes> names = new ArrayList<>();
    List<PathBytes> sorted = new ArrayList<>();
    // Not so many files at once.
    int room = Math.max(inMemory, count / 50 + 1);
    try (NameSorter sorter = new SortSpace(null, room).sorter()) {
      for (int i = 0; i < count; i++) {
        byte[] bytes = new byte[1 + random.nextInt(random.nextInt(20) == 0 ? 255 : 6)];
        for (int b = 0; b < bytes.length; b++) {
          bytes[b] = (byte) (1 + random.nextInt(255));
        }
        PathBytes name = PathBytes.of(bytes);
        names.add(name);
        sorter.add(name);
      }
      NameSorter.Sorted all = sorter.sorted();
      for (PathBytes name = all.next(); name != null; name = all.next()) {
        sorted.add(name);
      }
      assertThat(all.next()).isNull();
    }
    names.sort(null);
    assertThat(sorted).isEqualTo(names);
  }

  @Test
  void sorted_ofMoreFilesThanAreReadAtOnce_isSorted(@TempDir Path folder) throws IOException {
    SortSpace space = new SortSpace(folder.resolve("sort"), 10);
    Random random = new Random(11);
    List<PathBytes> names = new ArrayList<>();
    List<PathBytes> sorted = new ArrayList<>();
    try (NameSorter sorter = space.sorter()) {
      for (int i = 0; i < 3_001; i++) {
        PathBytes name = PathBytes.of(Long.toString(random.nextLong() & 0xfff, 36));
        names.add(name);
        sorter.add(name);
      }
      NameSorter.Sorted all = sorter.sorted();
      assertThat(count(folder.resolve("sort"))).isBetween(1L, 128L);
      for (PathBytes name = all.next(); name != null; name = all.next()) {
        sorted.add(name);
      }
    }
    names.sort(null);
    assertThat(sorted).isEqualTo(names);
    assertThat(count(folder.resolve("sort"))).isZero();
  }

  @Test
  void sorted_ofLongNames_needsNoMoreMemory(@TempDir Path folder) throws IOException {
    try (NameSorter sorter = SortSpace.in(folder).sorter()) {
      byte[] name = new byte[NameSorter.LONGEST];
      Arrays.fill(name, (byte) 'x');
      for (int i = 0; i < 300; i++) {
        name[0] = (byte) (255 - i % 200);
        sorter.add(PathBytes.of(name));
      }
      assertThat(count(folder)).isPositive();
      NameSorter.Sorted all = sorter.sorted();
      byte before = 0;
      int found = 0;
      for (PathBytes next = all.next(); next != null; next = all.next()) {
        assertThat(Byte.toUnsignedInt(next.at(0)))
            .isGreaterThanOrEqualTo(Byte.toUnsignedInt(before));
        before = next.at(0);
        found++;
      }
      assertThat(found).isEqualTo(300);
    }
    assertThatThrownBy(() -> SortSpace.temporary().sorter().add(PathBytes.of("x".repeat(65_536))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("65535");
  }

  @Test
  void clear_removesWhatAProcessLeft_andNothingElse(@TempDir Path folder) throws IOException {
    SortSpace space = new SortSpace(folder, 1);
    NameSorter left = space.sorter(); // as of a process that was killed
    left.add(PathBytes.of("a"));
    left.add(PathBytes.of("b"));
    Files.createFile(folder.resolve("other"));
    assertThat(count(folder)).isEqualTo(3);
    space.clear();
    assertThat(count(folder)).isEqualTo(1);
    new SortSpace(folder.resolve("none"), 1).clear();
    assertThat(folder.resolve("none")).doesNotExist();
  }

  private static long count(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }
}
