// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Where chunks end, against the plain words of the format. */
class GearChunkerTest {
  private static final byte[] TABLE = table(42);

  private static byte[] table(long seed) {
    byte[] table = new byte[GearChunker.TABLE_BYTES];
    new Random(seed).nextBytes(table);
    return table;
  }

  /** Random bytes, or few different ones, or a repeated piece. */
  private static byte[] data(Random random, int length) {
    byte[] data = new byte[length];
    switch (random.nextInt(4)) {
      case 0 -> {
        for (int i = 0; i < length; i++) {
          data[i] = (byte) random.nextInt(3);
        }
      }
      case 1 -> {
        byte[] piece = new byte[1 + random.nextInt(100)];
        random.nextBytes(piece);
        for (int i = 0; i < length; i++) {
          data[i] = piece[i % piece.length];
        }
      }
      default -> random.nextBytes(data);
    }
    return data;
  }

  /** Byte at a time, as docs/format/repository.md says it. */
  private static int reference(byte[] table, ChunkProfile profile, byte[] data, int from, int to) {
    long[] gear = new long[256];
    ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(gear);
    int bits = Integer.numberOfTrailingZeros(profile.average());
    long hash = 0;
    for (int i = from; i < to; i++) {
      int length = i + 1 - from;
      if (length > profile.min() - 64) {
        hash = (hash << 1) + gear[data[i] & 0xff];
      }
      int zeros = length <= profile.average() ? bits + 1 : bits - 1;
      if (length >= profile.min() && hash >>> (64 - zeros) == 0) {
        return i + 1;
      }
      if (length == profile.max()) {
        return i + 1;
      }
    }
    return to;
  }

  @Property(tries = 400)
  void cut_isThatOfTheReference(
      @ForAll long seed,
      @ForAll @IntRange(min = 64, max = 255) int min,
      @ForAll @IntRange(min = 8, max = 12) int bits,
      @ForAll @IntRange(min = 1, max = 9_000) int more,
      @ForAll @IntRange(min = 1, max = 40_000) int length) {
    ChunkProfile profile = new ChunkProfile(min, 1 << bits, (1 << bits) + more);
    GearChunker chunker = new GearChunker(TABLE, profile);
    byte[] data = data(new Random(seed), length);
    for (int from = 0; from < length; ) {
      int end = chunker.cut(data, from, length, true);
      assertThat(end).isEqualTo(reference(TABLE, profile, data, from, length));
      from = end;
    }
  }

  @Property(tries = 200)
  void cut_inAnyWindows_isThatOfTheWhole(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 30_000) int length) {
    ChunkProfile profile = new ChunkProfile(100, 512, 3001);
    GearChunker chunker = new GearChunker(TABLE, profile);
    Random random = new Random(seed);
    byte[] data = data(random, length);
    List<Integer> whole = ends(chunker, data);
    List<Integer> streamed = new ArrayList<>();
    int from = 0;
    int to = 0;
    while (from < length) {
      int end = chunker.cut(data, from, to, to == length);
      if (end == Cutter.MORE) {
        assertThat(to).isLessThan(length);
        assertThat(to - from).isLessThan(profile.max());
        to = Math.min(length, to + 1 + random.nextInt(2000));
      } else {
        streamed.add(end);
        from = end;
      }
    }
    assertThat(streamed).isEqualTo(whole);
  }

  @Property(tries = 100)
  void cut_keepsMinAndMax(@ForAll long seed) {
    ChunkProfile profile = new ChunkProfile(64, 256, 700);
    byte[] data = data(new Random(seed), 30_000);
    int from = 0;
    for (int end : ends(new GearChunker(TABLE, profile), data)) {
      assertThat(end - from).isLessThanOrEqualTo(700);
      if (end < data.length) {
        assertThat(end - from).isGreaterThanOrEqualTo(64);
      }
      from = end;
    }
    assertThat(from).isEqualTo(data.length);
  }

  @Property(tries = 60)
  void cut_afterAnInsertOrDelete_comesBackToTheSameBoundaries(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 3000) int inserted,
      @ForAll @IntRange(min = 0, max = 3000) int deleted) {
    Random random = new Random(seed);
    byte[] old = new byte[400_000];
    random.nextBytes(old);
    int at = random.nextInt(50_000);
    byte[] changed = new byte[old.length + inserted - deleted];
    random.nextBytes(changed);
    System.arraycopy(old, 0, changed, 0, at);
    System.arraycopy(old, at + deleted, changed, at + inserted, old.length - at - deleted);
    GearChunker chunker = new GearChunker(TABLE, new ChunkProfile(256, 1024, 8192));
    Set<Integer> fromEnd = new HashSet<>();
    ends(chunker, old).forEach(e -> fromEnd.add(old.length - e));
    List<Integer> ends = ends(chunker, changed);
    // From some boundary not far behind the change on, all are the same.
    int same = changed.length;
    for (int i = ends.size() - 1; i >= 0 && fromEnd.contains(changed.length - ends.get(i)); i--) {
      same = ends.get(i);
    }
    assertThat(same - (at + inserted)).isLessThan(60_000);
  }

  @Example
  void cut_realProfile_hasAboutTheAverage() {
    byte[] data = new byte[64 << 20];
    new Random(7).nextBytes(data);
    assertThat(ends(new GearChunker(TABLE, ChunkProfile.DATA), data).size()).isBetween(45, 80);
    assertThat(ends(new GearChunker(TABLE, ChunkProfile.IMAGE), data).size()).isBetween(200, 290);
  }

  @Example
  void cut_zeros_areChunksOfMax() {
    byte[] data = new byte[10 << 20];
    assertThat(ends(new GearChunker(TABLE, ChunkProfile.DATA), data))
        .containsExactly(4 << 20, 8 << 20, 10 << 20);
  }

  @Example
  void cut_withLessThanMin_isMore_orTheEnd() {
    GearChunker chunker = new GearChunker(TABLE, ChunkProfile.DATA);
    byte[] data = new byte[1000];
    assertThat(chunker.cut(data, 0, 1000, false)).isEqualTo(Cutter.MORE);
    assertThat(chunker.cut(data, 10, 1000, true)).isEqualTo(1000);
    assertThatThrownBy(() -> chunker.cut(data, 10, 1001, true))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Example
  void constructors_refuseWhatIsNoTableOrProfile() {
    assertThatThrownBy(() -> new GearChunker(new byte[2047], ChunkProfile.DATA))
        .hasMessageContaining("2047");
    int[][] wrong = {
      {63, 256, 512},
      {64, 64, 512},
      {64, 256, 256},
      {64, 300, 512},
      {64, 256, (16 << 20) + 1},
      {-1, -2, -3},
      {64, Integer.MIN_VALUE, 512}
    };
    for (int[] w : wrong) {
      assertThatThrownBy(() -> new ChunkProfile(w[0], w[1], w[2]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must ascend");
    }
  }

  static List<Integer> ends(GearChunker chunker, byte[] data) {
    List<Integer> ends = new ArrayList<>();
    for (int from = 0; from < data.length; ) {
      from = chunker.cut(data, from, data.length, true);
      ends.add(from);
    }
    return ends;
  }
}
