// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.cache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where the blocks of a run begin: each while they are few, else each second, fourth and so on, so
 * that memory stays what it is. Filled by one thread, then read by many.
 */
final class BlockIndex {
  private static final int MOST = 1 << 15;

  private final int most;
  private List<Place> places = new ArrayList<>();
  private long stride = 1;
  private long blocks;
  private long end;

  private record Place(byte[] first, long offset) {}

  /**
   * A part of the file.
   *
   * @param from the beginning of a block
   * @param to the end of this or a later one
   */
  record Range(long from, long to) {}

  BlockIndex() {
    this(MOST);
  }

  /** With so many places at most, from 2. */
  BlockIndex(int most) {
    this.most = most;
  }

  /** Adds the next block. */
  void add(byte[] first, long offset) {
    if (blocks % stride == 0) {
      if (places.size() == most) {
        List<Place> half = new ArrayList<>();
        for (int i = 0; i < places.size(); i += 2) {
          half.add(places.get(i));
        }
        places = half;
        stride *= 2;
      }
      if (blocks % stride == 0) {
        places.add(new Place(first, offset));
      }
    }
    blocks++;
  }

  /** The last block ends here. */
  void end(long offset) {
    end = offset;
  }

  /** Where the blocks are of which one has a key if any has; of no length when none has. */
  Range find(byte[] key) {
    int low = 0;
    int high = places.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (Arrays.compareUnsigned(places.get(middle).first, key) <= 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    if (high < 0) {
      return new Range(0, 0);
    }
    long to = low < places.size() ? places.get(low).offset : end;
    return new Range(places.get(high).offset, to);
  }
}
