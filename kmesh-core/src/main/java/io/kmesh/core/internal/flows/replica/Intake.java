// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Optional;

/**
 * Takes registers of a site that alone decides: the newer version stands, and of two that know
 * nothing of each other the sender's. For the base's thread.
 */
final class Intake {
  private final FlowBase base;
  private final Changed changed;

  /** Who hears what became different here. */
  interface Changed {
    /** The register of a name. */
    void name(Link link) throws IOException;

    /** Attributes or content of a node. */
    void node(NodeId node) throws IOException;
  }

  Intake(FlowBase base, Changed changed) {
    this.base = base;
    this.changed = changed;
  }

  void take(Message.Change change) throws IOException {
    if (change.node() != null) {
      take(change.node());
    } else if (change.dirent() != null) {
      take(change.dirent());
    }
  }

  private void take(Node theirs) throws IOException {
    Optional<Node> found = base.node(theirs.id());
    if (found.isEmpty()) {
      base.change(theirs);
      changed.node(theirs.id());
      return;
    }
    Node mine = found.get();
    if (mine.type() != theirs.type()) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot take what the other site tells of node "
              + theirs.id()
              + ": it is "
              + theirs.type()
              + " there and "
              + mine.type()
              + " here, and types never change. Have the flow made anew from its trees.");
    }
    Node next = mine;
    boolean isChanged = false;
    if (isNews(mine.attributesVersion(), theirs.attributesVersion())) {
      next =
          next.withAttributes(
              theirs.attributes(), joined(theirs.attributesVersion(), mine.attributesVersion()));
      isChanged = true;
    }
    if (isNews(mine.contentVersion(), theirs.contentVersion())) {
      next =
          next.withContent(
              theirs.content(), joined(theirs.contentVersion(), mine.contentVersion()));
      isChanged = true;
    }
    if (isChanged) {
      base.change(next);
      changed.node(next.id());
    }
  }

  private void take(Dirent theirs) throws IOException {
    Dirent mine = base.dirent(theirs.link());
    if (isNews(mine.version(), theirs.version())) {
      Version version = joined(theirs.version(), mine.version());
      NodeId node = theirs.node();
      base.change(
          mine, node != null ? mine.to(node, version) : mine.gone(version, theirs.removedSeen()));
      changed.name(theirs.link());
    }
  }

  private static boolean isNews(Version mine, Version theirs) {
    return switch (theirs.seen().compare(mine.seen())) {
      case NEWER, CONCURRENT -> true;
      case OLDER, EQUAL -> false;
    };
  }

  private static Version joined(Version theirs, Version mine) throws ProviderException {
    Version joined = theirs.join(mine);
    if (joined.seen().size() > VersionVector.MOST_REPLICAS) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot take a change "
              + theirs.origin()
              + ": "
              + joined.seen().size()
              + " replicas would have changed one register. Have the peer's flow checked.");
    }
    return joined;
  }
}
