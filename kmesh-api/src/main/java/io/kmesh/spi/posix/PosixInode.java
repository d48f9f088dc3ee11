// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

import io.kmesh.path.PathBytes;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** What an open file and an open directory share: the calls on the inode itself. */
public interface PosixInode extends Closeable {
  /** What fstat says now. */
  FileStat stat() throws IOException;

  /** Sets the permission bits with suid, sgid and sticky (fchmod). */
  void setMode(int mode) throws IOException;

  /**
   * Sets owner and group (fchown); a number of -1 leaves that one. Clears suid and sgid as Linux
   * does.
   */
  void setOwner(long uid, long gid) throws IOException;

  /** Sets access and modification time (futimens). */
  void setTimes(FileTime atime, FileTime mtime) throws IOException;

  /** The names of its extended attributes of all namespaces that the caller may list. */
  List<PathBytes> xattrNames() throws IOException;

  /** The value of an extended attribute; empty when it has none of that name. */
  Optional<byte[]> xattr(PathBytes name) throws IOException;

  /** Sets an extended attribute. */
  void setXattr(PathBytes name, byte[] value, XattrMode mode) throws IOException;

  /** Removes an extended attribute; ENODATA when there is none. */
  void removeXattr(PathBytes name) throws IOException;

  /** Makes it durable: of a directory, its entries. */
  void sync(SyncMode mode) throws IOException;

  /** Closes the handle; a second call does nothing. */
  @Override
  void close() throws IOException;
}
