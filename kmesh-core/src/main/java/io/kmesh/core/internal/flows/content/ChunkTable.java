// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.content;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import java.util.Arrays;

/**
 * Where chunks are in a few files, by the first 64 bits of their names: whoever reads one compares
 * its name. Takes 16 to 32 bytes a chunk. Not thread-safe.
 */
public final class ChunkTable {
  /** What {@link #find} returns when a chunk is not known. */
  public static final long NONE = -1;

  /** The most chunks that are kept: at most 16 MiB. */
  static final int MOST = 1 << 19;

  private static final int OFFSET_BITS = 56;
  private static final int FIRST_SLOTS = 1 << 10;

  private long[] names = new long[FIRST_SLOTS];
  private long[] places = none(FIRST_SLOTS);
  private int count;

  private static long[] none(int slots) {
    long[] all = new long[slots];
    Arrays.fill(all, NONE);
    return all;
  }

  /**
   * Keeps where a chunk is, unless it is known.
   *
   * @param file 0 to 127
   * @return false when there is no room for more
   */
  public boolean put(ChunkName name, int file, long offset) {
    if (2 * (count + 1) > names.length && !grow()) {
      return false;
    }
    int slot = slot(name.first());
    if (places[slot] == NONE) {
      names[slot] = name.first();
      places[slot] = (long) file << OFFSET_BITS | offset;
      count++;
    }
    return true;
  }

  /** Where a chunk is; {@link #NONE} when that is not known. */
  public long find(ChunkName name) {
    return places[slot(name.first())];
  }

  /** The number of the file of what {@link #find} gave. */
  public static int file(long place) {
    return (int) (place >>> OFFSET_BITS);
  }

  /** The offset in the file of what {@link #find} gave. */
  public static long offset(long place) {
    return place & ((1L << OFFSET_BITS) - 1);
  }

  private int slot(long name) {
    int slot = (int) (name >>> 32) & (names.length - 1);
    while (places[slot] != NONE && names[slot] != name) {
      slot = (slot + 1) & (names.length - 1);
    }
    return slot;
  }

  private boolean grow() {
    if (count >= MOST) {
      return false;
    }
    long[] oldNames = names;
    long[] oldPlaces = places;
    names = new long[2 * oldNames.length];
    places = none(names.length);
    for (int i = 0; i < oldNames.length; i++) {
      if (oldPlaces[i] != NONE) {
        int slot = slot(oldNames[i]);
        names[slot] = oldNames[i];
        places[slot] = oldPlaces[i];
      }
    }
    return true;
  }
}
