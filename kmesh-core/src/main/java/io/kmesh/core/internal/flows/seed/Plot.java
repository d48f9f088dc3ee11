// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.seed;

import io.kmesh.core.internal.flows.base.NodeId;
import org.jspecify.annotations.Nullable;

/** A directory in which trees are to be: known by its node once that is registered. */
final class Plot {
  private volatile @Nullable NodeId node;

  /** One that is registered. */
  static Plot of(NodeId node) {
    Plot plot = new Plot();
    plot.node = node;
    return plot;
  }

  /** Its node; null while it is not registered, or when it never is. */
  @Nullable NodeId node() {
    return node;
  }

  void registered(NodeId id) {
    node = id;
  }
}
