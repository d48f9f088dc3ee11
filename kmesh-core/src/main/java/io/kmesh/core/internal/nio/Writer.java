// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import org.jspecify.annotations.Nullable;

/** Changes a volume. Each call happens whole or not at all. Thread-safe. */
public interface Writer {
  /** Opens a file for writing, makes it when the mode says so. */
  SeekableByteChannel open(KmeshPath path, OpenMode mode, int permissions) throws IOException;

  /** Makes a directory. */
  void makeDirectory(KmeshPath path, int permissions) throws IOException;

  /** Makes a symbolic link. */
  void makeSymlink(KmeshPath path, PathBytes target) throws IOException;

  /** Gives a file one more name. */
  void link(KmeshPath existing, KmeshPath path) throws IOException;

  /** Removes a file or an empty directory. */
  void delete(KmeshPath path) throws IOException;

  /** Renames. */
  void move(KmeshPath from, KmeshPath to, boolean replaces) throws IOException;

  /** Sets mode bits of a mask. */
  void setMode(KmeshPath path, boolean follows, int mode, int mask) throws IOException;

  /** Sets the owner or the group; -1 leaves it. */
  void setOwner(KmeshPath path, boolean follows, long uid, long gid) throws IOException;

  /** Sets the time of the last modification. */
  void setModified(KmeshPath path, boolean follows, FileTime mtime) throws IOException;

  /** Sets an extended attribute, or removes it. */
  void setAttribute(KmeshPath path, boolean follows, PathBytes name, byte @Nullable [] value)
      throws IOException;
}
