// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Entries one behind another in the form of blocks: the length of the key (2 bytes), of the value
 * (4 bytes; -1 for none), the key, the value. Not thread-safe.
 */
final class OrderedEntries {
  private static final int ENTRY_HEADER = Short.BYTES + Integer.BYTES;

  private ByteBuffer bytes = ByteBuffer.allocate(1 << 14);
  private int[] starts = new int[256];
  private int count;

  /** Forgets the entries. */
  void clear() {
    bytes.clear();
    count = 0;
  }

  /** The bytes of all. */
  int length() {
    return bytes.position();
  }

  /** The number of entries. */
  int size() {
    return count;
  }

  /** Where an entry begins; {@code size()} is where the last one ends. */
  int start(int entry) {
    return entry == count ? length() : starts[entry];
  }

  /** The bytes; those behind {@link #length} mean nothing. */
  byte[] array() {
    return bytes.array();
  }

  /** A key. */
  byte[] key(int entry) {
    int at = starts[entry];
    int length = Short.toUnsignedInt(bytes.getShort(at));
    return Arrays.copyOfRange(bytes.array(), at + ENTRY_HEADER, at + ENTRY_HEADER + length);
  }

  /** Adds an entry; an empty array that is {@link OrderedBuffer#NONE} says that there is none. */
  void add(byte[] key, byte[] value) {
    reserve(ENTRY_HEADER + key.length + value.length, 1);
    starts[count++] = bytes.position();
    bytes.putShort((short) key.length);
    bytes.putInt(value == OrderedBuffer.NONE ? -1 : value.length);
    bytes.put(key).put(value);
  }

  /** Adds entries of a block. */
  void addAll(OrderedBlock block, int from, int to) {
    int length = block.start(to) - block.start(from);
    reserve(length, to - from);
    int shift = bytes.position() - block.start(from);
    for (int i = from; i < to; i++) {
      starts[count++] = block.start(i) + shift;
    }
    bytes.put(block.data(), block.start(from), length);
  }

  private void reserve(int more, int entries) {
    if (bytes.remaining() < more) {
      ByteBuffer larger =
          ByteBuffer.allocate(Math.max(2 * bytes.capacity(), bytes.position() + more));
      larger.put(bytes.flip());
      bytes = larger;
    }
    if (starts.length < count + entries) {
      starts = Arrays.copyOf(starts, Math.max(2 * starts.length, count + entries));
    }
  }

  /** The starts of some entries and the end of the last. */
  int[] starts(int from, int to) {
    int[] some = Arrays.copyOfRange(starts, from, to + 1);
    some[to - from] = start(to);
    return some;
  }
}
