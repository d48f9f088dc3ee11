// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks for entries below a directory by path; no symbolic link is followed on the way. Quick for
 * paths in order: it keeps the last directory open. One thread.
 */
final class TreeLook implements AutoCloseable {
  private final PosixDirectory top;
  private PathBytes lastPath = PathBytes.EMPTY;
  private @Nullable PosixDirectory last;

  /**
   * Looks below a directory.
   *
   * @param top stays open
   */
  TreeLook(PosixDirectory top) {
    this.top = top;
  }

  /** What is at a path; empty when there is nothing, or when its parent is no directory. */
  Optional<FileStat> find(PathBytes path) throws IOException {
    if (path.isEmpty()) {
      return Optional.of(top.stat());
    }
    Optional<PosixDirectory> parent = directory(path.parent());
    return parent.isEmpty() ? Optional.empty() : parent.get().find(path.name());
  }

  private Optional<PosixDirectory> directory(PathBytes path) throws IOException {
    if (path.isEmpty()) {
      return Optional.of(top);
    }
    PosixDirectory kept = last;
    if (kept != null && lastPath.equals(path)) {
      return Optional.of(kept);
    }
    close();
    PosixDirectory current = top;
    boolean isFound = false;
    try {
      for (PathBytes name : path.names()) {
        Optional<FileStat> stat = current.find(name);
        if (stat.isEmpty() || !stat.get().isDirectory()) {
          return Optional.empty();
        }
        PosixDirectory below = current.openDirectory(name);
        release(current);
        current = below;
      }
      isFound = true;
    } finally {
      if (!isFound) {
        release(current);
      }
    }
    last = current;
    lastPath = path;
    return Optional.of(current);
  }

  private void release(PosixDirectory directory) throws IOException {
    if (directory != top) {
      directory.close();
    }
  }

  @Override
  public void close() throws IOException {
    PosixDirectory kept = last;
    last = null;
    if (kept != null) {
      kept.close();
    }
  }
}
