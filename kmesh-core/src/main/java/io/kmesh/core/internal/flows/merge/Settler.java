// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Registers;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes the names a tree again where merges left none: each repair is a change that is made here,
 * and each site that sees the same makes one of the same value. For the base's thread.
 */
final class Settler {
  private static final int PAGE = 256;
  private static final PathBytes NAMELESS = PathBytes.of("lost");

  private final FlowBase base;
  private final MergeNotes notes;
  private final NameWriter writer;
  private final NodeMerge nodes;
  private final NameMerge contests;
  private final ConflictNames names;
  private final Conflict.Listener conflicts;
  private final Places places;

  /** Bytes that were written here and that another site made nodes of. */
  private final Set<Dot> lacking = new HashSet<>();

  Settler(
      FlowBase base,
      MergeNotes notes,
      NameWriter writer,
      NodeMerge nodes,
      NameMerge contests,
      ConflictNames names,
      Conflict.Listener conflicts,
      Places places) {
    this.places = places;
    this.base = base;
    this.notes = notes;
    this.writer = writer;
    this.nodes = nodes;
    this.contests = contests;
    this.names = names;
    this.conflicts = conflicts;
  }

  /**
   * Looks at all nodes that were touched, and at those that this touches.
   *
   * @return how many looks that took
   */
  long settle() throws IOException {
    long looks = 0;
    List<NodeId> touched = notes.touched(PAGE);
    while (!touched.isEmpty()) {
      for (NodeId id : touched) {
        notes.settled(id);
        Optional<Node> node = base.node(id);
        if (node.isPresent()) {
          look(node.get());
        }
        looks++;
      }
      touched = notes.touched(PAGE);
    }
    findBytes();
    return looks;
  }

  /** Finds the bytes that nodes were made for, where these came before the nodes. */
  private void findBytes() throws IOException {
    if (lacking.isEmpty()) {
      return;
    }
    List<Node> holders = new ArrayList<>();
    try (Registers<Node> all = base.nodes()) {
      while (all.next()) {
        Local local = all.get().local();
        if (local != null && lacking.contains(local.content())) {
          holders.add(all.get());
        }
      }
    }
    lacking.clear();
    for (Node holder : holders) {
      Local local = holder.local();
      if (local != null && !local.content().equals(holder.contentVersion().origin())) {
        Dot dot = local.content();
        nodes.keepBytes(holder.id(), new NodeId(dot.replica(), dot.counter()), dot);
      }
    }
  }

  private void look(Node node) throws IOException {
    Dot dot = node.contentVersion().origin();
    if (node.local() == null
        && dot.replica() == base.replica()
        && node.id().equals(new NodeId(dot.replica(), dot.counter()))) {
      lacking.add(dot);
    }
    if (Marks.aliasOf(base, node.id()) != null) {
      moveTo(node, Marks.standing(base, node.id()));
      return;
    }
    if (node.id().isRoot()) {
      return;
    }
    if (node.links().isEmpty()) {
      if (isMissed(node)) {
        bringBack(node);
      }
      return;
    }
    if (node.isDirectory() && node.links().size() > 1) {
      keepOneName(node);
      return;
    }
    for (Link link : node.links()) {
      Optional<Node> parent = base.node(link.parent());
      if (parent.isPresent()
          && !parent.get().id().isRoot()
          && (parent.get().links().isEmpty() || Marks.aliasOf(base, parent.get().id()) != null)) {
        notes.touch(link.parent());
      }
    }
    if (node.isDirectory()) {
      breakCircle(node);
    }
  }

  /** Whether a node without a name has what nobody removed knowingly. */
  private boolean isMissed(Node node) throws IOException {
    if (!node.isDirectory()) {
      Dirent grave = base.dirent(Marks.grave(node.id()));
      return !Marks.isBuried(grave, node.contentVersion().seen());
    }
    try (Registers<Dirent> children = base.names(node.id())) {
      while (children.next()) {
        if (children.get().node() != null) {
          return true;
        }
      }
    }
    return false;
  }

  /** Gives a node the last name that it lost, or one of its own where that is taken. */
  private void bringBack(Node node) throws IOException {
    Link last =
        notes
            .lost(node.id())
            .map(MergeNotes.Lost::link)
            .orElse(new Link(NodeId.ROOT, names.of(NAMELESS, node.id())));
    Link link = free(last, node.id());
    writer.lead(link, node.id());
    Dirent grave = base.dirent(Marks.grave(node.id()));
    if (last.name().equals(names.of(last.name(), node.id()))
        || (!node.isDirectory() && grave.removed() == null)) {
      return; // nobody removed it: it lost another conflict, which was told here or elsewhere
    }
    conflicts.found(
        new Conflict(
            Conflict.Kind.REMOVAL,
            link,
            node.id(),
            node.contentVersion(),
            node.id(),
            grave.version(),
            Conflict.Action.KEPT,
            node.id()));
  }

