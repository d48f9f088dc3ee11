// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.path.PathBytes;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the entries of renamed directories are elsewhere. For one thread. */
final class PathMap {
  private final Map<PathBytes, PathBytes> places = new HashMap<>();

  /** Says that an entry, with all below it, is at another place. */
  void put(PathBytes path, PathBytes place) {
    places.put(path, place);
  }

  /** The nearest directory above a path, or itself, whose place is known; null for none. */
  @Nullable PathBytes anchor(PathBytes path) {
    for (PathBytes above = path; ; above = above.parent()) {
      if (places.containsKey(above)) {
        return above;
      }
      if (above.isEmpty()) {
        return null;
      }
    }
  }

  /** The place of a path, by the nearest directory above it that is known. */
  PathBytes place(PathBytes path) {
    PathBytes anchor = anchor(path);
    PathBytes place = anchor == null ? null : places.get(anchor);
    return anchor == null || place == null ? path : join(place, below(path, anchor));
  }

  /** The part of a path below one above it. */
  private static PathBytes below(PathBytes path, PathBytes above) {
    int skip = above.isEmpty() ? 0 : Math.min(path.length(), above.length() + 1);
    return PathBytes.of(path.toBytes(), skip, path.length() - skip);
  }

  private static PathBytes join(PathBytes place, PathBytes below) {
    return below.isEmpty() ? place : place.resolve(below);
  }
}
