// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.session;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import java.util.function.BiPredicate;

/**
 * The chunks that a session wrote, or is about to write, and that no run names yet: 16 bytes each
 * in an open table. Thread-safe.
 */
final class FreshChunks {
  private static final int FIRST_ROOM = 1 << 12;

  // Two numbers a place; both 0 is empty. Which name is 0 costs a chunk twice, at worst.
  private long[] table = new long[2 * FIRST_ROOM];
  private int size;

  /** Takes a chunk; false when it was taken before. */
  synchronized boolean claim(ChunkName name) {
    if (size * 3L > table.length) {
      rebuild(table.length * 2, (a, b) -> true);
    }
    return put(name.first(), name.second());
  }

  synchronized boolean contains(ChunkName name) {
    int place = place(name.first(), name.second());
    return table[2 * place] != 0 || table[2 * place + 1] != 0;
  }

  /** Leaves only those that a test wants to stay. */
  synchronized void keep(BiPredicate<Long, Long> isWanted) {
    rebuild(table.length, isWanted);
  }

  synchronized int size() {
    return size;
  }

  private boolean put(long first, long second) {
    int place = place(first, second);
    if (table[2 * place] != 0 || table[2 * place + 1] != 0) {
      return false;
    }
    table[2 * place] = first;
    table[2 * place + 1] = second;
    size++;
    return true;
  }

  /** The place of a name, or the empty one where it belongs. */
  private int place(long first, long second) {
    int mask = table.length / 2 - 1;
    int place = (int) second & mask;
    while ((table[2 * place] != 0 || table[2 * place + 1] != 0)
        && (table[2 * place] != first || table[2 * place + 1] != second)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private void rebuild(int length, BiPredicate<Long, Long> isWanted) {
    long[] old = table;
    table = new long[length];
    size = 0;
    for (int i = 0; i < old.length; i += 2) {
      if ((old[i] != 0 || old[i + 1] != 0) && isWanted.test(old[i], old[i + 1])) {
        put(old[i], old[i + 1]);
      }
    }
  }
}
