// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * The checksum of a row: CRC-32C over its columns in order, a number as 8 bytes big-endian, a text
 * or bytes as their length (8 bytes) and then themselves (UTF-8). Not thread-safe.
 */
final class RowChecksum {
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES);

  /** Adds a number. */
  RowChecksum add(long value) {
    number.putLong(0, value);
    crc.update(number.array(), 0, Long.BYTES);
    return this;
  }

  /** Adds a text. */
  RowChecksum add(String text) {
    return add(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds bytes. */
  RowChecksum add(byte[] bytes) {
    add(bytes.length);
    crc.update(bytes, 0, bytes.length);
    return this;
  }

  /** The sum, 0 to 2^32 - 1; the object is then as new. */
  long sum() {
    long value = crc.getValue();
    crc.reset();
    return value;
  }
}
