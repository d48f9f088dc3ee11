// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;

/**
 * What stat says of an entry.
 *
 * @param key the same for all names of one file, else its own
 * @param type its type
 * @param mode permission bits with suid, sgid, sticky
 * @param uid the owner's number
 * @param gid the group's number
 * @param mtime last modification
 * @param ctime last change of the inode
 * @param inode the inode's number
 * @param device where the snapshot was taken; 0 when that is not kept
 * @param links the number of names
 * @param size the bytes of a file, or of a link's target; 0 for all else
 * @param rdev what a device stands for
 */
public record Facts(
    Object key,
    FileType type,
    int mode,
    long uid,
    long gid,
    FileTime mtime,
    FileTime ctime,
    long inode,
    long device,
    long links,
    long size,
    long rdev) {
  /** The same under another key. */
  public Facts keyed(Object other) {
    return new Facts(other, type, mode, uid, gid, mtime, ctime, inode, device, links, size, rdev);
  }

  public boolean isDirectory() {
    return type == FileType.DIRECTORY;
  }
}
