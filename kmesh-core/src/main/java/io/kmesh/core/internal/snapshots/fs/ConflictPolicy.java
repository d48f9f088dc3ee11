// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

/** What becomes of an entry that was changed on both sides. */
public enum ConflictPolicy {
  /** What is in the place that would be changed stays as it is. */
  SKIP,
  /** The copy's goes there. */
  OURS,
  /** The other's stays there. */
  THEIRS,
  /** The other's stays, the copy's goes beside it under another name, where that is possible. */
  BOTH
}
