// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.util.Optional;

/**
 * An entry of a snapshot.
 *
 * @param path below the top
 * @param type its type
 * @param mode the permission bits with suid, sgid and sticky
 * @param uid the owner's number
 * @param gid the group's number
 * @param size of a regular file, else 0
 * @param mtime last modification
 * @param link of a symbolic link, what it says
 */
public record SnapshotEntry(
    PathBytes path,
    FileType type,
    int mode,
    long uid,
    long gid,
    long size,
    FileTime mtime,
    Optional<PathBytes> link) {
  static SnapshotEntry of(PathBytes path, TreeNode node) {
    return new SnapshotEntry(
        path,
        node.type(),
        node.mode(),
        node.uid(),
        node.gid(),
        node.size(),
        node.mtime(),
        node.content() instanceof Content.Link link
            ? Optional.of(link.target())
            : Optional.empty());
  }
}
