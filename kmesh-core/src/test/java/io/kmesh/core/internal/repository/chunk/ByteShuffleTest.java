// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The filter against the plain words of the format, and its inverse. */
class ByteShuffleTest {
  private static byte[] reference(int stride, byte[] content) {
    byte[] filtered = content.clone();
    int items = content.length / stride;
    for (int i = 0; i < items; i++) {
      for (int j = 0; j < stride; j++) {
        filtered[j * items + i] = content[i * stride + j];
      }
    }
    return filtered;
  }

  @Provide
  Arbitrary<Integer> strides() {
    return Arbitraries.of(2, 4, 8);
  }

  @Property
  void shuffle_isThatOfTheReference_andComesBack(
      @ForAll("strides") int stride,
      @ForAll @Size(max = 700) byte[] content,
      @ForAll @IntRange(max = 9) int offset,
      @ForAll @IntRange(max = 9) int at) {
    byte[] from = new byte[offset + content.length + 3];
    System.arraycopy(content, 0, from, offset, content.length);
    byte[] into = new byte[at + content.length + 3];
    Arrays.fill(into, (byte) 0x55);
    byte[] expected = into.clone();
    System.arraycopy(reference(stride, content), 0, expected, at, content.length);
    ByteShuffle.shuffle(stride, from, offset, content.length, into, at);
    assertThat(into).isEqualTo(expected);
    byte[] back = new byte[from.length];
    ByteShuffle.unshuffle(stride, into, at, content.length, back, offset);
    assertThat(back).isEqualTo(from);
  }

  @Example
  void shuffle_pastAnArrayOrWithAnotherStride_isRefused() {
    byte[] a = new byte[20];
    byte[] b = new byte[20];
    assertThatThrownBy(() -> ByteShuffle.shuffle(4, a, 1, 20, b, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> ByteShuffle.unshuffle(4, a, 0, 20, b, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> ByteShuffle.shuffle(4, a, 0, 20, a, 0))
        .isInstanceOf(IllegalArgumentException.class);
    for (int stride : new int[] {1, 3, 16}) {
      assertThat(ByteShuffle.isStride(stride)).isFalse();
      assertThatThrownBy(() -> ByteShuffle.shuffle(stride, a, 0, 20, b, 0))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> ByteShuffle.unshuffle(stride, a, 0, 20, b, 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
