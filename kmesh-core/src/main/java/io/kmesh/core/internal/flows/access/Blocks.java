// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

/** How contents are cut into what is fetched and kept as one. Stateless. */
final class Blocks {
  /** Bytes of a block; the last one of a content may have less. */
  static final int SIZE = 128 << 10;

  /** Blocks of a segment, which is one file of the cache: 8 MiB. */
  static final int PER_SEGMENT = 64;

  private Blocks() {}

  /** The block that holds an offset. */
  static long of(long offset) {
    return offset / SIZE;
  }

  /** How many blocks a content has. */
  static long count(long size) {
    return size / SIZE + (size % SIZE == 0 ? 0 : 1);
  }

  /** Where a block begins. */
  static long start(long block) {
    return block * SIZE;
  }

  /** The bytes of a block of a content. */
  static int length(long block, long size) {
    return (int) Math.min(SIZE, size - start(block));
  }
}
