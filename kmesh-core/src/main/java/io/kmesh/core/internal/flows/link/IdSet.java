// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.util.Arrays;

/**
 * Numbers of messages: all up to a floor, and some of the {@link IdWindow#SPREAD} behind it.
 *
 * @param floor the number up to which all are in the set
 * @param bits bit k, lowest first, is the number floor + 1 + k
 */
record IdSet(long floor, byte[] bits) {
  static final IdSet EMPTY = new IdSet(0, new byte[0]);

  boolean contains(long id) {
    if (id <= floor) {
      return true;
    }
    long bit = id - floor - 1;
    return bit < bits.length * 8L && (bits[(int) (bit >>> 3)] >>> (bit & 7) & 1) != 0;
  }

  /** The highest number in it. */
  long highest() {
    for (int i = bits.length - 1; i >= 0; i--) {
      if (bits[i] != 0) {
        return floor + 8L * i + (32 - Integer.numberOfLeadingZeros(bits[i] & 0xff));
      }
    }
    return floor;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IdSet o && floor == o.floor && Arrays.equals(bits, o.bits);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(floor) * 31 + Arrays.hashCode(bits);
  }

  @Override
  public String toString() {
    return "1.." + floor + " and some up to " + highest();
  }
}
