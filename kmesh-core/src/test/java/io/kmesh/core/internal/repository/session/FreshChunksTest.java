// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The table of chunks on their way, against a set. */
class FreshChunksTest {
  @Property(tries = 50)
  void claimAndKeep_areThoseOfASet(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 20_000) int steps,
      @ForAll @IntRange(min = 2, max = 100_000) int names) {
    Random random = new Random(seed);
    FreshChunks fresh = new FreshChunks();
    Set<ChunkName> set = new HashSet<>();
    for (int i = 0; i < steps; i++) {
      // Alike in what the table goes by.
      long number = 1 + random.nextInt(names);
      ChunkName name = new ChunkName(number, number % 7 == 0 ? number : number << 32, 0);
      if (random.nextInt(5000) == 0) {
        fresh.keep((first, second) -> first % 3 == 0);
        set.removeIf(n -> n.first() % 3 != 0);
      }
      assertThat(fresh.contains(name)).isEqualTo(set.contains(name));
      assertThat(fresh.claim(name)).isEqualTo(set.add(name));
    }
    assertThat(fresh.size()).isEqualTo(set.size());
  }
}
