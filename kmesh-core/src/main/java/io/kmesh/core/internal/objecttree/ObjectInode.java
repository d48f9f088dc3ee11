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
        tree.opened(number, true);
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
      throw Posix.refusal(Errno.EBADF, "use " + shown(), "the handle was closed");
    }
  }

  /** What changes the tree, of an open handle; to be called with the index's monitor. */
  final TreeWriter writer(String what) throws ProviderException {
    requireOpen();
    return tree.writer(what + " " + shown());
  }

  /** The inode to be changed; to be called with the index's monitor. */
  final Inode changing(String what) throws IOException {
    return writer(what).edits().open(what, last.number());
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

  static Optional<byte[]> xattr(Inode inode, PathBytes name) throws ProviderException {
    Posix.checkXattr("read", name);
    byte[] value = inode.xattrs().get(name);
    return value == null ? Optional.empty() : Optional.of(value.clone());
  }

  @Override
  public void setMode(int mode) throws IOException {
    String what = "set the mode of";
    synchronized (index()) {
      writer(what).edits().setMode(changing(what), mode);
    }
  }

  @Override
  public void setOwner(long uid, long gid) throws IOException {
    String what = "set the owner of";
    synchronized (index()) {
      writer(what).edits().setOwner(changing(what), uid, gid);
    }
  }

  @Override
  public void setTimes(FileTime atime, FileTime mtime) throws IOException {
    String what = "set the times of";
    synchronized (index()) {
      writer(what).edits().setTimes(changing(what), atime, mtime);
    }
  }

  @Override
  public void setXattr(PathBytes name, byte[] value, XattrMode mode) throws IOException {
    String what = "set " + name + " of";
    synchronized (index()) {
      writer(what).edits().setXattr(changing(what), name, value, mode);
    }
  }

  @Override
  public void removeXattr(PathBytes name) throws IOException {
    String what = "remove " + name + " of";
    synchronized (index()) {
      writer(what).edits().removeXattr(changing(what), name);
    }
  }

  @Override
  public void sync(SyncMode mode) throws IOException {
    synchronized (index()) {
      requireOpen();
      if (!tree.isWritable()) {
        return;
      }
      throw Posix.refusal(
          Errno.EOPNOTSUPP, "sync " + shown() + " by itself", "only the whole tree can be synced");
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (index()) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      tree.opened(last.number(), false);
    }
    tree.release();
  }
}
