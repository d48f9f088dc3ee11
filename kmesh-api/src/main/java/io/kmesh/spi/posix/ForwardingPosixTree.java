// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.Set;

/** A base for wrappers of a tree: every call goes to the one behind it. */
public abstract class ForwardingPosixTree implements PosixTree {
  /** The tree behind this one. */
  protected abstract PosixTree delegate();

  /** For subclasses. */
  protected ForwardingPosixTree() {}

  @Override
  public String description() {
    return delegate().description();
  }

  @Override
  public Set<PosixCapability> capabilities() {
    return delegate().capabilities();
  }

  @Override
  public PosixDirectory openRoot() throws IOException {
    return delegate().openRoot();
  }

  @Override
  public PosixDirectory openDirectory(PathBytes path) throws IOException {
    return delegate().openDirectory(path);
  }

  @Override
  public FileStat stat(PathBytes path) throws IOException {
    return delegate().stat(path);
  }

  @Override
  public PosixFile openFile(PathBytes path, Set<OpenFlag> flags) throws IOException {
    return delegate().openFile(path, flags);
  }

  @Override
  public void sync() throws IOException {
    delegate().sync();
  }

  @Override
  public void close() throws IOException {
    delegate().close();
  }
}
