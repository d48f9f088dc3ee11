// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The changes that are not in blocks yet, by key. Their bytes are in a few large arrays, with
 * numbers for their order: as an object each, they would be most of what the collector has to copy
 * while many come. Not thread-safe.
 */
final class OrderedBuffer {
  /** The value of a key that was taken away. */
  static final byte[] NONE = new byte[0];

  /** Bytes of keys and values in one array; what is longer has an array of its own. */
  private static final int CHUNK_BITS = 18;

  private static final int CHUNK = 1 << CHUNK_BITS;

  /** The most entries in one leaf. */
  private static final int LEAF = 128;

  /** Numbers of an entry: where its key is and how long, where its value is and how long. */
  private static final int NUMBERS = 4;

  private static final int KEY_AT = 0;
  private static final int KEY_LENGTH = 1;
  private static final int VALUE_AT = 2;
  private static final int VALUE_LENGTH = 3;

  /** What an entry takes beside its bytes: its numbers, and its place in a leaf. */
  private static final int OVERHEAD = (NUMBERS + 2) * Integer.BYTES;

  /** So much that is of no use any more is kept; above, as much as is of use. */
  private static final long MOST_WASTE = 1 << 20;

  private final List<byte[]> chunks = new ArrayList<>();

  /** Where the next bytes go, in the last chunk. */
  private int free;

  private int[] numbers = new int[NUMBERS * LEAF];
  private int entries;

  /** Entries in order, some in each; none is empty. */
  private final List<Leaf> leaves = new ArrayList<>();

  private long live;
  private long waste;
  private long edits;

  /** Where the last search ended: the leaf, the place in it, and whether the key is there. */
  private int leaf;

  private int slot;
  private boolean isFound;

  private static final class Leaf {
    private final int[] ids = new int[LEAF];
    private int size;

    void add(int at, int id) {
      System.arraycopy(ids, at, ids, at + 1, size - at);
      ids[at] = id;
      size++;
    }

    void remove(int at) {
      size--;
      System.arraycopy(ids, at + 1, ids, at, size - at);
    }

    /** Moves what is behind a place to a new leaf. */
    Leaf split(int at) {
      Leaf rest = new Leaf();
      rest.size = size - at;
      System.arraycopy(ids, at, rest.ids, 0, rest.size);
      size = at;
      return rest;
    }
  }

  /** Whether a key was changed. */
  boolean has(byte[] key) {
    locate(key);
    return isFound;
  }

  /**
   * The value of a key: null when it was not changed, {@link #NONE} when it was taken away, else a
   * copy.
   */
  byte @Nullable [] get(byte[] key) {
    locate(key);
    return isFound ? value(found()) : null;
  }

  /** Notes a change; both arrays stay the caller's. */
  void put(byte[] key, byte[] value) {
    locate(key);
    if (isFound) {
      replace(found(), value);
    } else {
      insert(newEntry(key, value));
    }
    edits++;
    if (waste > MOST_WASTE && waste > live) {
      compact();
    }
  }

  /** Forgets the change of a key. */
  void forget(byte[] key) {
    locate(key);
    if (isFound) {
      int id = found();
      int size = number(id, KEY_LENGTH) + Math.max(0, number(id, VALUE_LENGTH)) + OVERHEAD;
      live -= size;
      waste += size;
      Leaf at = leaves.get(leaf);
      at.remove(slot);
      if (at.size == 0) {
        leaves.remove(leaf);
      }
      edits++;
    }
  }

  /** About the memory that it takes. */
  long bytes() {
    return live + waste;
  }

  /** Grows with each change, so that cursors know that they must look again. */
  long edits() {
    return edits;
  }

  /** The first change from a key on, as a copy. */
  Map.@Nullable Entry<byte[], byte[]> ceiling(byte[] key) {
    locate(key);
    if (leaves.isEmpty()) {
      return null;
    }
    if (slot < leaves.get(leaf).size) {
      return entry(found());
    }
    return leaf + 1 < leaves.size() ? entry(leaves.get(leaf + 1).ids[0]) : null;
  }

  /** All changes in order, as copies; nothing is changed meanwhile. */
  Iterable<Map.Entry<byte[], byte[]>> all() {
    return All::new;
  }

  private final class All implements Iterator<Map.Entry<byte[], byte[]>> {
    private int inLeaves;
    private int inLeaf;

    @Override
    public boolean hasNext() {
      return inLeaves < leaves.size();
    }

