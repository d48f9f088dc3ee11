// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.path.PathBytes;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Where a tree that its users change too is not as it was placed: who finds what users did must
 * look there before anything is placed. Thread-safe.
 */
final class Doubts {
  private final Set<PathBytes> paths = new LinkedHashSet<>();

  synchronized void add(PathBytes path) {
    paths.add(path);
  }

  /** The paths that were noted since the last call. */
  synchronized Set<PathBytes> take() {
    Set<PathBytes> taken = new LinkedHashSet<>(paths);
    paths.clear();
    return taken;
  }
}
