// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixTree;
import java.util.EnumSet;
import java.util.Set;

/** A tree that is synced file by file, and can't rename without replacing. */
public final class EachSynced extends ForwardingPosixTree {
  private final PosixTree real;

  /** Over a tree that can more. */
  public EachSynced(PosixTree real) {
    this.real = real;
  }

  @Override
  protected PosixTree delegate() {
    return real;
  }

  @Override
  public Set<PosixCapability> capabilities() {
    Set<PosixCapability> all = EnumSet.copyOf(real.capabilities());
    all.remove(PosixCapability.TREE_SYNC);
    all.remove(PosixCapability.RENAME_MODES);
    return all;
  }
}
