// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

import io.kmesh.core.internal.compress.ZstdPacker;
import io.kmesh.spi.ProviderException;
import java.util.Objects;

/**
 * Tells what content is like by compressing 16 KiB of its middle, as they are and filtered. For one
 * thread at a time: it uses the context of its {@link FrameCodec}.
 */
public final class FilterProbe {
  /** How much of the content is tried. */
  static final int SAMPLE = 16 << 10;

  /** Less than this says nothing. */
  private static final int LEAST_SAMPLE = 1 << 10;

  private static final int[] STRIDES = {2, 4, 8};
  private static final int LEVEL = 1;

  private final ZstdPacker packer;
  private final byte[] filtered = new byte[SAMPLE];
  private final byte[] packed = new byte[ZstdPacker.bound(SAMPLE)];

  FilterProbe(ZstdPacker packer) {
    this.packer = packer;
  }

  /** How to code this content. */
  public Coding probe(byte[] content, int offset, int length) throws ProviderException {
    Objects.checkFromIndexSize(offset, length, content.length);
    if (length < LEAST_SAMPLE) {
      return Coding.BINARY;
    }
    int sample = Math.min(SAMPLE, length);
    int begin = offset + ((length - sample) / 2 & -8);
    int plain = packer.pack(LEVEL, content, begin, sample, packed, 0);
    int best = plain;
    int stride = 1;
    for (int s : STRIDES) {
      ByteShuffle.shuffle(s, content, begin, sample, filtered, 0);
      int size = packer.pack(LEVEL, filtered, 0, sample, packed, 0);
      if (size < best) {
        best = size;
        stride = s;
      }
    }
    if (best <= plain - plain / 10) {
      return new Coding(DataClass.NUMERIC, stride);
    }
    if (plain >= sample - sample / 32) {
      return new Coding(DataClass.INCOMPRESSIBLE, 1);
    }
    return new Coding(isText(content, begin, sample) ? DataClass.TEXT : DataClass.BINARY, 1);
  }

  /** Text has no zeros, hardly any other control characters, and mostly ASCII. */
  private static boolean isText(byte[] content, int begin, int length) {
    int controls = 0;
    int high = 0;
    for (int i = begin; i < begin + length; i++) {
      byte b = content[i];
      if (b == 0) {
        return false;
      }
      high += b < 0 ? 1 : 0;
      controls += b > 0 && b < ' ' && (b < '\t' || b > '\r') ? 1 : 0;
    }
    return controls <= length / 64 && high <= length / 2;
  }
}
