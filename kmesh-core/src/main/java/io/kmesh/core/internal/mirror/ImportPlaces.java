// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The directories into which an import writes; no symbolic link is followed on the way. Quick for
 * paths in order: it keeps the last directory open. One thread.
 */
final class ImportPlaces implements AutoCloseable {
  private final PosixDirectory top;
  private final boolean isPlan;
  private PathBytes lastPath = PathBytes.EMPTY;
  private @Nullable PosixDirectory last;
  private @Nullable Boolean lastInherits;

  /**
   * Places below a directory.
   *
   * @param top stays open
   * @param isPlan whether nothing is made
   */
  ImportPlaces(PosixDirectory top, boolean isPlan) {
    this.top = top;
    this.isPlan = isPlan;
  }

  /** What is at a path; empty when there is nothing, or when its parent is no directory. */
  Optional<FileStat> find(PathBytes path) throws IOException {
    PosixDirectory parent = at(path.parent(), false, false);
    return parent == null ? Optional.empty() : parent.find(path.name());
  }

  /**
   * Opens a directory, making what is missing; a link on the way is refused.
   *
   * @return open until another path is asked for; null in a plan where it would be made
   */
  @Nullable PosixDirectory openOrMake(PathBytes path) throws IOException {
    return at(path, !isPlan, true);
  }

  /** As {@link #openOrMake}, where it is no plan. */
  PosixDirectory make(PathBytes path) throws IOException {
    PosixDirectory made = openOrMake(path);
    if (made == null) {
      throw new IllegalStateException("A plan makes no directory.");
    }
    return made;
  }

  /**
   * Whether a new file in the directory that was opened last may have got extended attributes from
   * it: a list of access rights comes from one that the directory has, under a name of the system.
   */
  boolean handsDownXattrs() throws IOException {
    Boolean known = lastInherits;
    if (known == null) {
      PosixDirectory directory = last == null ? top : last;
      known = directory.xattrNames().stream().anyMatch(ImportPlaces::isOfSystem);
      lastInherits = known;
    }
    return known;
  }

  private static boolean isOfSystem(PathBytes name) {
    return new String(name.toBytes(), StandardCharsets.ISO_8859_1).startsWith("system.");
  }

  private @Nullable PosixDirectory at(PathBytes path, boolean isMade, boolean isRefused)
      throws IOException {
    if (lastPath.equals(path)) {
      return last == null ? top : last;
    }
    close();
    PosixDirectory current = top;
    boolean isFound = false;
    try {
      for (PathBytes name : path.names()) {
        Optional<FileStat> stat = current.find(name);
        if (stat.isEmpty() && isMade) {
          make(current, name);
        } else if (stat.isEmpty() || (!isRefused && !stat.get().isDirectory())) {
          return null;
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
    if (current != top) {
      last = current;
      lastPath = path;
    }
    return current;
  }

  /** Makes a directory, or finds that another thread did. */
  private static void make(PosixDirectory parent, PathBytes name) throws IOException {
    try {
      parent.makeDirectory(name, 0700);
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.EXISTS) {
        throw e;
      }
    }
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
    lastPath = PathBytes.EMPTY;
    lastInherits = null;
    if (kept != null) {
      kept.close();
    }
  }
}
