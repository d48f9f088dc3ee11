// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository;

import io.kmesh.core.internal.repository.index.ChunkIndex;
import io.kmesh.core.internal.repository.index.ChunkPlace;

/**
 * Which places of an index were found to have the chunk that they should. A frame's seal tells that
 * it is the same as before, so that its chunks need not be named again. A bit a chunk. Thread-safe:
 * what is lost when two threads write one word is found out once more.
 */
final class VerifiedChunks {
  private final ChunkIndex index;
  private final long[][] bits;

  VerifiedChunks(ChunkIndex index) {
    this.index = index;
    this.bits = new long[index.runs().size()][];
  }

  ChunkIndex index() {
    return index;
  }

  boolean has(ChunkPlace place) {
    long[] words = bits[place.run()];
    return words != null && (words[place.record() >> 6] >>> place.record() & 1) != 0;
  }

  void add(ChunkPlace place) {
    long[] words = bits[place.run()];
    if (words == null) {
      words = new long[(index.runs().get(place.run()).chunks() >> 6) + 1];
      bits[place.run()] = words;
    }
    words[place.record() >> 6] |= 1L << place.record();
  }
}
