// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.replica.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Contents that can't be read at the other site or written here, with the reasons: so many of them,
 * whatever a full disk or a peer refuses. The rest is told by the overflow alone. For the engine's
 * thread.
 */
final class Refusals {
  /** The most that are remembered one by one. */
  static final int MOST = 10_000;

  private final Map<NodeId, Message.Gone> all = new LinkedHashMap<>();
  private boolean isOverflown;

  /** Remembers one, if there is room; what was said of the same node before goes. */
  void add(Message.Gone gone) {
    if (all.size() < MOST || all.containsKey(gone.node())) {
      all.put(gone.node(), gone);
    } else {
      isOverflown = true;
    }
  }

  /** Whether a content is one of those that are remembered. */
  boolean has(NodeId node, Dot content) {
    Message.Gone gone = all.get(node);
    return gone != null && gone.content().equals(content);
  }

  /** Forgets those that nobody lacks any more. */
  void keep(Arrivals.Stale lacking) throws IOException {
    for (Message.Gone gone : list()) {
      if (!lacking.test(gone.node(), gone.content())) {
        all.remove(gone.node());
      }
    }
  }

  /** As above, of one node. */
  void keep(NodeId node, Arrivals.Stale lacking) throws IOException {
    Message.Gone gone = all.get(node);
    if (gone != null && !lacking.test(node, gone.content())) {
      all.remove(node);
    }
  }

  /** Those that are remembered. */
  List<Message.Gone> list() {
    return new ArrayList<>(all.values());
  }

  int size() {
    return all.size();
  }

  /** Whether some are not remembered, since this was last asked. */
  boolean takeOverflow() {
    boolean was = isOverflown;
    isOverflown = false;
    return was;
  }
}
