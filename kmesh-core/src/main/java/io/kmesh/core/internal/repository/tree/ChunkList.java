// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import java.util.Arrays;

/**
 * Of which chunks a content consists. Immutable: the arrays are not changed after construction.
 *
 * @param depth 0 when the names are those of chunks; otherwise those of list pages of a depth less
 * @param names the names in order
 * @param lengths the bytes of content that each stands for
 */
@SuppressWarnings("ArrayRecordComponent") // One per file in memory; lists of boxes cost ten times.
public record ChunkList(int depth, ChunkName[] names, long[] lengths) {
  private static final ChunkName[] NO_NAMES = {};
  private static final long[] NO_LENGTHS = {};

  /** No chunk: no content. */
  public static final ChunkList EMPTY = new ChunkList(0, NO_NAMES, NO_LENGTHS);

  /** A single chunk. */
  public static ChunkList of(ChunkName name, long length) {
    return new ChunkList(0, new ChunkName[] {name}, new long[] {length});
  }

  /** The bytes of content. */
  public long length() {
    long sum = 0;
    for (long length : lengths) {
      sum += length;
    }
    return sum;
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object o) {
    return o instanceof ChunkList l
        && l.depth == depth
        && Arrays.equals(l.names, names)
        && Arrays.equals(l.lengths, lengths);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(names);
  }

  @Override
  public String toString() {
    return names.length + (depth == 0 ? " chunks" : " pages of chunks") + ", " + length() + " B";
  }
}
