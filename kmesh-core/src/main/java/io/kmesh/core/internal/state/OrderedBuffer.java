// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The changes that are not in blocks yet, by key. Not thread-safe. */
final class OrderedBuffer {
  /** The value of a key that was taken away. */
  static final byte[] NONE = new byte[0];

  /** What an entry takes beside its bytes: the tree's node and the arrays' headers. */
  private static final int OVERHEAD = 96;

  private final TreeMap<byte[], byte[]> changes = new TreeMap<>(Arrays::compareUnsigned);
  private long bytes;
  private long edits;

  /** The value of a key: null when it was not changed, {@link #NONE} when it was taken away. */
  byte @Nullable [] get(byte[] key) {
    return changes.get(key);
  }

  /** Notes a change; both arrays stay its own. */
  void put(byte[] key, byte[] value) {
    byte[] before = changes.put(key, value);
    bytes += value.length - (before == null ? -key.length - OVERHEAD : before.length);
    edits++;
  }

  /** Forgets the change of a key. */
  void forget(byte[] key) {
    byte[] before = changes.remove(key);
    if (before != null) {
      bytes -= before.length + key.length + OVERHEAD;
      edits++;
    }
  }

  /** About the memory that it takes. */
  long bytes() {
    return bytes;
  }

  /** Grows with each change, so that cursors know that they must look again. */
  long edits() {
    return edits;
  }

  /** The first change from a key on; not to be changed. */
  Map.@Nullable Entry<byte[], byte[]> ceiling(byte[] key) {
    return changes.ceilingEntry(key);
  }

  /** All changes in order. */
  Iterable<Map.Entry<byte[], byte[]>> all() {
    return changes.entrySet();
  }

  /** Whether nothing is in it. */
  boolean isEmpty() {
    return changes.isEmpty();
  }

  /** Forgets all. */
  void clear() {
    changes.clear();
    bytes = 0;
    edits++;
  }
}
