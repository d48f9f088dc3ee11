// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

/** The type of a directory entry, as in the upper bits of {@code st_mode}. */
public enum FileType {
  /** A regular file. */
  REGULAR(0100000),
  /** A directory. */
  DIRECTORY(0040000),
  /** A symbolic link. */
  SYMLINK(0120000),
  /** A named pipe. */
  FIFO(0010000),
  /** A local socket. */
  SOCKET(0140000),
  /** A character device. */
  CHARACTER_DEVICE(0020000),
  /** A block device. */
  BLOCK_DEVICE(0060000);

  private final int bits;

  FileType(int bits) {
    this.bits = bits;
  }

  /** The bits of {@code st_mode} that say this type. */
  public int bits() {
    return bits;
  }

  /**
   * The type that {@code st_mode} says.
   *
   * @throws IllegalArgumentException when the bits name no type
   */
  public static FileType ofMode(int mode) {
    for (FileType type : values()) {
      if ((mode & 0170000) == type.bits) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "Cannot tell the file type of mode 0" + Integer.toOctalString(mode) + ".");
  }
}
