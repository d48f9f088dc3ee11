// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.tree.Extent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Compares the files of a copy with those of its snapshot, by what its overlay has. */
record CopyLikeness(CopyVolume copy) implements Branch.Likeness {
  @Override
  public boolean hasBytesOf(SnapshotVolume.Entry before, Volume.Node file) throws IOException {
    if (file instanceof SnapshotVolume.Entry entry) {
      return entry.node().content().equals(before.node().content());
    }
    InodeState state = ((CopyInode) file).state();
    SnapshotVolume.Entry shown = copy.base(state);
    return shown != null
        && state.data() == 0
        && state.size() == shown.node().size()
        && state.limit() == shown.node().size()
        && shown.node().content().equals(before.node().content());
  }

  @Override
  public List<Extent> changes(SnapshotVolume.Entry before, Volume.Node file, long size) {
    if (!(file instanceof CopyInode inode) || !before.path().equals(inode.state().content())) {
      return List.of(new Extent(0, size));
    }
    return ownExtents(inode, size);
  }

  /** The parts of a file that the overlay has, not the snapshot. */
  static List<Extent> ownExtents(CopyInode inode, long size) {
    List<Extent> own = new ArrayList<>();
    long from = -1;
    for (long at = 0; at < size; at += CopyContent.BLOCK) {
      boolean isOwn =
          inode.blocks.get((int) (at / CopyContent.BLOCK)) || at >= inode.state().limit();
      if (isOwn && from < 0) {
        from = at;
      } else if (!isOwn && from >= 0) {
        own.add(new Extent(from, at - from));
        from = -1;
      }
      long limit = inode.state().limit();
      long end = Math.min(at + CopyContent.BLOCK, size);
      if (!isOwn && limit < end) {
        own.add(new Extent(limit, end - limit)); // Zeros, where the snapshot may have bytes.
      }
    }
    if (from >= 0) {
      own.add(new Extent(from, size - from));
    }
    return own;
  }
}
