// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The base of a replica whose tree is changed here and elsewhere: takes registers of other sites,
 * changes of this one, and makes the names a tree. Nothing is durable before the base's commit; the
 * changes of this site that belong together, and {@link #settle}, go into one commit. For the
 * base's thread.
 */
public final class Merger {
  private final FlowBase base;
  private final MergeNotes notes;
  private final NameWriter writer;
  private final NodeMerge nodes;
  private final NameMerge contests;
  private final Settler settler;
  private final UserEdits edits;
  private final Losers losers;

  /** Nodes that lost a name by a change here, until {@link #settle}. */
  private final Set<NodeId> removedHere = new LinkedHashSet<>();

  /**
   * Merges into a base.
   *
   * @param policy the same at all sites
   * @param names the same at all sites
   * @param conflicts hears of each conflict that is settled here, before the commit
   * @param places what this site's tree has
   */
  public Merger(
      FlowBase base,
      MergePolicy policy,
      ConflictNames names,
      Conflict.Listener conflicts,
      Places places) {
    this.base = base;
    this.notes = new MergeNotes(base);
    this.writer = new NameWriter(base, notes);
    this.nodes = new NodeMerge(base, policy, notes, writer, names, conflicts, places);
    this.contests = new NameMerge(base, policy, notes, writer, names, conflicts);
    this.settler = new Settler(base, notes, writer, nodes, contests, names, conflicts, places);
    this.edits = new UserEdits(base, notes, writer, nodes, contests);
    this.losers = new Losers(base, policy, notes, writer, conflicts);
  }

  /**
   * Takes the registers of a node from another site.
   *
   * @throws ProviderException CORRUPT when its type is not the one that it has here
   */
  public void take(Node theirs) throws IOException {
    Optional<Node> found = base.node(theirs.id());
    if (found.isPresent()) {
      if (found.get().type() != theirs.type()) {
        throw new ProviderException(
            ErrorKind.CORRUPT,
            "Cannot take what the other site tells of node "
                + theirs.id()
                + ": it is "
                + theirs.type()
                + " there and "
                + found.get().type()
                + " here, and types never change. Have the flow made anew from its trees.");
      }
      nodes.join(found.get(), theirs);
      return;
    }
    base.change(
        new Node(
            theirs.id(),
            theirs.type(),
            theirs.rdev(),
            theirs.target(),
            theirs.attributes(),
            theirs.attributesVersion(),
            theirs.content(),
            theirs.contentVersion(),
            null,
            List.of(),
            0));
    notes.touch(theirs.id());
  }

  /** Takes the register of a name from another site; the nodes that it speaks of came before. */
  public void take(Dirent theirs) throws IOException {
    Dirent mine = base.dirent(theirs.link());
    if (Marks.isGrave(theirs.link())) {
      losers.hear(mine, theirs);
    }
    contests.join(mine, theirs);
  }

  /**
   * Has somebody hear of each node that loses a name to another, right before that is in the base.
   */
  public void tellLosses(Consumer<NodeId> listener) {
    writer.tellLosses(listener);
  }

  /** What keeps the changes that are found in this site's tree. */
  public UserEdits edits() {
    return edits;
  }

  /** Names that must be placed again though their registers stand, since this was last asked. */
  public Set<Link> takeLacking() {
    return edits.takeLacking();
  }

  /** Whether {@link #settle} has something to do. */
  public boolean isSettled() throws IOException {
    return removedHere.isEmpty() && notes.touched(1).isEmpty();
  }

  /**
   * No site has the bytes of a file that this one wrote last, and its user removed or wrote over
   * them: the file goes.
   *
   * @return whether it went; false when its register is another by now
   */
  public boolean abandon(NodeId id, Dot content) throws IOException {
    Optional<Node> found = base.node(id);
    if (found.isEmpty() || !found.get().contentVersion().origin().equals(content)) {
      return false;
    }
    for (Link link : found.get().links()) {
      writer.remove(link);
    }
    writer.bury(base.require(id));
    return true;
  }

  /** Somebody wants a file to be gone at all its names, whatever is in it. */
  public void drop(NodeId id) throws IOException {
    Optional<Node> found = base.node(id);
    if (found.isPresent()) {
      for (Link link : found.get().links()) {
        writer.remove(link);
      }
      writer.bury(base.require(id));
    }
  }

  /**
   * Somebody wants a file to have the names of another, which goes.
   *
   * @param link the name that it gets where the other one has none
   * @return false when one of them is a directory, or is not known
   */
  public boolean replace(NodeId loser, NodeId by, @Nullable Link link) throws IOException {
    NodeId old = Marks.standing(base, loser);
    Optional<Node> gone = base.node(old);
    Optional<Node> next = base.node(by);
    if (gone.isEmpty() || next.isEmpty() || gone.get().isDirectory() || next.get().isDirectory()) {
      return false;
    }
    List<Link> names = gone.get().links();
    if (names.isEmpty() && link != null && base.dirent(link).node() == null) {
      names = List.of(link);
    }
    if (names.isEmpty()) {
      return false;
    }
    for (Link name : names) {
      writer.lead(name, by);
    }
    for (Link name : next.get().links()) {
      if (!names.contains(name)) {
        writer.remove(name);
      }
    }
    if (!old.equals(by)) {
      writer.bury(base.require(old));
    }
    return true;
  }

  /** A node was made here: both its registers get their first version. */
  public Node create(Node node) throws IOException {
    Node made =
        node.withAttributes(node.attributes(), node.attributesVersion().next(base.nextDot()))
            .withContent(node.content(), node.contentVersion().next(base.nextDot()));
    notes.touch(made.id());
    return base.change(made);
  }

  /** The attributes of a node were changed here. */
  public void change(NodeId id, Attributes attributes) throws IOException {
    Node node = base.require(id);
    base.change(node.withAttributes(attributes, node.attributesVersion().next(base.nextDot())));
    notes.touch(id);
  }

  /** The content of a node was changed here. */
  public void change(NodeId id, Content content) throws IOException {
    Node node = base.require(id);
    base.change(node.withContent(content, node.contentVersion().next(base.nextDot())));
    notes.touch(id);
  }

  /**
   * A name was given, given to another node, or removed here.
   *
   * @param node what it leads to now; null when it was removed
   */
  public void change(Link link, @Nullable NodeId node) throws IOException {
    NodeId before = base.dirent(link).node();
    if (before != null && !before.equals(node)) {
      removedHere.add(before);
    }
    if (node != null) {
      writer.lead(link, node);
    } else {
      writer.remove(link);
    }
  }

  /**
   * Makes the names a tree. To be called when all of a look at the local tree, or all that a peer
   * had to tell, was taken: between, a move may look like a removal.
   *
   * @return how many nodes were looked at
   */
  public long settle() throws IOException {
    for (NodeId id : removedHere) {
      Optional<Node> node = base.node(id);
      if (node.isPresent() && node.get().links().isEmpty() && !node.get().isDirectory()) {
        writer.bury(node.get());
      }
    }
    removedHere.clear();
    return settler.settle();
  }

  /** Forgets what was not committed, as the base's rollback does. */
  public void rolledBack() {
    removedHere.clear();
  }
}
