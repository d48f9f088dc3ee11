// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.spi.posix.PosixTree;

/** Snapshots as file systems. Stateless. */
public final class SnapshotFiles {
  private SnapshotFiles() {}

  /**
   * A snapshot, read-only. Closing the file system closes the snapshot.
   *
   * @param repository what its URIs call the repository
   * @param cache stays the caller's, and open while the file system is used
   */
  public static KmeshFileSystem of(OpenSnapshot snapshot, String repository, ChunkCache cache) {
    return new KmeshFileSystem(
        new SnapshotVolume(snapshot, cache), repository, id(snapshot), snapshot.manifest().bytes());
  }

  /**
   * A snapshot as a tree that can be read. Closing the tree closes the snapshot.
   *
   * @param description for people
   * @param cache stays the caller's, and open while the tree is used
   */
  public static PosixTree tree(OpenSnapshot snapshot, String description, ChunkCache cache) {
    return new VolumeTree(description, new SnapshotVolume(snapshot, cache), id(snapshot));
  }

  /** A part is not found under the name of the whole, nor another caller's part under its own. */
  private static String id(OpenSnapshot snapshot) {
    String id = snapshot.manifest().id();
    return snapshot.isPart() && snapshot.manifest().root().content() instanceof Content.Directory d
        ? id + "~" + d.page().toString().substring(0, 16)
        : id;
  }
}
