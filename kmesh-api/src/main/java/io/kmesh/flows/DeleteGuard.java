// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import io.kmesh.unit.Percent;

/**
 * How many entries may vanish at once before somebody has to confirm that they are gone: an empty
 * mount looks like a tree that was deleted. Both must be exceeded. Immutable.
 *
 * @param entries a number of entries, 0 or more
 * @param share their share of all entries
 */
public record DeleteGuard(long entries, Percent share) {
  /** More than 1,000 entries and more than a tenth. */
  public static final DeleteGuard DEFAULT = new DeleteGuard(1000, new Percent(10));

  /** Checks the range. */
  public DeleteGuard {
    if (entries < 0) {
      throw new IllegalArgumentException(
          "Cannot guard deletions by " + entries + " entries: give 0 or more.");
    }
  }
}
