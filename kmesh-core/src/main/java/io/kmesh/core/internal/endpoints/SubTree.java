// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.endpoints;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.Set;

/** A directory of a tree as a tree of its own. Closing it leaves the whole open. */
final class SubTree extends ForwardingPosixTree {
  private final PosixTree whole;
  private final PathBytes top;

  SubTree(PosixTree whole, PathBytes top) {
    this.whole = whole;
    this.top = top;
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
  public void close() {
    // The whole belongs to who opened it.
  }
}
