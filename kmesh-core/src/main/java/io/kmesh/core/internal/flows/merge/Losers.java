// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds what is here and lost by the decision of another site, which says so by a grave, so that it
 * is a conflict here too: this site has the bytes. For the base's thread.
 */
final class Losers {
  private final FlowBase base;
  private final MergePolicy policy;
  private final MergeNotes notes;
  private final NameWriter writer;
  private final Conflict.Listener conflicts;

  Losers(
      FlowBase base,
      MergePolicy policy,
      MergeNotes notes,
      NameWriter writer,
      Conflict.Listener conflicts) {
    this.base = base;
    this.policy = policy;
    this.notes = notes;
    this.writer = writer;
    this.conflicts = conflicts;
  }

  /** Another site tells of a grave; before it is in the base. */
  void hear(Dirent mine, Dirent theirs) throws IOException {
    NodeId winner = Marks.winnerOf(theirs);
    if (winner == null || policy.keep() == MergePolicy.Keep.BOTH || isKnown(mine, theirs)) {
      return;
    }
    Optional<Node> loser = base.node(theirs.link().parent());
    if (loser.isPresent()) {
      name(loser.get(), winner);
    } else {
      bytes(theirs.link().parent(), winner);
    }
  }

  private static boolean isKnown(Dirent mine, Dirent theirs) {
    Contest contest = Contest.of(mine.version(), theirs.version());
    return contest == Contest.SAME || contest == Contest.MINE;
  }

  /** A node lost its name: the change that gave it names the conflict at all sites. */
  private void name(Node loser, NodeId winner) throws IOException {
    Optional<Dirent> last = writer.lastNamed(loser);
    Dot given =
        last.isPresent()
            ? last.get().version().origin()
            : notes.lost(loser.id()).map(MergeNotes.Lost::given).orElse(null);
    if (given != null && loser.local() != null) {
      found(Conflict.Kind.NAME, writer.lastLink(loser), winner, loser.id(), given);
    }
  }

  /** Bytes lost: their dot is the number of the node that they would have been. */
  private void bytes(NodeId loser, NodeId winner) throws IOException {
    if (loser.number() <= 0) {
      return; // no change has that number, whoever says so
    }
    Dot dot = new Dot(loser.replica(), loser.number());
    Optional<Node> node = base.node(winner);
    Local local = node.map(Node::local).orElse(null);
    boolean isHere = local != null && local.content().equals(dot);
    if (isHere || dot.replica() == base.replica()) {
      Link link = node.isEmpty() ? null : writer.lastLink(node.get());
      found(Conflict.Kind.CONTENT, link, winner, winner, dot);
    }
  }

  /** The change that stands is not known yet: who decided lists it. */
  private void found(Conflict.Kind kind, @Nullable Link link, NodeId winner, NodeId loser, Dot lost)
      throws IOException {
    conflicts.found(
        new Conflict(
            kind,
            link,
            winner,
            Version.NONE,
            loser,
            new Version(lost, VersionVector.EMPTY),
            Conflict.Action.DROPPED,
            null));
  }
}
