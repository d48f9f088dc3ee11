// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

/**
 * How content is to be coded.
 *
 * @param dataClass what it is like
 * @param stride of the filter; 1 for none
 */
public record Coding(DataClass dataClass, int stride) {
  /** Of a frame of many small files. */
  public static final Coding SMALL_FILES = new Coding(DataClass.SMALL_FILES, 1);

  /** Of metadata. */
  public static final Coding METADATA = new Coding(DataClass.METADATA, 1);

  /** Of content that nothing is known of. */
  public static final Coding BINARY = new Coding(DataClass.BINARY, 1);

  /** Checks the stride. */
  public Coding {
    if (stride != 1 && !ByteShuffle.isStride(stride)) {
      throw new IllegalArgumentException("Cannot code with stride " + stride + ": 1, 2, 4, 8 are");
    }
  }
}
