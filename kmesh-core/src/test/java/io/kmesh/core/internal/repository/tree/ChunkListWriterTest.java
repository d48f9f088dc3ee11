// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lists of any length: in pages of pages, and read in order and from any place. */
class ChunkListWriterTest {
  private final MemoryChunks pages = new MemoryChunks();

  private static ChunkName name(SplittableRandom random) {
    return new ChunkName(random.nextLong(), random.nextLong(), random.nextLong());
  }

  private ChunkList write(int count) throws IOException {
    SplittableRandom random = new SplittableRandom(count);
    ChunkListWriter writer = new ChunkListWriter(pages);
    for (int i = 0; i < count; i++) {
      writer.add(name(random), 1 + i % 1000);
    }
    return writer.finish();
  }

  @ParameterizedTest
  @CsvSource({"0,0", "1,0", "64,0", "65,1", "600,1", "50000,1", "300000,2"})
  void anyCount_isReadInOrder(int count, int depth) throws IOException {
    ChunkList list = write(count);
    assertThat(list.depth()).isEqualTo(depth);
    assertThat(list.names().length).isLessThanOrEqualTo(64);
    SplittableRandom random = new SplittableRandom(count);
    int[] seen = new int[1];
    long[] at = new long[1];
    ChunkLists.visit(
        list,
        pages,
        0,
        Long.MAX_VALUE,
        (name, offset, length) -> {
          assertThat(name.equals(name(random))).isTrue();
          assertThat(offset == at[0] && length == 1 + seen[0] % 1000).isTrue();
          at[0] += length;
          seen[0]++;
        });
    assertThat(seen[0]).isEqualTo(count);
    assertThat(list.length()).isEqualTo(at[0]);
    assertThat(write(count)).isEqualTo(list);
  }

  @Test
  void range_readsItsPagesOnly() throws IOException {
    ChunkList list = write(300_000);
    pages.forgetReads();
    List<Long> offsets = new ArrayList<>();
    long middle = list.length() / 2;
    ChunkLists.visit(
        list, pages, middle, middle + 1, (name, offset, length) -> offsets.add(offset));
    assertThat(offsets).hasSize(1);
    assertThat(offsets.get(0)).isLessThanOrEqualTo(middle);
    assertThat(pages.reads()).isEqualTo(2);
  }

  @Test
  void pageOfAnotherDepth_isRefused() throws IOException {
    ChunkList list = write(300_000);
    ChunkName page = list.names()[0];
    assertThat(ChunkListCodec.readPage(pages.read(page), page, 1).depth()).isEqualTo(1);
    assertThatThrownBy(() -> ChunkListCodec.readPage(pages.read(page), page, 0))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("depth 1 where 0 is named");
  }
}
