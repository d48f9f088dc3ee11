// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** Small changes of bytes that were right: what fuzzing with random bytes alone never reaches. */
final class Mutations {
  /** Values that lengths, counts and offsets are wrong with most often. */
  private static final int[] EDGES = {0, 1, 7, 0x7f, 0x80, 0xff};

  private Mutations() {}

  /** Up to six changes. */
  static Arbitrary<List<Integer>> arbitrary() {
    return Arbitraries.integers().greaterOrEqual(0).list().ofMinSize(1).ofMaxSize(6);
  }

  /** Sets one byte for each change: half of them to an edge value, the others to any. */
  static void apply(byte[] bytes, List<Integer> changes) {
    if (bytes.length == 0) {
      return;
    }
    for (int change : changes) {
      int at = (change >>> 9) % bytes.length;
      int value = change & 0xff;
      bytes[at] = (byte) ((change & 0x100) == 0 ? value : EDGES[value % EDGES.length]);
    }
  }
}
