// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.List;

/**
 * Keeps the changes that were made here, and decides what becomes of one that was made while a
 * newer value of the register, from another site, is known but not placed yet. Called on the base's
 * thread, within a look.
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
   * @param known with the register that is not placed; what it is here already has the change of
   *     {@code version}
   * @param here what the file is here now
   * @param version of what is here: it has not seen the register's newest value
   * @return the node that the file here is from now on, as the caller is to keep it
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

  /** The names that a node may have in the tree; more than it has. */
  default List<Link> names(FlowBase base, Node node) throws IOException {
    return node.links();
  }

  /** A name that is never part of a flow is in a directory. */
  default void hidden(NodeId directory, PathBytes name) throws IOException {}

  /** It was noted what has a name in the tree. */
  default void placed(Link link) throws IOException {}

  /** Keeps a node whose registers changed here. */
  default Node changed(FlowBase base, Node node) throws IOException {
    return base.change(node);
  }

  /**
   * Keeps a name that was given or removed here.
   *
   * @param before the register as it is now
   */
  default void changed(FlowBase base, Dirent before, Dirent after) throws IOException {
    base.change(before, after);
  }

  /**
   * A node has no name here any more.
   *
   * @param node as it is known, without {@code here}
   * @param here what it was
   */
  default void left(FlowBase base, Node node, Local here) throws IOException {}
}
