// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.tree.Content;
import java.io.IOException;

/**
 * Compares two snapshots of one domain by the names of their chunks; only where one file has holes
 * and the other has not, or the holes differ, bytes are read.
 */
record NewerSnapshot(SnapshotVolume base, SnapshotVolume newer) implements Branch.Likeness {
  @Override
  public boolean hasBytesOf(SnapshotVolume.Entry before, Volume.Node file) throws IOException {
    Content old = before.node().content();
    Content now = ((SnapshotVolume.Entry) file).node().content();
    if (old.equals(now)) {
      return true;
    }
    boolean isReadable =
        SnapshotVolume.hasBytes(before) && SnapshotVolume.hasBytes((SnapshotVolume.Entry) file);
    if (!isReadable || (old instanceof Content.Data && now instanceof Content.Data)) {
      return false;
    }
    return Contents.areEqual(base, before, newer, file);
  }

  @Override
  public boolean isTreeOf(SnapshotVolume.Entry before, Volume.Node directory) {
    return before.node().content().equals(((SnapshotVolume.Entry) directory).node().content());
  }
}
