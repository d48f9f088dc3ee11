// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import java.io.IOException;

/**
 * Decides what becomes of a change that was made here while a newer value of the register, from
 * another site, is known but not placed yet. Called on the base's thread, within a look.
 */
public interface Concurrent {
  /** What was written here last wins, as if the other value had been known to the writer. */
  Concurrent HERE_WINS =
      new Concurrent() {
        @Override
        public Node content(FlowBase base, Node known, Content here, Version version) {
          return known.withContent(here, known.contentVersion().next(version.origin()));
        }

        @Override
        public Dirent name(FlowBase base, Dirent known, NodeId here, Version version)
            throws IOException {
          return base.change(known, known.to(here, known.version().next(version.origin())));
        }
      };

  /**
   * A file was written here.
   *
   * @param known with the register that is not placed
   * @param here what the file is here now
   * @param version of what is here: it has not seen the register's newest value
   * @return the node as it is to be kept; what is here counts as placed when it has the origin of
   *     {@code version}
   */
  Node content(FlowBase base, Node known, Content here, Version version) throws IOException;

  /**
   * A name was given here.
   *
   * @param known the register that is not placed
   * @param here what has the name here now
   * @param version of what is here: it has not seen the register's newest value
   * @return the register as it was kept; what is here is noted as placed by the caller
   */
  Dirent name(FlowBase base, Dirent known, NodeId here, Version version) throws IOException;
}
