// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.endpoints;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.util.Set;

/** A directory of a tree as a tree of its own. */
final class SubTree extends ForwardingPosixTree {
  private final PosixTree whole;
  private final PathBytes top;
  private final Closeable closed;

  /** One whose closing leaves the whole open. */
  SubTree(PosixTree whole, PathBytes top) {
    this(whole, top, () -> {});
  }

  /** One that closes something with it. */
  SubTree(PosixTree whole, PathBytes top, Closeable closed) {
    this.whole = whole;
    this.top = top;
    this.closed = closed;
  }

  @Override
  protected PosixTree delegate() {
    return whole;
  }

  @Override
  public String description() {
    return top.isEmpty() ? whole.description() : whole.description() + "/" + top;
  }

  @Override
  public PosixDirectory openRoot() throws IOException {
    return whole.openDirectory(top);
  }

  @Override
  public PosixDirectory openDirectory(PathBytes path) throws IOException {
    return whole.openDirectory(below(path));
  }

  @Override
  public FileStat stat(PathBytes path) throws IOException {
    return whole.stat(below(path));
  }

  @Override
  public PosixFile openFile(PathBytes path, Set<OpenFlag> flags) throws IOException {
    return whole.openFile(below(path), flags);
  }

  private PathBytes below(PathBytes path) {
    return path.isEmpty() ? top : top.resolve(path);
  }

  @Override
  public void close() throws IOException {
    closed.close();
  }
}
