// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.store.Crc32c;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PiecedCrc32cTest {
  private static final byte[] DIGITS = "123456789".getBytes(StandardCharsets.US_ASCII);

  @Test
  void value_ofTheCheckOfTheAlgorithm_isAsItsCatalogueSays() {
    PiecedCrc32c sum = new PiecedCrc32c(9);
    sum.add(4, ByteBuffer.wrap(DIGITS, 4, 5));
    sum.add(0, ByteBuffer.wrap(DIGITS, 0, 4));
    assertThat(sum.value()).hasToString("e3069283");
  }

  @Test
  void value_ofZeros_isThatOfRfc3720() {
    assertThat(new PiecedCrc32c(32).value()).hasToString("8a9136aa");
    assertThat(new PiecedCrc32c(0).value()).hasToString("00000000");
  }

  @Test
  void value_ofAContentLargerThanAnInt_isThatOfItsBytes() {
    // 5 GiB of zeros, one byte of which is 1: summed here in pieces of 1 MiB.
    long size = 5L << 30;
    long at = (4L << 30) + 12_345;
    PiecedCrc32c sum = new PiecedCrc32c(size);
    sum.add(at, ByteBuffer.wrap(new byte[] {1}));
    PiecedCrc32c pieces = new PiecedCrc32c(size);
    int mebibyte = 1 << 20;
    ByteBuffer zeros = ByteBuffer.allocateDirect(mebibyte);
    int ofZeros = Crc32c.of(zeros).value();
    for (long piece = 0; piece < size; piece += mebibyte) {
      if (at >= piece && at < piece + mebibyte) {
        zeros.put((int) (at - piece), (byte) 1);
        pieces.add(piece, zeros);
      } else {
        pieces.add(piece, mebibyte, ofZeros);
      }
    }
    assertThat(sum.value()).isEqualTo(pieces.value());
  }

  @Test
  void add_ofAPieceThatIsNotWithin_isRefused() {
    PiecedCrc32c sum = new PiecedCrc32c(9);
    assertThatThrownBy(() -> sum.add(5, ByteBuffer.wrap(DIGITS, 0, 5)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> sum.add(-1, 1, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Property(tries = 300)
  void value_ofPiecesInAnyOrder_isThatOfTheWhole(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] content = new byte[random.nextInt(5_000)];
    List<int[]> pieces = new ArrayList<>();
    for (int at = 0; at < content.length; ) {
      int length = Math.min(content.length - at, 1 + random.nextInt(700));
      if (random.nextInt(3) > 0) { // else a hole
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        System.arraycopy(bytes, 0, content, at, length);
        pieces.add(new int[] {at, length});
      }
      at += length;
    }
    Collections.shuffle(pieces, random);
    PiecedCrc32c one = new PiecedCrc32c(content.length);
    PiecedCrc32c other = new PiecedCrc32c(content.length);
    for (int[] piece : pieces) {
      ByteBuffer bytes =
          ByteBuffer.wrap(Arrays.copyOfRange(content, piece[0], piece[0] + piece[1]));
      (random.nextBoolean() ? one : other).add(piece[0], bytes);
    }
    one.add(other);
    assertThat(one.value()).isEqualTo(Crc32c.of(ByteBuffer.wrap(content)));
  }
}
