// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one range of keys in a row, as docs/format/ordered-store.md says. It knows the
 * range that it is for, so that a row that is missing or stands elsewhere is found. Not
 * thread-safe.
 */
final class OrderedBlock {
  private static final int ENTRIES_AT = Integer.BYTES + 2 * Short.BYTES;
  private static final int ENTRY_HEADER = Short.BYTES + Integer.BYTES;
  private static final int NO_END = 0xffff;

  private final long id;
  private final byte[] data;
  private final byte[] first;
  private final byte @Nullable [] end;

  /** Where each entry begins, and where the last one ends. */
  private final int[] starts;

  private boolean isUsed;

  private OrderedBlock(long id, byte[] data, byte[] first, byte @Nullable [] end, int[] starts) {
    this.id = id;
    this.data = data;
    this.first = first;
    this.end = end;
    this.starts = starts;
  }

  /**
   * Makes a block of entries that are encoded already.
   *
   * @param first the least key of its range
   * @param end the least key behind its range; null for none
   * @param starts where in {@code entries} each begins, and where the last one ends
   */
  static OrderedBlock of(
      long id, byte[] first, byte @Nullable [] end, byte[] entries, int[] starts) {
    int endLength = end == null ? 0 : end.length;
    int shift = ENTRIES_AT + first.length + endLength - starts[0];
    int length = starts[starts.length - 1] - starts[0];
    ByteBuffer data = ByteBuffer.allocate(starts[0] + shift + length);
    data.putInt(0).putShort((short) first.length).put(first);
    data.putShort((short) (end == null ? NO_END : endLength));
    if (end != null) {
      data.put(end);
    }
    data.put(entries, starts[0], length);
    data.putInt(0, checksum(data.array()));
    int[] moved = new int[starts.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = starts[i] + shift;
    }
    return new OrderedBlock(id, data.array(), first, end, moved);
  }

  private static int checksum(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data, Integer.BYTES, data.length - Integer.BYTES);
    return (int) crc.getValue();
  }

  /**
   * Reads a block from its row.
   *
   * @throws ProviderException CORRUPT
   */
  static OrderedBlock decode(long id, byte[] data, Path file) throws ProviderException {
    if (data.length < ENTRIES_AT) {
      throw damaged(file, id, "it has " + data.length + " bytes");
    }
    ByteBuffer buffer = ByteBuffer.wrap(data);
    if (buffer.getInt() != checksum(data)) {
      throw damaged(file, id, "its checksum is not that of its bytes");
    }
    byte[] first = key(buffer, Short.toUnsignedInt(buffer.getShort()), Short.BYTES, file, id);
    int endLength = Short.toUnsignedInt(buffer.getShort());
    byte[] end = endLength == NO_END ? null : key(buffer, endLength, 0, file, id);
    int[] starts = new int[16];
    int count = 0;
    while (buffer.hasRemaining()) {
      if (count + 1 == starts.length) {
        starts = Arrays.copyOf(starts, 2 * starts.length);
      }
      starts[count++] = buffer.position();
      skipEntry(buffer, file, id);
    }
    starts[count] = data.length;
    return new OrderedBlock(id, data, first, end, Arrays.copyOf(starts, count + 1));
  }

  private static byte[] key(ByteBuffer buffer, int length, int behind, Path file, long id)
      throws ProviderException {
    if (length > OrderedStore.MOST_KEY || length + behind > buffer.remaining()) {
      throw damaged(file, id, "a border of its range has " + length + " bytes");
    }
    byte[] key = new byte[length];
    buffer.get(key);
    return key;
  }

  private static void skipEntry(ByteBuffer buffer, Path file, long id) throws ProviderException {
    if (buffer.remaining() >= ENTRY_HEADER) {
      int key = Short.toUnsignedInt(buffer.getShort());
      int value = buffer.getInt();
      if (key <= OrderedStore.MOST_KEY
          && value >= 0
          && value <= OrderedStore.MOST_VALUE
          && key + value <= buffer.remaining()) {
        buffer.position(buffer.position() + key + value);
        return;
      }
    }
    throw damaged(file, id, "an entry at byte " + buffer.position() + " does not end in it");
  }

  private static ProviderException damaged(Path file, long id, String reason) {
    return SqliteErrors.damaged("read", file, "block " + id + ": " + reason, null);
  }

  /** The number of its row. */
  long id() {
    return id;
  }

  /** What stands in the row; not to be changed. */
  byte[] data() {
    return data;
  }

  /** The least key of its range; not to be changed. */
  byte[] first() {
    return first;
  }

  /** The least key behind its range; null for none. Not to be changed. */
  byte @Nullable [] end() {
    return end;
  }

  /** Whether a key is in its range. */
  boolean covers(byte[] key) {
    return Arrays.compareUnsigned(first, key) <= 0
        && (end == null || Arrays.compareUnsigned(key, end) < 0);
  }

  /** The number of entries. */
  int size() {
    return starts.length - 1;
  }

  /** Where an entry begins in {@link #data}; {@code size()} is where the last one ends. */
  int start(int entry) {
    return starts[entry];
  }

  private int keyLength(int entry) {
    int at = starts[entry];
    return ((data[at] & 0xff) << 8) | (data[at + 1] & 0xff);
  }

  /** Compares an entry's key with another. */
  int compare(int entry, byte[] key) {
    int at = starts[entry] + ENTRY_HEADER;
    return Arrays.compareUnsigned(data, at, at + keyLength(entry), key, 0, key.length);
  }

  /** The first entry from one on whose key is not less than another. */
  int ceiling(byte[] key, int from) {
    int low = from;
    int high = size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(middle, key) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** An entry's key. */
  byte[] key(int entry) {
    int at = starts[entry] + ENTRY_HEADER;
    return Arrays.copyOfRange(data, at, at + keyLength(entry));
  }

  /** An entry's value. */
  byte[] value(int entry) {
    return Arrays.copyOfRange(
        data, starts[entry] + ENTRY_HEADER + keyLength(entry), starts[entry + 1]);
  }

  /** Whether it was asked for since this was last called. */
  boolean takeUsed() {
    boolean was = isUsed;
    isUsed = false;
    return was;
  }

  /** Notes that it was asked for. */
  void use() {
    isUsed = true;
  }
}
