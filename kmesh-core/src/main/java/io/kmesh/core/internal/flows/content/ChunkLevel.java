// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.content;

import io.kmesh.core.internal.repository.chunk.ChunkProfile;

/**
 * How long chunks are: most end near 2^level bytes, none is longer than four times that, and none
 * but the last before a hole or the file's end is shorter than a quarter of it. Stateless.
 */
public final class ChunkLevel {
  /** The least level that there is. */
  public static final int LEAST = 8;

  /** The greatest level that there is. */
  public static final int MOST = 22;

  /** The level by which the begin and the end of files are compared. */
  public static final int OF_EDGES = 14;

  private ChunkLevel() {}

  /** Whether there is such a level. */
  public static boolean isLevel(int level) {
    return level >= LEAST && level <= MOST;
  }

  /** The longest chunk of a level, in bytes. */
  public static int longest(int level) {
    return 4 << level;
  }

  static ChunkProfile profile(int level) {
    if (!isLevel(level)) {
      throw new IllegalArgumentException(
          "Cannot cut chunks of level " + level + ": " + LEAST + " to " + MOST + " are.");
    }
    return new ChunkProfile(1 << (level - 2), 1 << level, longest(level));
  }
}
