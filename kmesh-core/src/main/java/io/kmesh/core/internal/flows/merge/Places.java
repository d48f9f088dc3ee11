// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.NodeId;
import java.io.IOException;

/** What this site's tree has of nodes. For the base's thread. */
public interface Places {
  /** Of a base without a tree. */
  Places NONE = (from, to) -> {};

  /**
   * The object that is a node is another node from now on, under all names that it has in the tree,
   * and so is what is in it. Both nodes are in the base; the other one is not in the tree.
   */
  void became(NodeId from, NodeId to) throws IOException;
}
