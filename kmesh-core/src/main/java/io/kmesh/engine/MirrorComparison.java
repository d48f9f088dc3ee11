// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import java.util.List;

/**
 * What {@link MirrorTree#verify} found. The list keeps the first 10,000; {@link
 * MirrorTree#onOutcome} hears of all.
 *
 * @param entries entries of the tree that were compared, equal or not
 * @param equal entries that are the same on both sides
 * @param different entries that are not
 * @param onlyInTree entries without an object
 * @param onlyInStore objects without an entry
 * @param unchecked files whose content could not be compared, since their object says no checksum
 *     or their bytes are in an archive only; they count as equal where all else is
 * @param bytes bytes of files that were read and compared
 * @param failedCount entries and objects that could not be compared
 * @param problems all that is not equal, by path
 */
public record MirrorComparison(
    long entries,
    long equal,
    long different,
    long onlyInTree,
    long onlyInStore,
    long unchecked,
    long bytes,
    long failedCount,
    List<MirrorOutcome> problems) {
  /** Copies the list. */
  public MirrorComparison {
    problems = List.copyOf(problems);
  }

  /** Whether both sides hold the same entries, as far as that could be looked at. */
  public boolean isEqual() {
    return different + onlyInTree + onlyInStore + failedCount == 0;
  }
}
