// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.path.PathBytes;
import org.jspecify.annotations.Nullable;

/**
 * A name in a directory.
 *
 * @param parent the directory
 * @param name one name
 */
public record Link(NodeId parent, PathBytes name) {
  // By hand, since these are keys of maps: what a record generates is slow before it is optimised.
  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof Link other && parent.equals(other.parent) && name.equals(other.name);
  }

  @Override
  public int hashCode() {
    return 31 * parent.hashCode() + name.hashCode();
  }
}
