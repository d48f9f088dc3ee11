// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.VersionVector;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Changes names, and notes what must be looked at because of it. For the base's thread. */
final class NameWriter {
  private final FlowBase base;
  private final MergeNotes notes;
  private Consumer<NodeId> losses = node -> {};

  NameWriter(FlowBase base, MergeNotes notes) {
    this.base = base;
    this.notes = notes;
  }

  /** Has somebody hear of each node that loses a name, right before. */
  void tellLosses(Consumer<NodeId> listener) {
    losses = listener;
  }

  /** Keeps another value or version of a register. */
  void put(Dirent before, Dirent after) throws IOException {
    NodeId old = before.node();
    NodeId now = after.node();
    NodeId gone = old != null ? old : before.removed();
    if (gone != null && now != null && !gone.equals(now)) {
      losses.accept(gone); // of one that is removed the register tells
    }
    if (old != null && !old.equals(now)) {
      notes.lost(old, before.version().origin(), before.link());
      notes.touch(old);
    }
    base.change(before, after);
    if (now != null) {
      notes.touch(now);
    }
    if (now != null || Marks.isMark(after.link())) {
      notes.touch(after.link().parent());
    }
  }

  /** Lets a name lead to a node, by a change that is made here. */
  void lead(Link link, NodeId node) throws IOException {
    Dirent before = base.dirent(link);
    put(before, before.to(node, before.version().next(base.nextDot())));
  }

  /** Removes a name by a change that is made here. */
  void remove(Link link) throws IOException {
    Dirent before = base.dirent(link);
    if (before.node() != null) {
      put(before, before.gone(before.version().next(base.nextDot()), VersionVector.EMPTY));
    }
  }

  /** Says that a node's last name was removed by somebody who knew its content. */
  void bury(Node node) throws IOException {
    bury(node, node.contentVersion().seen());
  }

  /** Says that a node's last name was removed by somebody who knew a content. */
  void bury(Node node, VersionVector content) throws IOException {
    Dirent grave = base.dirent(Marks.grave(node.id()));
    if (!Marks.isBuried(grave, content)) {
      mark(grave, node.id(), grave.removedSeen().join(content));
    }
  }

  /**
   * Says that a node, or bytes by the dot that names them, lost to another node and go.
   *
   * @param seen the content that lost
   */
  void lose(NodeId loser, VersionVector seen, NodeId winner) throws IOException {
    Dirent grave = base.dirent(Marks.grave(loser));
    if (!Marks.isBuried(grave, seen)) {
      mark(grave, winner, grave.removedSeen().join(seen));
    }
  }

  /** Says that two nodes are one: the lesser. */
  void join(NodeId one, NodeId other) throws IOException {
    NodeId a = Marks.standing(base, one);
    NodeId b = Marks.standing(base, other);
    int order = a.compareTo(b);
    if (order != 0) {
      Dirent alias = base.dirent(Marks.alias(order < 0 ? b : a));
      Optional<Node> from = base.node(alias.link().parent()).filter(Node::isRegular);
      // What is written to it elsewhere, where nobody knows of this, is not the other one's.
      VersionVector seen =
          from.isPresent() ? from.get().contentVersion().seen() : VersionVector.EMPTY;
      mark(alias, order < 0 ? a : b, alias.removedSeen().join(seen));
    }
  }

  private void mark(Dirent before, NodeId removed, VersionVector seen) throws IOException {
    put(
        before,
        new Dirent(
            before.link(),
            null,
            removed,
            seen,
            before.version().next(base.nextDot()),
            before.placed(),
            before.seq()));
  }

  /** The name of a node, or the last one that it lost; null when it never had one. */
  @Nullable Link lastLink(Node node) throws IOException {
    Optional<Dirent> last = lastNamed(node);
    if (last.isPresent()) {
      return last.get().link();
    }
    return notes.lost(node.id()).map(MergeNotes.Lost::link).orElse(null);
  }

  /** The name of a node that was given by the greatest change. */
  Optional<Dirent> lastNamed(Node node) throws IOException {
    Dirent last = null;
    for (Link link : node.links()) {
      Dirent dirent = base.dirent(link);
      if (last == null || dirent.version().origin().compareTo(last.version().origin()) > 0) {
        last = dirent;
      }
    }
    return Optional.ofNullable(last);
  }
}
