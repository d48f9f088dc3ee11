// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

/**
 * How long chunks are.
 *
 * @param min no chunk is shorter but the last of its content
 * @param average where cutting becomes easier, a power of two; most chunks end near it
 * @param max no chunk is longer
 */
public record ChunkProfile(int min, int average, int max) {
  /** Of files: 256 KiB, 1 MiB, 4 MiB. */
  public static final ChunkProfile DATA = new ChunkProfile(256 << 10, 1 << 20, 4 << 20);

  /** Of tar and disk images, where small pieces change and come again: 64 KiB, 256 KiB, 1 MiB. */
  public static final ChunkProfile IMAGE = new ChunkProfile(64 << 10, 256 << 10, 1 << 20);

  /**
   * Checks the lengths.
   *
   * @throws IllegalArgumentException unless 64 &le; min &lt; average &lt; max &le; 16 MiB
   */
  public ChunkProfile {
    if (min < GearChunker.WINDOW
        || average <= min
        || max <= average
        || max > FrameCodec.LARGEST_CONTENT
        || Integer.bitCount(average) != 1) {
      throw new IllegalArgumentException(
          "Cannot cut chunks of "
              + min
              + ", "
              + average
              + ", "
              + max
              + " bytes: these must ascend from "
              + GearChunker.WINDOW
              + " to "
              + FrameCodec.LARGEST_CONTENT
              + ", with a power of two between");
    }
  }
}
