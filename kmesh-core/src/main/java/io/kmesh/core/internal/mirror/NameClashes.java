// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The paths that are one where neither case nor Unicode's form counts. Found with bounded memory:
 * where there are too many paths they are gone through several times, a share of them each time.
 * Immutable.
 */
final class NameClashes {
  /** Paths that are compared at a time; each takes some 80 bytes. */
  static final int MOST = 1 << 18;

  private final Set<Long> folded;

  /** Takes paths. */
  interface Taker {
    void take(PathBytes path) throws IOException;
  }

  /** Paths that can be gone through again; each may come several times. */
  interface Paths {
    void forEach(Taker taker) throws IOException;
  }

  private NameClashes(Set<Long> folded) {
    this.folded = folded;
  }

  /** None. */
  static NameClashes none() {
    return new NameClashes(Set.of());
  }

  /**
   * Finds those of some paths.
   *
   * @param most the most that are compared at a time
   */
  static NameClashes of(Paths paths, int most) throws IOException {
    for (int shares = 1; ; shares *= 2) {
      Set<Long> found = new HashSet<>();
      boolean isWhole = true;
      for (int share = 0; share < shares && isWhole; share++) {
        isWhole = share(paths, most, shares, share, found);
      }
      if (found.size() > most) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot compare names: more than "
                + most
                + " are another one's where case or Unicode's form does not count. Mirror without"
                + " portable names, or rename them.");
      }
      if (isWhole) {
        return new NameClashes(found);
      }
    }
  }

  /** Goes through a share of the paths; false when there are too many of them. */
  private static boolean share(Paths paths, int most, int shares, int share, Set<Long> found)
      throws IOException {
    Map<Long, Long> exact = new HashMap<>();
    boolean[] isFull = {false};
    paths.forEach(
        path -> {
          long digest = FoldedName.digest(path);
          // Powers of two: a share is divided into two of the next, larger number.
          if (isFull[0] || (digest & (shares - 1)) != share) {
            return;
          }
          if (exact.size() == most && !exact.containsKey(digest)) {
            isFull[0] = true;
            return;
          }
          long own = FoldedName.exact(path);
          Long other = exact.putIfAbsent(digest, own);
          if (other != null && other != own) {
            found.add(digest);
          }
        });
    return !isFull[0];
  }

  boolean isEmpty() {
    return folded.isEmpty();
  }

  /** Whether a path is another one's. */
  boolean has(PathBytes path) {
    return !folded.isEmpty() && folded.contains(FoldedName.digest(path));
  }

  /** Whether a path, or one of the directories that it leads through, is another one's. */
  boolean hasAnyOf(PathBytes path) {
    if (folded.isEmpty()) {
      return false;
    }
    PathBytes at = PathBytes.EMPTY;
    for (PathBytes name : path.names()) {
      at = at.resolve(name);
      if (has(at)) {
        return true;
      }
    }
    return false;
  }

  /** The failure of an entry that is not mirrored because of its name. */
  static ProviderException failure(String doing, String what) {
    return new ProviderException(
        ErrorKind.EXISTS,
        "Cannot "
            + doing
            + " "
            + what
            + ": where neither case nor Unicode's form counts, its name is another one's. Rename"
            + " one of them.");
  }
}
