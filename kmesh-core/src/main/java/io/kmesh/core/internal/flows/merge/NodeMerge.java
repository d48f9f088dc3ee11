// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Merges the two registers of nodes. For the base's thread. */
final class NodeMerge {
  private final FlowBase base;
  private final MergePolicy policy;
  private final MergeNotes notes;
  private final NameWriter writer;
  private final ConflictNames names;
  private final Conflict.Listener conflicts;
  private final Places places;

  NodeMerge(
      FlowBase base,
      MergePolicy policy,
      MergeNotes notes,
      NameWriter writer,
      ConflictNames names,
      Conflict.Listener conflicts,
      Places places) {
    this.places = places;
    this.base = base;
    this.policy = policy;
    this.notes = notes;
    this.writer = writer;
    this.names = names;
    this.conflicts = conflicts;
  }

  /** Keeps a node with what another node, or another site, says of it. */
  void join(Node mine, Node theirs) throws IOException {
    Node next = joinContent(joinAttributes(mine, theirs), theirs);
    if (!next.attributesVersion().equals(mine.attributesVersion())
        || !next.contentVersion().equals(mine.contentVersion())) {
      // Its object here may have become another node.
      base.change(next.withLocal(base.require(mine.id()).local()));
      notes.touch(next.id());
    }
  }

  /**
   * Keeps a node beside another one that it is by an alias, whose maker did not know its content.
   * One site may have written to both, so their versions tell nothing of each other: the content is
   * one that lost, whatever the policy prefers, and the attributes join.
   */
  void joinApart(Node standing, Node from) throws IOException {
    Node next = joinAttributes(standing, from);
    if (!next.attributesVersion().equals(standing.attributesVersion())) {
      base.change(next);
      notes.touch(next.id());
    }
    Dot lost = from.contentVersion().origin();
    NodeId own = new NodeId(lost.replica(), lost.counter());
    boolean isTold =
        base.node(own).isPresent()
            || Marks.isBuried(
                base.dirent(Marks.grave(own)), VersionVector.of(lost.replica(), lost.counter()));
    if (!isTold) {
      lose(next, from.id(), next.contentVersion(), from.content(), from.contentVersion());
    }
  }

  private Node joinAttributes(Node mine, Node theirs) throws IOException {
    Version one = mine.attributesVersion();
    Version other = theirs.attributesVersion();
    Attributes value = mine.attributes();
    Version version = one.join(other);
    switch (Contest.of(one, other)) {
      case SAME, MINE -> {}
      case THEIRS -> {
        value = theirs.attributes();
        version = other.join(one);
      }
      case OPEN -> {
        boolean isEqual = mine.attributes().equals(theirs.attributes());
        boolean stands =
            isEqual
                ? one.origin().compareTo(other.origin()) > 0
                : policy.stands(one.origin(), other.origin());
        if (!stands) {
          value = theirs.attributes();
          version = other.join(one);
        }
        if (!isEqual) {
          Version won = stands ? one : other;
          Version lost = stands ? other : one;
          conflicts.found(
              new Conflict(
                  Conflict.Kind.ATTRIBUTES,
                  mine.links().isEmpty() ? null : mine.links().get(0),
                  mine.id(),
                  won,
                  theirs.id(),
                  lost,
                  Conflict.Action.DROPPED,
                  null));
        }
      }
    }
    return version.equals(one) ? mine : mine.withAttributes(value, version);
  }

  private Node joinContent(Node mine, Node theirs) throws IOException {
    Version one = mine.contentVersion();
    Version other = theirs.contentVersion();
    Content value = mine.content();
    Version version = one.join(other);
    switch (Contest.of(one, other)) {
      case SAME, MINE -> {}
      case THEIRS -> {
        keepOld(mine);
        value = theirs.content();
        version = other.join(one);
      }
      case OPEN -> {
        boolean isEqual = mine.content().equals(theirs.content()) || !mine.isRegular();
        boolean stands =
            isEqual
                ? one.origin().compareTo(other.origin()) > 0
                : policy.stands(value, one.origin(), theirs.content(), other.origin());
        if (!stands) {
          value = theirs.content();
          version = other.join(one);
        }
        if (!isEqual) {
          lose(
              mine,
              theirs.id(),
              stands ? one : other,
              stands ? theirs.content() : mine.content(),
              stands ? other : one);
        }
      }
    }
    return version.equals(one) ? mine : mine.withContent(value, version);
  }

  /** Keeps the content that does not stand as a node of its own, if the policy says so. */
  private void lose(Node node, NodeId other, Version won, Content content, Version lost)
      throws IOException {
    Link link = writer.lastLink(node);
    NodeId kept = null;
    if (policy.keep() == MergePolicy.Keep.ONE) {
      tellLoser(lost.origin(), node.id());
    }
    if (policy.keep() == MergePolicy.Keep.BOTH) {
      Dot dot = lost.origin();
      // Dots and nodes are numbered together, so no other node can have this id.
      kept = new NodeId(dot.replica(), dot.counter());
      if (base.node(kept).isEmpty()) {
        base.change(
            new Node(
                kept,
                FileType.REGULAR,
                0,
                PathBytes.EMPTY,
                node.attributes(),
                Version.NONE.next(base.nextDot()),
                content,
                new Version(dot, VersionVector.of(dot.replica(), dot.counter())),
                null,
                List.of(),
                0));
        if (link != null) {
          notes.lost(kept, dot, new Link(link.parent(), names.of(link.name(), kept)));
        }
        notes.touch(kept);
      }
      keepBytes(node.id(), kept, dot);
      keepBytes(other, kept, dot);
    }
    conflicts.found(
        new Conflict(
            Conflict.Kind.CONTENT,
            link,
            node.id(),
            won,
            node.id(),
            lost,
            kept == null ? Conflict.Action.DROPPED : Conflict.Action.KEPT,
            kept));
  }

  /**
   * Has the site that wrote bytes hear that they lost, and were not written over by somebody who
   * knew them: versions look the same. It comes before the version that takes their place.
   */
  private void tellLoser(Dot lost, NodeId winner) throws IOException {
    if (lost.replica() != base.replica() && lost.counter() > 0) {
      NodeId loser = new NodeId(lost.replica(), lost.counter());
      writer.lose(loser, VersionVector.of(lost.replica(), lost.counter()), winner);
    }
  }

  /** Another site may have made a node of the bytes that are here, and joined their version. */
  private void keepOld(Node mine) throws IOException {
    Local local = mine.local();
    if (local != null) {
      Dot dot = local.content();
      NodeId kept = new NodeId(dot.replica(), dot.counter());
      if (base.node(kept).filter(n -> n.contentVersion().origin().equals(dot)).isPresent()) {
        keepBytes(mine.id(), kept, dot);
      }
    }
  }

  /** The object that has the bytes of a node that was made for them is that node. */
  void keepBytes(NodeId holder, NodeId kept, Dot dot) throws IOException {
    Optional<Node> node = base.node(holder);
    Local local = node.isEmpty() ? null : node.get().local();
    if (local != null
        && local.content().equals(dot)
        && !holder.equals(kept)
        && base.require(kept).local() == null) {
      places.became(holder, kept);
    }
  }
}
