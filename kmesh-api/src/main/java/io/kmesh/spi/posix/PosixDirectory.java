// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * An open directory. Every name is one entry of it ({@link PathBytes#isName()}; else EINVAL); a
 * symbolic link is never followed: where the entry is one and a file or directory is asked, the
 * call fails with ELOOP or ENOTDIR.
 */
public interface PosixDirectory extends PosixInode {
  /** What statx says of the entry itself (AT_SYMLINK_NOFOLLOW). */
  FileStat stat(PathBytes name) throws IOException;

  /** The entry's stat, or empty when there is none of that name. */
  default Optional<FileStat> find(PathBytes name) throws IOException {
    try {
      return Optional.of(stat(name));
    } catch (io.kmesh.spi.ProviderException e) {
      if (e.errno().filter(io.kmesh.spi.Errno.ENOENT::equals).isPresent()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * The number of the type of its file system (the {@code f_type} of fstatfs), such as 0x0BD00BD0
   * of a Lustre; empty where that is not known.
   */
  default OptionalLong fileSystemType() throws IOException {
    return OptionalLong.empty();
  }

  /** Opens a directory below (O_DIRECTORY|O_NOFOLLOW). */
  PosixDirectory openDirectory(PathBytes name) throws IOException;

  /**
   * Opens, or creates, a regular file (O_NOFOLLOW|O_NONBLOCK); anything else is refused with
   * EINVAL.
   */
  PosixFile openFile(PathBytes name, Set<OpenFlag> flags) throws IOException;

  /** The entries, from the beginning, by a cursor of its own. */
  DirectoryCursor entries() throws IOException;

  /** Makes a directory with exactly these permission bits, whatever the umask. */
  void makeDirectory(PathBytes name, int mode) throws IOException;

  /** Makes a symbolic link. */
  void makeSymlink(PathBytes name, PathBytes target) throws IOException;

  /** The target of a symbolic link. */
  PathBytes readSymlink(PathBytes name) throws IOException;

  /** Makes a FIFO, socket or device with exactly these permission bits. */
  void makeNode(PathBytes name, FileType type, int mode, long rdev) throws IOException;

  /** Makes {@code toName} in {@code to} another name of this entry's inode (linkat, no follow). */
  void link(PathBytes name, PosixDirectory to, PathBytes toName) throws IOException;

  /** Renames an entry (renameat2). Both directories are of one tree. */
  void rename(PathBytes name, PosixDirectory to, PathBytes toName, RenameMode mode)
      throws IOException;

  /** Removes an entry that is not a directory. */
  void unlink(PathBytes name) throws IOException;

  /** Removes an empty directory. */
  void removeDirectory(PathBytes name) throws IOException;

  /** Sets the permission bits of an entry; a symbolic link is refused with EOPNOTSUPP. */
  void setMode(PathBytes name, int mode) throws IOException;

  /** Sets owner and group of the entry itself; -1 leaves that one. */
  void setOwner(PathBytes name, long uid, long gid) throws IOException;

  /** Sets the times of the entry itself. */
  void setTimes(PathBytes name, FileTime atime, FileTime mtime) throws IOException;

  /** The names of the entry's own extended attributes. */
  List<PathBytes> xattrNames(PathBytes name) throws IOException;

  /** The value of one of the entry's own extended attributes; empty when it has none. */
  Optional<byte[]> xattr(PathBytes name, PathBytes xattr) throws IOException;

  /** Sets one of the entry's own extended attributes. */
  void setXattr(PathBytes name, PathBytes xattr, byte[] value, XattrMode mode) throws IOException;

  /** Removes one of the entry's own extended attributes. */
  void removeXattr(PathBytes name, PathBytes xattr) throws IOException;
}
