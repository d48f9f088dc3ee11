// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

/**
 * How much of the content a check reads. The structure is always checked.
 *
 * @param every each how many-th frame of content is read and verified: 1 for all, 0 for none
 * @param which which of so many, 0 to {@code every - 1}
 */
public record CheckDepth(int every, int which) {
  /** The structure: index, trees, that all packs are there. */
  public static final CheckDepth STRUCTURE = new CheckDepth(0, 0);

  /** All content. */
  public static final CheckDepth EVERYTHING = new CheckDepth(1, 0);

  /** Checks the ranges. */
  public CheckDepth {
    if (every < 0 || which < 0 || which >= Math.max(1, every)) {
      throw new IllegalArgumentException(
          "Cannot check part "
              + which
              + " of "
              + every
              + ": parts are counted from 0. Give 0 to "
              + (Math.max(1, every) - 1)
              + ".");
    }
  }

  /**
   * A part of the content; all parts together are all of it.
   *
   * @param parts how many, 1 or more
   * @param which which of them, from 0
   */
  public static CheckDepth oneIn(int parts, int which) {
    if (parts < 1) {
      throw new IllegalArgumentException("Cannot check one in " + parts + ". Give 1 or more.");
    }
    return new CheckDepth(parts, which);
  }
}
