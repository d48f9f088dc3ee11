// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Asked before a file is read, since reading may not be wanted: that of a released file. */
public interface ContentGate {
  /** Reads everything. */
  ContentGate OPEN =
      new ContentGate() {
        @Override
        public Optional<Content.File> instead(PosixInode file, FileStat stat) {
          return Optional.empty();
        }

        @Override
        public List<Attribute> more(PosixInode inode, FileStat stat) {
          return List.of();
        }
      };

  /**
   * Asked at the top of a tree, and wherever another file system is mounted below; throws when its
   * files must not be read.
   *
   * @param path where, for messages
   */
  default void enter(PosixDirectory directory, PathBytes path) throws IOException {}

  /** What stands for the content of an open file; empty to read it. */
  Optional<Content.File> instead(PosixInode file, FileStat stat) throws IOException;

  /**
   * A file whose content is what {@link #instead} gave, as it is taken: with the bytes where they
   * are known without reading it.
   */
  default TreeNode taken(TreeNode file) throws IOException {
    return file;
  }

  /** Whether a file that did not change since it was taken is to be looked at nevertheless. */
  default boolean isToTakeAgain(TreeNode file) throws IOException {
    return false;
  }

  /** Attributes of an open file or directory besides its extended ones, sorted by name. */
  List<Attribute> more(PosixInode inode, FileStat stat) throws IOException;
}
