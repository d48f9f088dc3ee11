// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

/**
 * What statx(2) says of a file.
 *
 * @param type the type
 * @param mode the permission bits with suid, sgid and sticky: 0 to 07777
 * @param uid the owner's number (unsigned 32 bits)
 * @param gid the group's number (unsigned 32 bits)
 * @param size the size in bytes
 * @param blocks allocated blocks of 512 bytes
 * @param links the number of hard links
 * @param inode the inode number (unsigned)
 * @param device the device that holds the file, as {@code major << 32 | minor}
 * @param rdev the device that a device file names, as {@code major << 32 | minor}; else 0
 * @param atime last access
 * @param mtime last modification
 * @param ctime last change of the inode
 */
public record FileStat(
    FileType type,
    int mode,
    long uid,
    long gid,
    long size,
    long blocks,
    long links,
    long inode,
    long device,
    long rdev,
    FileTime atime,
    FileTime mtime,
    FileTime ctime) {
  /** Whether this is a regular file. */
  public boolean isRegular() {
    return type == FileType.REGULAR;
  }

  /** Whether this is a directory. */
  public boolean isDirectory() {
    return type == FileType.DIRECTORY;
  }
}
