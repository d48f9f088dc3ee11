// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Registers about nodes in the form of removed names "in" the node, under names that no flow has
 * (docs/design/flows.md, "The tree's own hidden names"), so that they travel and merge as names do:
 *
 * <ul>
 *   <li>the alias of a node says that it is another one: that stands as what was removed
 *   <li>the grave of a node says that its last name was removed, and which content the remover knew
 *   <li>the grave of what lost to another node says so: that one stands as what was removed. Bytes
 *       that lost have theirs where their own node would be, which nobody made
 * </ul>
 *
 * Stateless.
 */
public final class Marks {
  private static final PathBytes ALIAS = PathBytes.of(".kmesh~alias");
  private static final PathBytes GRAVE = PathBytes.of(".kmesh~grave");

  private Marks() {}

  /** Where a node's alias stands. */
  static Link alias(NodeId node) {
    return new Link(node, ALIAS);
  }

  /** Where a node's grave stands. */
  static Link grave(NodeId node) {
    return new Link(node, GRAVE);
  }

  /** Whether a register is no name of the tree. */
  public static boolean isMark(Link link) {
    return isAlias(link) || isGrave(link);
  }

  static boolean isAlias(Link link) {
    return link.name().equals(ALIAS);
  }

  static boolean isGrave(Link link) {
    return link.name().equals(GRAVE);
  }

  /** The node that a node is another name of; null for itself. */
  static @Nullable NodeId aliasOf(FlowBase base, NodeId node) throws IOException {
    return base.dirent(alias(node)).removed();
  }

  /** The node that stands for a node: itself, mostly. */
  static NodeId standing(FlowBase base, NodeId node) throws IOException {
    NodeId at = node;
    while (true) {
      NodeId next = aliasOf(base, at);
      if (next == null) {
        return at;
      }
      at = next; // always less, so it ends
    }
  }

  /** What a node, or bytes, lost to by a grave; null where a user removed it. */
  static @Nullable NodeId winnerOf(Dirent grave) {
    NodeId winner = grave.removed();
    return winner == null || winner.equals(grave.link().parent()) ? null : winner;
  }

  /** Whether who removed a node's last name knew a content. */
  static boolean isBuried(Dirent grave, VersionVector content) {
    return grave.removed() != null && grave.removedSeen().covers(content);
  }
}
