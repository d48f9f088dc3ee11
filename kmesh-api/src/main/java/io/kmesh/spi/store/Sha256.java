// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * A SHA-256 of an object's bytes.
 *
 * @param bytes the 32 bytes
 */
public record Sha256(byte[] bytes) {
  /** Copies and checks the length. */
  public Sha256 {
    bytes = bytes.clone();
    if (bytes.length != 32) {
      throw new IllegalArgumentException("A SHA-256 has 32 bytes, not " + bytes.length + ".");
    }
  }

  /** Reads 64 hexadecimal digits. */
  public static Sha256 parse(String hex) {
    return new Sha256(HexFormat.of().parseHex(hex));
  }

  /** A copy of the bytes. */
  @Override
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object o) {
    return o instanceof Sha256 s && Arrays.equals(s.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** 64 hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
