// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

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
    try (NameSorter sorter = new NameSorter(room)) {
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
}
