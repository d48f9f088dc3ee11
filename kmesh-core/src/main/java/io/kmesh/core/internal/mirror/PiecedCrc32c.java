// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.store.Crc32c;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The CRC-32C of a content from those of its pieces, which may come in any order; what no piece
 * covers counts as zeros. A CRC is linear: each piece adds its own remainder, moved by the bytes
 * behind it, and zeros add none. One thread at a time.
 */
public final class PiecedCrc32c {
  /** Castagnoli's polynomial without its highest power; bit 31 is the power 0. */
  private static final int POLYNOMIAL = 0x82f63b78;

  private static final int ONE = 1 << 31;

  /** The powers of x with the exponents 1, 2, 4, ...: of as many bits as a long has bytes. */
  private static final int[] POWERS = powers();

  private static final int BYTE_BITS = 3; // a byte moves by 2 to the power of this

  private final long size;
  private int sum;

  /**
   * All zeros.
   *
   * @param size the content's bytes
   */
  public PiecedCrc32c(long size) {
    this.size = size;
  }

  /**
   * Adds a piece.
   *
   * @param offset of its first byte in the content
   * @param crc32c of its bytes
   */
  void add(long offset, long length, int crc32c) {
    if (offset < 0 || length < 0 || length > size - offset) {
      throw new IllegalArgumentException(
          length + " bytes at " + offset + " are not within " + size + ".");
    }
    sum ^= moved(crc32c ^ ofZeros(length), size - offset - length);
  }

  /** Adds a piece by its bytes, which are left as they are. */
  public void add(long offset, ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    add(offset, bytes.remaining(), (int) crc.getValue());
  }

  /** Adds what was added to another one of the same content. */
  void add(PiecedCrc32c other) {
    sum ^= other.sum;
  }

  /** That of the whole. */
  public Crc32c value() {
    return new Crc32c(sum ^ ofZeros(size));
  }

  /** The CRC-32C of so many zeros. */
  private static int ofZeros(long length) {
    return ~moved(~0, length);
  }

  /** A remainder with so many zeros behind it. */
  private static int moved(int remainder, long bytes) {
    int factor = ONE;
    int power = BYTE_BITS;
    for (long left = bytes; left != 0; left >>>= 1, power++) {
      if ((left & 1) != 0) {
        factor = product(POWERS[power], factor);
      }
    }
    return product(factor, remainder);
  }

  private static int[] powers() {
    int[] powers = new int[Long.SIZE + BYTE_BITS];
    powers[0] = ONE >>> 1;
    for (int i = 1; i < powers.length; i++) {
      powers[i] = product(powers[i - 1], powers[i - 1]);
    }
    return powers;
  }

  /** The product of two polynomials modulo Castagnoli's. */
  private static int product(int a, int b) {
    int product = 0;
    int factor = b;
    for (int bit = ONE; bit != 0; bit >>>= 1) {
      if ((a & bit) != 0) {
        product ^= factor;
      }
      factor = (factor & 1) != 0 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
    }
    return product;
  }
}
