// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

/**
 * How many entries a look may remove without being asked for: an empty mount looks like a tree
 * whose files were all deleted.
 *
 * @param least so many are always allowed, 0 or more
 * @param percent so many of the entries are allowed, 0 to 100; 100 lets all through
 */
public record DeleteGuard(long least, int percent) {
  /** A thousand, or a tenth of the entries when that is more. */
  public static final DeleteGuard DEFAULT = new DeleteGuard(1000, 10);

  /** Checks the ranges. */
  public DeleteGuard {
    if (least < 0 || percent < 0 || percent > 100) {
      throw new IllegalArgumentException(
          "Cannot guard deletions by at least "
              + least
              + " and "
              + percent
              + " %. Use 0 or more, and 0 to 100 %.");
    }
  }

  boolean allows(long removals, long entries) {
    return percent == 100 || removals <= Math.max(least, entries / 100 * percent);
  }
}
