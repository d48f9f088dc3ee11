// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.index;

import java.util.Arrays;

/** Orders names of chunks by their first 16 bytes. */
final class PrefixSort {
  private PrefixSort() {}

  /** The order of records of three numbers, of which the first two are the name. */
  static int[] order(long[] records, int count) {
    // Names are random: by their upper half and their place most are sorted as primitives.
    long[] keys = new long[count];
    int bits = 32 - Integer.numberOfLeadingZeros(Math.max(1, count));
    for (int i = 0; i < count; i++) {
      keys[i] = (records[3 * i] >>> bits << bits ^ Long.MIN_VALUE) | i;
    }
    Arrays.sort(keys);
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = (int) (keys[i] & ((1L << bits) - 1));
    }
    // What shares its upper bits stands side by side; there are next to none.
    for (int i = 1; i < count; i++) {
      int moved = order[i];
      int j = i - 1;
      while (j >= 0 && compare(records, 3 * order[j], 3 * moved, 1) > 0) {
        order[j + 1] = order[j];
        j--;
      }
      order[j + 1] = moved;
    }
    return order;
  }

  /** Compares two names in an array of two numbers each. */
  static int compare(long[] prefixes, int a, int b) {
    return compare(prefixes, 2 * a, 2 * b, 1);
  }

  private static int compare(long[] numbers, int a, int b, int more) {
    int order = Long.compareUnsigned(numbers[a], numbers[b]);
    return order != 0 ? order : Long.compareUnsigned(numbers[a + more], numbers[b + more]);
  }
}
