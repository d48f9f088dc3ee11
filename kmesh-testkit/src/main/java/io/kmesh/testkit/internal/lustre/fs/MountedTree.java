// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** One user's view of the mount, which that user may close. Thread-safe. */
final class MountedTree extends ForwardingPosixTree {
  private final SimTree mount;
  private final AtomicBoolean closed = new AtomicBoolean();

  MountedTree(SimTree mount) {
    this.mount = mount;
  }

  @Override
  protected PosixTree delegate() {
    return mount;
  }

  @Override
  public PosixDirectory openRoot() throws IOException {
    checkOpen();
    return super.openRoot();
  }

  @Override
  public PosixDirectory openDirectory(PathBytes path) throws IOException {
    checkOpen();
    return super.openDirectory(path);
  }

  @Override
  public FileStat stat(PathBytes path) throws IOException {
    checkOpen();
    return super.stat(path);
  }

  @Override
  public PosixFile openFile(PathBytes path, Set<OpenFlag> flags) throws IOException {
    checkOpen();
    return super.openFile(path, flags);
  }

  private void checkOpen() throws IOException {
    if (closed.get()) {
      throw Failures.of(
          Errno.EBADF, "open the root of", description(), "the tree is closed", "Open it again.");
    }
  }

  @Override
  public void close() {
    closed.set(true);
  }
}
