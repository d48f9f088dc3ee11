// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.engine.PosixTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutlinerTest {
  private static final ChunkKeys KEYS = ChunkKeys.of("f1");

  @TempDir Path dir;

  private static byte[] bytes(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private List<Chunk> outline(int level, long size, long from) throws IOException {
    List<Chunk> chunks = new ArrayList<>();
    try (PosixTree tree = PosixTrees.open(dir);
        PosixDirectory top = tree.openRoot();
        PosixFile file = top.openFile(PathBytes.of("file"), Set.of(OpenFlag.READ))) {
      long[] at = {from};
      new Outliner(KEYS, level)
          .outline(
              file,
              size,
              from,
              (offset, chunk) -> {
                assertThat(offset).isEqualTo(at[0]);
                at[0] += chunk.length();
                return chunks.add(chunk);
              });
      assertThat(at[0]).isEqualTo(size);
    }
    return chunks;
  }

  @Test
  void chunks_areNamedByTheirBytes_atAnyPlace() throws IOException {
    byte[] whole = bytes(1, 3 << 20);
    Files.write(dir.resolve("file"), whole);
    List<Chunk> chunks = outline(14, whole.length, 0);
    assertThat(chunks).hasSizeBetween(60, 400);
    Outliner names = new Outliner(KEYS, 8);
    int at = 0;
    for (Chunk chunk : chunks) {
      assertThat(chunk.length()).isBetween(1L, (long) ChunkLevel.longest(14));
      ChunkName name = names.name(whole, at, (int) chunk.length());
      assertThat(chunk.name()).isEqualTo(name);
      at += (int) chunk.length();
    }
    long second = chunks.get(0).length();
    assertThat(outline(14, whole.length, second)).isEqualTo(chunks.subList(1, chunks.size()));
  }

  @Test
  void shiftedFile_hasTheSameChunks_butForTheFirst() throws IOException {
    byte[] whole = bytes(2, 1 << 20);
    Files.write(dir.resolve("file"), whole);
    List<Chunk> chunks = outline(12, whole.length, 0);
    byte[] shifted = new byte[whole.length + 1];
    System.arraycopy(whole, 0, shifted, 1, whole.length);
    Files.write(dir.resolve("file"), shifted);
    Set<Chunk> others = new HashSet<>(outline(12, shifted.length, 0));
    others.removeAll(chunks);
    assertThat(others).hasSizeBetween(1, 3);
  }

  @Test
  void holes_areTold_andEndChunks() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(dir.resolve("file").toFile(), "rw")) {
      file.setLength(8 << 20);
      file.seek(2 << 20);
      file.write(bytes(3, 1 << 20));
      file.seek(6 << 20);
      file.write(bytes(3, 1 << 20));
    }
    List<Chunk> chunks = outline(16, 8 << 20, 0);
    assertThat(chunks.stream().filter(Chunk::isHole).map(Chunk::length))
        .containsExactly(2L << 20, 3L << 20, 1L << 20);
    List<Chunk> data = chunks.stream().filter(c -> !c.isHole()).toList();
    int half = data.size() / 2;
    assertThat(data.subList(0, half)).isEqualTo(data.subList(half, data.size()));
  }

  @Test
  void fileThatBecameShorter_isNoticed() throws IOException {
    Files.write(dir.resolve("file"), bytes(4, 100_000));
    assertThatThrownBy(() -> outline(14, 200_000, 0)).isInstanceOf(EOFException.class);
  }

  @Test
  void namesOfFlows_haveNothingToDoWithEachOther() {
    byte[] some = bytes(5, 100);
    assertThat(new Outliner(ChunkKeys.of("f2"), 14).name(some, 0, 100))
        .isNotEqualTo(new Outliner(KEYS, 14).name(some, 0, 100));
    assertThat(new Outliner(KEYS, 14).name(some, 0, 100))
        .hasToString("5b5d9f62d47c06239f015470242db6b195887844079569a8");
    assertThat(HexFormat.of().formatHex(KEYS.gear(), 0, 8)).isEqualTo("68e77c72a09d44ae");
  }
}
