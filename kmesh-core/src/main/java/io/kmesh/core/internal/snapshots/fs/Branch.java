// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.tree.Extent;
import java.io.IOException;
import java.util.List;

/**
 * A tree that came of a snapshot, and how it knows what it still shares with it.
 *
 * @param tree the tree
 * @param likeness compares it with the snapshot
 */
record Branch(Volume tree, Likeness likeness) {
  /** Compares entries of a tree with those of the snapshot that it came of. Thread-safe. */
  interface Likeness {
    /** Whether a file has the bytes of the snapshot's, which is a regular one as well. */
    boolean hasBytesOf(SnapshotVolume.Entry base, Volume.Node file) throws IOException;

    /** The parts of a file that may differ from the snapshot's. */
    default List<Extent> changes(SnapshotVolume.Entry base, Volume.Node file, long size) {
      return List.of(new Extent(0, size));
    }

    /** Whether a directory and all in it is as in the snapshot; false when that takes a walk. */
    default boolean isTreeOf(SnapshotVolume.Entry base, Volume.Node directory) {
      return false;
    }
  }

  /** A newer snapshot of the same domain. */
  static Branch of(SnapshotVolume base, SnapshotVolume newer) {
    return new Branch(newer, new NewerSnapshot(base, newer));
  }

  /** A copy of the snapshot. */
  static Branch of(CopyVolume copy) {
    return new Branch(copy, new CopyLikeness(copy));
  }
}
