// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.NodeId;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which peer is asked for bytes: first the one that made them, then the others, one after another.
 * For the engine's thread.
 */
final class WantRouter {
  private final Map<NodeId, Asked> asked = new HashMap<>();

  private record Asked(Message.Wanted wanted, Set<Long> tried) {}

  /** The peer to ask for bytes that are wanted anew; empty when there is none. */
  Optional<Peer> first(Message.Wanted wanted, Collection<Peer> peers) {
    asked.put(wanted.node(), new Asked(wanted, new HashSet<>()));
    Optional<Peer> maker =
        peers.stream()
            .filter(p -> p.hasGreeted() && p.replica == wanted.content().replica())
            .findFirst();
    return maker.isPresent() ? maker : peers.stream().filter(Peer::hasGreeted).findFirst();
  }

  /** The peer to ask next for what one does not have; empty when all were asked. */
  Optional<Peer> next(Message.Gone gone, Peer from, Collection<Peer> peers) {
    Asked one = asked.get(gone.node());
    if (one == null || !one.wanted().content().equals(gone.content())) {
      return Optional.empty();
    }
    one.tried().add(from.replica);
    Optional<Peer> next =
        peers.stream().filter(p -> p.hasGreeted() && !one.tried().contains(p.replica)).findFirst();
    if (next.isEmpty()) {
      asked.remove(gone.node());
    }
    return next;
  }

  /** What was wanted of an answer. */
  Message.Wanted wanted(Message.Gone gone) {
    Asked one = asked.get(gone.node());
    return one == null ? new Message.Wanted(gone.node(), gone.content(), 0) : one.wanted();
  }

  /** All is asked for anew. */
  void clear() {
    asked.clear();
  }
}
