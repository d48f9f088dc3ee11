// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.util.Arrays;

/**
 * Which numbers from 1 on have come, in 8 KiB whatever comes: numbers too far ahead of the first
 * one that is missing are not admitted. For one thread at a time.
 */
final class IdWindow {
  /** How far ahead of the first missing number a number may be. */
  static final int SPREAD = 1 << 16;

  private final long[] bits = new long[SPREAD >>> 6];
  private long floor;
  private long highest;

  /** All numbers up to this have come. */
  long floor() {
    return floor;
  }

  boolean admits(long id) {
    return id > 0 && id - floor <= SPREAD;
  }

  boolean contains(long id) {
    return id <= floor || (id <= highest && isSet(id));
  }

  /**
   * Adds a number that is admitted.
   *
   * @return whether it is new
   */
  boolean add(long id) {
    if (contains(id)) {
      return false;
    }
    highest = Math.max(highest, id);
    bits[word(id)] |= 1L << id;
    while (floor < highest && isSet(floor + 1)) {
      floor++;
      bits[word(floor)] &= ~(1L << floor);
    }
    return true;
  }

  IdSet set() {
    byte[] some = new byte[(int) ((highest - floor + 7) >>> 3)];
    for (long id = floor + 1; id <= highest; id++) {
      if (isSet(id)) {
        int bit = (int) (id - floor - 1);
        some[bit >>> 3] |= (byte) (1 << (bit & 7));
      }
    }
    return new IdSet(floor, some);
  }

  private boolean isSet(long id) {
    return (bits[word(id)] >>> id & 1) != 0;
  }

  private static int word(long id) {
    return (int) (id & (SPREAD - 1)) >>> 6;
  }

  @Override
  public String toString() {
    return "1.." + floor + " and some up to " + highest + " " + Arrays.hashCode(bits);
  }
}
