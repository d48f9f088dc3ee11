// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which files of several names were met with content of their own in a store. An inode is forgotten
 * once all of its names were met. Thread-safe.
 */
final class LinkGroups {
  private final Map<Inode, Group> groups = new HashMap<>(); // guarded by this

  private record Inode(long device, long inode) {}

  private static final class Group {
    private long left;
    private @Nullable PathBytes holder;

    Group(long left) {
      this.left = left;
    }
  }

  /**
   * Meets a name of a file.
   *
   * @param isHolder whether its object has content that no other name's object is said to share
   * @return another name that has content of its own too
   */
  synchronized Optional<PathBytes> meet(FileStat stat, PathBytes path, boolean isHolder) {
    if (stat.links() < 2) {
      return Optional.empty();
    }
    Inode inode = new Inode(stat.device(), stat.inode());
    Group group = groups.computeIfAbsent(inode, i -> new Group(stat.links()));
    PathBytes other = isHolder ? group.holder : null;
    if (isHolder && other == null) {
      group.holder = path;
    }
    if (--group.left <= 0) {
      groups.remove(inode);
    }
    return Optional.ofNullable(other);
  }
}
