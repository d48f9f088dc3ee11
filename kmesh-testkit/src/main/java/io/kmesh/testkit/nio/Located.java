// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.XattrMode;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a path led: an open directory and an entry of it, or that directory itself. The entry need
 * not exist.
 */
final class Located implements Closeable {
  private final PosixDirectory directory;
  private final @Nullable PathBytes entry;
  private final List<PathBytes> realNames;

  /**
   * Takes over the handle.
   *
   * @param entry the entry's name; null for the directory itself
   * @param realNames the names from the root without links and dots
   */
  Located(PosixDirectory directory, @Nullable PathBytes entry, List<PathBytes> realNames) {
    this.directory = directory;
    this.entry = entry;
    this.realNames = realNames;
  }

  PosixDirectory directory() {
    return directory;
  }

  List<PathBytes> realNames() {
    return realNames;
  }

  /** Whether the path led to a directory by a dot, dots or as the root. */
  boolean isDirectoryItself() {
    return entry == null;
  }

  /** The entry's name, for calls that make or remove it. */
  PathBytes name() throws IOException {
    if (entry == null) {
      throw new ProviderException(
          Errno.EBUSY,
          "Cannot make or remove the directory at "
              + realNames
              + ": the path ends in a dot or is the root. Name the entry.");
    }
    return entry;
  }

  Optional<FileStat> findStat() throws IOException {
    return entry == null ? Optional.of(directory.stat()) : directory.find(entry);
  }

  FileStat requireStat() throws IOException {
    return entry == null ? directory.stat() : directory.stat(entry);
  }

  /** The entries of the directory that this leads to; the cursor outlives this. */
  DirectoryCursor entries() throws IOException {
    if (entry == null) {
      return directory.entries();
    }
    try (PosixDirectory below = directory.openDirectory(entry)) {
      return below.entries();
    }
  }

  void setMode(int mode) throws IOException {
    if (entry == null) {
      directory.setMode(mode);
    } else {
      directory.setMode(entry, mode);
    }
  }

  void setOwner(long uid, long gid) throws IOException {
    if (entry == null) {
      directory.setOwner(uid, gid);
    } else {
      directory.setOwner(entry, uid, gid);
    }
  }

  void setTimes(FileTime atime, FileTime mtime) throws IOException {
    if (entry == null) {
      directory.setTimes(atime, mtime);
    } else {
      directory.setTimes(entry, atime, mtime);
    }
  }

  List<PathBytes> xattrNames() throws IOException {
    return entry == null ? directory.xattrNames() : directory.xattrNames(entry);
  }

  Optional<byte[]> xattr(PathBytes name) throws IOException {
    return entry == null ? directory.xattr(name) : directory.xattr(entry, name);
  }

  void setXattr(PathBytes name, byte[] value) throws IOException {
    if (entry == null) {
      directory.setXattr(name, value, XattrMode.SET);
    } else {
      directory.setXattr(entry, name, value, XattrMode.SET);
    }
  }

  void removeXattr(PathBytes name) throws IOException {
    if (entry == null) {
      directory.removeXattr(name);
    } else {
      directory.removeXattr(entry, name);
    }
  }

  @Override
  public void close() throws IOException {
    directory.close();
  }
}
