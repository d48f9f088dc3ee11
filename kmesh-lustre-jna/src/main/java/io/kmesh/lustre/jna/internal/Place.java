// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.path.PathBytes;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Where a handle was opened, for messages: a root's description and the names below it. Joined only
 * when a message is written; most places never are.
 */
final class Place {
  private final @Nullable Place parent;
  private final Object name;

  private Place(@Nullable Place parent, Object name) {
    this.parent = parent;
    this.name = name;
  }

  /** The place of a root that is described so. */
  static Place root(String description) {
    return new Place(null, description);
  }

  /** The place of an entry here. */
  Place of(PathBytes entry) {
    return new Place(this, entry);
  }

  /** The escaped path. */
  @Override
  public String toString() {
    Deque<String> names = new ArrayDeque<>();
    for (Place p = this; p != null; p = p.parent) {
      names.addFirst(p.name.toString());
    }
    return String.join("/", names);
  }
}
