// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import java.io.IOException;

/** Says which files are kept beside the flow when they are replaced or removed. Engine's thread. */
public interface Keeper {
  /** All that is replaced goes. */
  Keeper NONE =
      new Keeper() {
        @Override
        public boolean isKept(NodeId node, Dot content) {
          return false;
        }

        @Override
        public void kept(NodeId node, Dot content, PathBytes where) {}
      };

  /** Whether a file's bytes are kept. */
  boolean isKept(NodeId node, Dot content) throws IOException;

  /**
   * A file's bytes were kept.
   *
   * @param where below the tree's root
   */
  void kept(NodeId node, Dot content, PathBytes where) throws IOException;
}
