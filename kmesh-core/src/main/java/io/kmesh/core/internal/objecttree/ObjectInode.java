// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

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

/** An open file or directory of an {@link ObjectTree}. Thread-safe. */
abstract class ObjectInode implements PosixInode {
  private final ObjectTree tree;
  private final PathBytes path;

  /** What it was last: it stays that for who has it open when it is gone from the index. */
  private Inode last; // guarded by the index

  private boolean isClosed; // guarded by the index

  /**
   * A handle, which keeps the tree's index open.
   *
   * @param path where it was opened, for messages
   */
  ObjectInode(ObjectTree tree, long number, PathBytes path) throws IOException {
    this.tree = tree;
    this.path = path;
    tree.retain();
    try {
      synchronized (tree.index()) {
        this.last = tree.index().existing(number);
      }
    } catch (IOException | RuntimeException e) {
      tree.release();
      throw e;
    }
  }

  final ObjectTree tree() {
    return tree;
  }

  final TreeIndex index() {
    return tree.index();
  }

  final PathBytes path() {
    return path;
  }

  /** The path for messages. */
  final String shown() {
    return path.isEmpty() ? "the top" : path.toString();
  }

  final long number() {
    return last.number();
  }

  /** What it is now; to be called with the index's monitor. */
  final Inode inode() throws IOException {
    requireOpen();
    Inode now = index().inode(last.number());
    if (now != null) {
      last = now;
    }
    return last;
  }

  /** Fails for a closed handle; to be called with the index's monitor. */
  final void requireOpen() throws ProviderException {
    if (isClosed) {
      throw ObjectTree.error(Errno.EBADF, "use " + shown(), "the handle was closed");
    }
  }

  private void change(String what) throws ProviderException {
    synchronized (index()) {
      requireOpen();
    }
    throw tree.refused(what + " " + shown());
  }

  @Override
  public FileStat stat() throws IOException {
    synchronized (index()) {
      return tree.stat(inode());
    }
  }

  @Override
  public List<PathBytes> xattrNames() throws IOException {
    synchronized (index()) {
      return List.copyOf(inode().xattrs().keySet());
    }
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name) throws IOException {
    synchronized (index()) {
      return xattr(inode(), name);
    }
  }

  static Optional<byte[]> xattr(Inode inode, PathBytes name) {
    byte[] value = inode.xattrs().get(name);
    return value == null ? Optional.empty() : Optional.of(value.clone());
  }

  @Override
  public void setMode(int mode) throws IOException {
    change("set the mode of");
  }

  @Override
  public void setOwner(long uid, long gid) throws IOException {
    change("set the owner of");
  }

  @Override
  public void setTimes(FileTime atime, FileTime mtime) throws IOException {
    change("set the times of");
  }

  @Override
  public void setXattr(PathBytes name, byte[] value, XattrMode mode) throws IOException {
    change("set " + name + " of");
  }

  @Override
  public void removeXattr(PathBytes name) throws IOException {
    change("remove " + name + " of");
  }

  @Override
  public void sync(SyncMode mode) throws IOException {
    synchronized (index()) {
      requireOpen(); // nothing was written
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (index()) {
      if (isClosed) {
        return;
      }
      isClosed = true;
    }
    tree.release();
  }
}
