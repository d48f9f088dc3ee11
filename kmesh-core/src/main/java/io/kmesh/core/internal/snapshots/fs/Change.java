// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.path.PathBytes;

/** A step of an overlay's journal: docs/format/virtual-copy.md. Immutable. */
sealed interface Change {
  /** The target of a name that was deleted. */
  long DELETED = 0;

  /**
   * What the overlay is of; the first of all.
   *
   * @param copy the copy's id
   * @param snapshot the snapshot's id
   * @param next a number above all that were used
   */
  record Head(String copy, String snapshot, long next) implements Change {}

  /** An entry as it is from now on; other data than before has no block yet. */
  record Put(InodeState state) implements Change {}

  /** An entry that has no name any more. */
  record Gone(long id) implements Change {}

  /** A name leads to an entry, or is {@link #DELETED}. */
  record Name(long directory, PathBytes name, long target) implements Change {}

  /** A name is that of the snapshot again, or none. */
  record NoName(long directory, PathBytes name) implements Change {}

  /** Blocks from one up to another, which is not meant, are in the entry's data. */
  record Blocks(long id, int from, int to) implements Change {}
}
