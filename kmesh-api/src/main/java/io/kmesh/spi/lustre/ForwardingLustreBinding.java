// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.Set;

/** A base for wrappers of a binding: every call goes to the one behind it. */
public abstract class ForwardingLustreBinding implements LustreBinding {
  /** For subclasses. */
  protected ForwardingLustreBinding() {}

  /** The binding behind this one. */
  protected abstract LustreBinding delegate();

  @Override
  public String description() {
    return delegate().description();
  }

  @Override
  public Set<LustreCapability> capabilities() {
    return delegate().capabilities();
  }

  @Override
  public PosixTree tree() {
    return delegate().tree();
  }

  @Override
  public LustreIdentity identity() {
    return delegate().identity();
  }

  @Override
  public LustreHsm hsm() {
    return delegate().hsm();
  }

  @Override
  public LustreCopytools copytools() {
    return delegate().copytools();
  }

  @Override
  public LustreLayouts layouts() {
    return delegate().layouts();
  }

  @Override
  public LustreChangelogs changelogs() {
    return delegate().changelogs();
  }

  @Override
  public LustreUsage usage() {
    return delegate().usage();
  }

  @Override
  public LustreOpenFiles openFiles() {
    return delegate().openFiles();
  }

  @Override
  public LustreServer server() {
    return delegate().server();
  }

  @Override
  public void close() throws IOException {
    delegate().close();
  }
}
