// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * Cuts direct memory into blocks of powers of two and joins free neighbours again. Memory is taken
 * in chunks when first needed and kept. Not thread-safe.
 */
final class BuddyArena {
  static final int SMALLEST = 4096;

  private final int chunkSize;
  private final int mostChunks;
  private final List<ByteBuffer> chunks = new ArrayList<>();
  private final List<TreeSet<Long>> free = new ArrayList<>();
  private final int orders;

  /**
   * An arena.
   *
   * @param chunkSize bytes of a chunk, a power of two, at least {@link #SMALLEST}
   * @param mostChunks the most chunks
   */
  BuddyArena(int chunkSize, int mostChunks) {
    this.chunkSize = chunkSize;
    this.mostChunks = mostChunks;
    this.orders = Integer.numberOfTrailingZeros(chunkSize / SMALLEST) + 1;
    for (int i = 0; i < orders; i++) {
      free.add(new TreeSet<>());
    }
  }

  /** The bytes of the block that a request of {@code bytes} takes. */
  static int blockSize(int bytes) {
    return bytes <= SMALLEST ? SMALLEST : Integer.highestOneBit(bytes - 1) << 1;
  }

  /** The address of a block, or empty when no memory is left in one piece. */
  OptionalLong allocate(int bytes) {
    int order = order(blockSize(bytes));
    int from = order;
    while (from < orders && free.get(from).isEmpty()) {
      from++;
    }
    if (from == orders) {
      if (chunks.size() == mostChunks) {
        return OptionalLong.empty();
      }
      // First what may fail: without its memory no block may be free.
      chunks.add(ByteBuffer.allocateDirect(chunkSize));
      free.get(orders - 1).add((chunks.size() - 1L) * chunkSize);
      from = orders - 1;
    }
    long address = free.get(from).pollFirst();
    while (from > order) {
      from--;
      free.get(from).add(address + sizeOf(from));
    }
    return OptionalLong.of(address);
  }

  /** The memory of a block. */
  ByteBuffer buffer(long address, int bytes) {
    ByteBuffer chunk = chunks.get((int) (address / chunkSize));
    return chunk.slice((int) (address % chunkSize), blockSize(bytes)).limit(bytes);
  }

  /** Gives a block back. */
  void release(long address, int bytes) {
    int order = order(blockSize(bytes));
    long block = address;
    while (order < orders - 1) {
      long inChunk = block % chunkSize;
      long buddy = block - inChunk + (inChunk ^ sizeOf(order));
      if (!free.get(order).remove(buddy)) {
        break;
      }
      block = Math.min(block, buddy);
      order++;
    }
    free.get(order).add(block);
  }

  private static int order(int blockSize) {
    return Integer.numberOfTrailingZeros(blockSize / SMALLEST);
  }

  private static long sizeOf(int order) {
    return (long) SMALLEST << order;
  }
}
