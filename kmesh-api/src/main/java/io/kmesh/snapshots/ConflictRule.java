// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

/** What becomes of an entry that both a virtual copy and the other side changed. */
public enum ConflictRule {
  /** It stays as it is where it would be changed: in the copy, or in the tree. */
  SKIP,
  /** The copy's goes there. */
  OURS,
  /** The other side's stays, or goes, there. */
  THEIRS,
  /**
   * The other side's; the copy's goes beside it as {@code NAME.copy-XXXXXXXX}, the first digits of
   * its id, where that is possible.
   */
  BOTH
}
