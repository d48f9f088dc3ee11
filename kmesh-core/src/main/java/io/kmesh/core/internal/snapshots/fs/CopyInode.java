// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.path.PathBytes;
import java.util.BitSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An entry that an overlay keeps something of. What is not final is guarded as it says. */
final class CopyInode implements Volume.Node {
  /** What is in the journal; changed under the overlay's lock, read anywhere. */
  private volatile InodeState state;

  /** Of a directory: what its names lead to; guarded by the overlay's lock. */
  final TreeMap<PathBytes, Long> names = new TreeMap<>();

  /** The blocks that are in its data by the journal; guarded by the overlay's lock. */
  BitSet blocks = new BitSet();

  /** Whether it has no name any more. */
  volatile boolean isGone;

  /** Of a directory: what shows through, once looked up. */
  volatile SnapshotVolume.@Nullable Entry base;

  /** Its bytes, once used; set under the volume's lock. */
  volatile @Nullable CopyContent content;

  CopyInode(InodeState state) {
    this.state = state;
  }

  InodeState state() {
    return state;
  }

  void set(InodeState newState) {
    if (newState.data() != state.data()) {
      blocks = new BitSet();
    }
    state = newState;
  }

  long id() {
    return state.id();
  }
}
