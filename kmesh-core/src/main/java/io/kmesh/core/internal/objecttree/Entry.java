// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;

/**
 * An entry of a directory.
 *
 * @param directory the directory's inode
 * @param name its name there
 * @param inode what it leads to
 * @param type the type of that
 */
record Entry(long directory, PathBytes name, long inode, FileType type) {
  boolean isDirectory() {
    return type == FileType.DIRECTORY;
  }
}
