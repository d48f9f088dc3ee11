// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** An open file or directory of a {@link VolumeTree}; all that would change it is refused. */
abstract class VolumeInode implements PosixInode {
  private final VolumeTree tree;
  private final Volume.Node node;
  private final PathBytes path;
  private volatile boolean isClosed;

  VolumeInode(VolumeTree tree, Volume.Node node, PathBytes path) {
    this.tree = tree;
    this.node = node;
    this.path = path;
  }

  final VolumeTree tree() {
    return tree;
  }

  final Volume.Node node() {
    requireOpen();
    return node;
  }

  final PathBytes path() {
    return path;
  }

  private void requireOpen() {
    if (isClosed) {
      throw new IllegalStateException("The handle of " + path + " is closed.");
    }
  }

  @Override
  public FileStat stat() throws IOException {
    return tree.stat(node());
  }

  @Override
  public List<PathBytes> xattrNames() throws IOException {
    return xattrNames(node(), path);
  }

  final List<PathBytes> xattrNames(Volume.Node of, PathBytes at) throws IOException {
    try {
      return tree.volume().attributes(of);
    } catch (IOException e) {
      throw VolumeTree.failed("list the extended attributes of", at, e);
    }
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name) throws IOException {
    return xattr(node(), path, name);
  }

  final Optional<byte[]> xattr(Volume.Node of, PathBytes at, PathBytes name) throws IOException {
    try {
      return Optional.ofNullable(tree.volume().attribute(of, name));
    } catch (IOException e) {
      throw VolumeTree.failed("read " + name + " of", at, e);
    }
  }

  @Override
  public void setMode(int mode) throws IOException {
    throw tree.refused("set the mode of " + path);
  }

  @Override
  public void setOwner(long uid, long gid) throws IOException {
    throw tree.refused("set the owner of " + path);
  }

  @Override
  public void setTimes(FileTime atime, FileTime mtime) throws IOException {
    throw tree.refused("set the times of " + path);
  }

  @Override
  public void setXattr(PathBytes name, byte[] value, XattrMode mode) throws IOException {
    throw tree.refused("set " + name + " of " + path);
  }

  @Override
  public void removeXattr(PathBytes name) throws IOException {
    throw tree.refused("remove " + name + " of " + path);
  }

  @Override
  public void sync(SyncMode mode) throws IOException {
    // Nothing was written.
  }

  @Override
  public void close() throws IOException {
    isClosed = true;
  }

  static ProviderException error(Errno errno, String message) {
    return new ProviderException(errno, message);
  }
}
