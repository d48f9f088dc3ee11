// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

/**
 * Where a kind of content is cut, in bytes.
 *
 * @param min no chunk but the last is smaller
 * @param average a power of two
 * @param max no chunk is larger
 */
public record Chunking(int min, int average, int max) {
  /** Files of any kind. */
  public static final Chunking DATA = new Chunking(256 << 10, 1 << 20, 4 << 20);

  /** Images of disks and tar files. */
  public static final Chunking IMAGE = new Chunking(64 << 10, 256 << 10, 1 << 20);

  private static final int SMALLEST = 64;
  private static final int LARGEST = 16 << 20; // what a frame holds

  /** Checks the order and the bounds. */
  public Chunking {
    if (min < SMALLEST
        || average < min
        || max < average
        || max > LARGEST
        || Integer.bitCount(average) != 1) {
      throw new IllegalArgumentException(
          "chunks of " + min + ", " + average + ", " + max + " bytes can't be cut");
    }
  }
}