  /** A name that leads to nothing else: the wished one, else one of the node's own. */
  private Link free(Link wish, NodeId node) throws IOException {
    NodeId parent = Marks.standing(base, wish.parent());
    if (parent.equals(node) || base.node(parent).filter(Node::isDirectory).isEmpty()) {
      parent = NodeId.ROOT;
    }
    PathBytes name = wish.name();
    Link link = new Link(parent, name);
    while (isTaken(link, node)) {
      PathBytes own = names.of(name, node);
      name = own.equals(name) ? longer(name) : own;
      link = new Link(parent, name);
    }
    return link;
  }

  private boolean isTaken(Link link, NodeId node) throws IOException {
    NodeId there = base.dirent(link).node();
    return there != null && !there.equals(node);
  }

  /** Another name where somebody took the one that ends in the node's id. */
  private static PathBytes longer(PathBytes name) {
    byte[] bytes = name.toBytes();
    byte[] more = new byte[Math.min(PathBytes.NAME_MAX, bytes.length + 1)];
    System.arraycopy(bytes, bytes.length - (more.length - 1), more, 1, more.length - 1);
    more[0] = '+';
    return PathBytes.of(more);
  }

  /** A directory was moved to several places: the greatest move stands. */
  private void keepOneName(Node directory) throws IOException {
    Dirent last = writer.lastNamed(directory).orElseThrow();
    for (Link link : directory.links()) {
      if (!link.equals(last.link())) {
        Dirent other = base.dirent(link);
        writer.remove(link);
        conflicts.found(
            new Conflict(
                Conflict.Kind.MOVE,
                link,
                directory.id(),
                last.version(),
                directory.id(),
                other.version(),
                Conflict.Action.DROPPED,
                null));
      }
    }
    notes.touch(directory.id());
  }

  /** Directories were moved into each other: the greatest move goes into the root. */
  private void breakCircle(Node directory) throws IOException {
    Set<NodeId> passed = new HashSet<>();
    List<Node> circle = new ArrayList<>();
    Node at = directory;
    while (passed.add(at.id())) {
      circle.add(at);
      if (at.id().isRoot() || at.links().size() != 1) {
        return; // it is looked at by itself
      }
      Optional<Node> parent = base.node(at.links().get(0).parent());
      if (parent.isEmpty()) {
        return;
      }
      at = parent.get();
    }
    if (!at.id().equals(directory.id())) {
      notes.touch(at.id());
      return;
    }
    Dirent last = null;
    for (Node member : circle) {
      Dirent name = base.dirent(member.links().get(0));
      if (last == null || name.version().origin().compareTo(last.version().origin()) > 0) {
        last = name;
      }
    }
    moveToRoot(last);
  }

  private void moveToRoot(@Nullable Dirent move) throws IOException {
    if (move == null || move.node() == null) {
      return;
    }
    NodeId node = move.node();
    PathBytes own = names.of(move.link().name(), node);
    Link link = free(new Link(NodeId.ROOT, own), node);
    writer.lead(link, node);
    writer.remove(move.link());
    conflicts.found(
        new Conflict(
            Conflict.Kind.CIRCLE,
            move.link(),
            node,
            base.dirent(link).version(),
            node,
            move.version(),
            Conflict.Action.KEPT,
            node));
  }

  /** Moves all of a node to the one that stands for it. */
  private void moveTo(Node from, NodeId to) throws IOException {
    Optional<Node> standing = base.node(to);
    if (standing.isEmpty()) {
      return;
    }
    boolean isApart = isApart(from, standing.get());
    if (isApart) {
      nodes.joinApart(standing.get(), from);
    }
    Local local = base.require(from.id()).local();
    if (local != null && base.require(to).local() == null) {
      places.became(from.id(), to);
    }
    if (!isApart) {
      nodes.join(base.require(to), base.require(from.id()));
    }
    if (from.isDirectory()) {
      for (Dirent child : liveNames(from.id())) {
        moveChild(child, to);
      }
    }
    for (Link link : from.links()) {
      writer.lead(link, to);
    }
  }

  /** Whether a file has bytes that were written to it where its alias was not known. */
  private boolean isApart(Node from, Node to) throws IOException {
    Dirent alias = base.dirent(Marks.alias(from.id()));
    Dot dot = from.contentVersion().origin();
    return from.isRegular()
        && !alias.removedSeen().isEmpty() // made by a build that did not say what it knew
        && !alias.removedSeen().has(dot.replica(), dot.counter())
        && !dot.equals(to.contentVersion().origin())
        && !from.content().equals(to.content());
  }

  private List<Dirent> liveNames(NodeId directory) throws IOException {
    List<Dirent> live = new ArrayList<>();
    try (Registers<Dirent> all = base.names(directory)) {
      while (all.next()) {
        if (all.get().node() != null) {
          live.add(all.get());
        }
      }
    }
    return live;
  }

  private void moveChild(Dirent child, NodeId to) throws IOException {
    NodeId moved = child.node();
    if (moved == null) {
      return;
    }
    Link link = new Link(to, child.link().name());
    Dirent there = base.dirent(link);
    NodeId holder = there.node();
    if (!moved.equals(to)
        && !moved.equals(holder)
        && (holder == null
            || !contests.contend(link, holder, there.version(), moved, child.version()))) {
      writer.lead(link, moved);
    }
    writer.remove(child.link());
  }
}
