// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.bytes;

import io.kmesh.spi.ProviderException;
import java.util.HexFormat;

/**
 * The name of a chunk: 24 bytes, as three numbers.
 *
 * @param first bytes 0 to 7, big-endian
 * @param second bytes 8 to 15
 * @param third bytes 16 to 23
 */
public record ChunkName(long first, long second, long third) implements Comparable<ChunkName> {
  /** The bytes of a name. */
  public static final int LENGTH = 24;

  /** The name in the first bytes of an array. */
  public static ChunkName of(byte[] bytes) {
    return new ChunkName(number(bytes, 0), number(bytes, 8), number(bytes, 16));
  }

  /** The name that {@link #toString} gives. */
  public static ChunkName parse(String hexadecimal) {
    byte[] bytes = HexFormat.of().parseHex(hexadecimal);
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException(
          "Cannot read the chunk name " + hexadecimal + ": it has 48 hexadecimal digits.");
    }
    return of(bytes);
  }

  /** Reads a name. */
  public static ChunkName read(ByteInput in) throws ProviderException {
    return new ChunkName(in.u64BigEndian(), in.u64BigEndian(), in.u64BigEndian());
  }

  private static long number(byte[] bytes, int offset) {
    long value = 0;
    for (int i = offset; i < offset + 8; i++) {
      value = value << 8 | (bytes[i] & 0xff);
    }
    return value;
  }

  /** Writes the name. */
  public void write(ByteOutput out) {
    out.u64BigEndian(first);
    out.u64BigEndian(second);
    out.u64BigEndian(third);
  }

  @Override
  public int compareTo(ChunkName other) {
    int order = Long.compareUnsigned(first, other.first);
    order = order != 0 ? order : Long.compareUnsigned(second, other.second);
    return order != 0 ? order : Long.compareUnsigned(third, other.third);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(first);
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object o) {
    return o instanceof ChunkName n && n.first == first && n.second == second && n.third == third;
  }

  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(first) + hex.toHexDigits(second) + hex.toHexDigits(third);
  }
}
