// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A directory that is being copied, with both handles. It is finished (attributes, times, closing)
 * when its listing and everything in it is: who takes the last {@link #leave} does that.
 */
final class CopyDirectory {
  private final @Nullable CopyDirectory parent;
  private final PathBytes path;
  private final PosixDirectory source;
  private final PosixDirectory target;
  private final FileStat stat;
  private final AtomicInteger users = new AtomicInteger(1);

  CopyDirectory(
      @Nullable CopyDirectory parent,
      PathBytes path,
      PosixDirectory source,
      PosixDirectory target,
      FileStat stat) {
    this.parent = parent;
    this.path = path;
    this.source = source;
    this.target = target;
    this.stat = stat;
  }

  @Nullable CopyDirectory parent() {
    return parent;
  }

  PathBytes path() {
    return path;
  }

  PosixDirectory source() {
    return source;
  }

  PosixDirectory target() {
    return target;
  }

  FileStat stat() {
    return stat;
  }

  void enter() {
    users.incrementAndGet();
  }

  /** Whether this was the last user. */
  boolean leave() {
    return users.decrementAndGet() == 0;
  }
}