    @Override
    public Map.Entry<byte[], byte[]> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Leaf at = leaves.get(inLeaves);
      Map.Entry<byte[], byte[]> next = entry(at.ids[inLeaf++]);
      if (inLeaf == at.size) {
        inLeaves++;
        inLeaf = 0;
      }
      return next;
    }
  }

  /** Whether nothing is in it. */
  boolean isEmpty() {
    return leaves.isEmpty();
  }

  /** Forgets all. */
  void clear() {
    chunks.clear();
    free = 0;
    numbers = new int[NUMBERS * LEAF];
    entries = 0;
    leaves.clear();
    live = 0;
    waste = 0;
    edits++;
  }

  /** Finds the last leaf that begins at or before a key, and the first place there that is not. */
  private void locate(byte[] key) {
    int low = 0;
    int high = leaves.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (compare(leaves.get(middle).ids[0], key) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    leaf = low;
    isFound = false;
    if (leaves.isEmpty()) {
      slot = 0;
      return;
    }
    Leaf at = leaves.get(low);
    low = 0;
    high = at.size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      int order = compare(at.ids[middle], key);
      if (order == 0) {
        slot = middle;
        isFound = true;
        return;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    slot = low;
  }

  private int found() {
    return leaves.get(leaf).ids[slot];
  }

  private int compare(int id, byte[] key) {
    int at = number(id, KEY_AT);
    int from = at & (CHUNK - 1);
    return Arrays.compareUnsigned(
        chunks.get(at >>> CHUNK_BITS), from, from + number(id, KEY_LENGTH), key, 0, key.length);
  }

  private int number(int id, int which) {
    return numbers[NUMBERS * id + which];
  }

  private void number(int id, int which, int value) {
    numbers[NUMBERS * id + which] = value;
  }

  /** Puts an entry where the last search ended. */
  private void insert(int id) {
    if (leaves.isEmpty()) {
      leaves.add(new Leaf());
    }
    Leaf at = leaves.get(leaf);
    if (at.size == LEAF) {
      // Keys that ascend, as most do, leave full leaves behind.
      int cut = slot == LEAF ? LEAF : LEAF / 2;
      leaves.add(leaf + 1, at.split(cut));
      if (slot >= cut) {
        leaf++;
        slot -= cut;
        at = leaves.get(leaf);
      }
    }
    at.add(slot, id);
  }

  private int newEntry(byte[] key, byte[] value) {
    int id = entries++;
    if (numbers.length < NUMBERS * entries) {
      numbers = Arrays.copyOf(numbers, 2 * numbers.length);
    }
    int at = room(key.length + value.length);
    copy(key, at);
    number(id, KEY_AT, at);
    number(id, KEY_LENGTH, key.length);
    number(id, VALUE_AT, at + key.length);
    number(id, VALUE_LENGTH, value == NONE ? -1 : value.length);
    copy(value, at + key.length);
    live += key.length + value.length + OVERHEAD;
    return id;
  }

  private void replace(int id, byte[] value) {
    int before = Math.max(0, number(id, VALUE_LENGTH));
    if (value.length > before) {
      number(id, VALUE_AT, room(value.length));
      waste += before;
    } else {
      waste += before - value.length;
    }
    copy(value, number(id, VALUE_AT));
    number(id, VALUE_LENGTH, value == NONE ? -1 : value.length);
    live += value.length - before;
  }

  /** Room for bytes that stand together. */
  private int room(int length) {
    if (chunks.isEmpty() || free + Math.max(1, length) > CHUNK) {
      chunks.add(new byte[Math.max(CHUNK, length)]);
      free = 0;
    }
    int at = ((chunks.size() - 1) << CHUNK_BITS) + free;
    free += length;
    return at;
  }

  private void copy(byte[] bytes, int at) {
    if (bytes.length > 0) {
      System.arraycopy(bytes, 0, chunks.get(at >>> CHUNK_BITS), at & (CHUNK - 1), bytes.length);
    }
  }

  private Map.Entry<byte[], byte[]> entry(int id) {
    return Map.entry(bytes(id, KEY_AT), value(id));
  }

  private byte[] value(int id) {
    return number(id, VALUE_LENGTH) < 0 ? NONE : bytes(id, VALUE_AT);
  }

  private byte[] bytes(int id, int which) {
    int at = number(id, which);
    int length = number(id, which + 1);
    if (length == 0) {
      return new byte[0];
    }
    int from = at & (CHUNK - 1);
    return Arrays.copyOfRange(chunks.get(at >>> CHUNK_BITS), from, from + length);
  }

  /** Writes what is of use anew. */
  private void compact() {
    OrderedBuffer compacted = new OrderedBuffer();
    for (Map.Entry<byte[], byte[]> one : all()) {
      compacted.put(one.getKey(), one.getValue());
    }
    long before = edits;
    clear();
    chunks.addAll(compacted.chunks);
    free = compacted.free;
    numbers = compacted.numbers;
    entries = compacted.entries;
    leaves.addAll(compacted.leaves);
    live = compacted.live;
    edits = before;
  }
}
