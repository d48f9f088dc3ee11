// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which directory, and where it was when it was asked for: who opens it by that way on any thread
 * finds by its key whether it is still there. Immutable.
 *
 * @param id the node, or a pseudo-node of {@link FlowNames}
 * @param key the object that it must be
 * @param parent the directory above; null of the root
 * @param name its name there
 */
record DirectoryRef(NodeId id, LocalKey key, @Nullable DirectoryRef parent, PathBytes name) {
  /** The path below the root. */
  PathBytes path() {
    List<PathBytes> names = new ArrayList<>();
    for (DirectoryRef at = this; at.parent() != null; at = at.parent()) {
      names.add(at.name());
    }
    Collections.reverse(names);
    PathBytes path = PathBytes.EMPTY;
    for (PathBytes one : names) {
      path = path.resolve(one);
    }
    return path;
  }

  /** How many directories are above. */
  int depth() {
    int depth = 0;
    for (DirectoryRef at = parent; at != null; at = at.parent()) {
      depth++;
    }
    return depth;
  }

  /** Whether it is a directory, or is below it. */
  boolean isAtOrBelow(NodeId other) {
    for (DirectoryRef at = this; at != null; at = at.parent()) {
      if (at.id().equals(other)) {
        return true;
      }
    }
    return false;
  }
}
