// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

/** What becomes of an entry that both a copy and the other side changed. */
public enum CopyConflictPolicy {
  /** It stays as it is where it would be changed: in the copy, or in the tree. */
  SKIP,
  /** The copy's goes there. */
  OURS,
  /** The other side's stays, or goes, there. */
  THEIRS,
  /** The other side's; the copy's goes beside it as {@code NAME.copy-XXXXXXXX}. */
  BOTH
}
