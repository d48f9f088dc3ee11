// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.content.ChunkLevel;

/**
 * Which files are put together of what is here, and how.
 *
 * @param least files of fewer bytes are always sent whole
 * @param level of the chunks that are compared at the begin and the end of a file, and of all
 *     chunks of small files
 * @param probe how many bytes at the begin and at the end are compared first
 * @param part of how many bytes the chunks are asked for at once
 * @param trial a file of which so many bytes were compared, and less than an eighth was here, comes
 *     whole from there on
 */
record RecipeSettings(long least, int level, long probe, long part, long trial) {
  /** What serves most: from 1 MiB on, 16 KiB, 1 MiB, 64 MiB, 16 MiB. */
  static final RecipeSettings USUAL =
      new RecipeSettings(1 << 20, ChunkLevel.OF_EDGES, 1 << 20, 64 << 20, 16 << 20);

  /** A file up to 2^so many chunks has the shortest ones. */
  private static final int FEW = 11;

  /** About 2^so many chunks are told of a file at most. */
  private static final int MANY = 18;

  /** The level of the chunks of a file. */
  int levelFor(long size) {
    if (size <= 1L << (level + FEW)) {
      return level;
    }
    int bits = Long.SIZE - Long.numberOfLeadingZeros(size - 1);
    return Math.min(ChunkLevel.MOST, Math.max(level + 2, bits - MANY));
  }
}
