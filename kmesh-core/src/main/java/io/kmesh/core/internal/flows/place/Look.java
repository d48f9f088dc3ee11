// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Tells what can be done about names and nodes, and announces it. For the engine's thread. */
final class Look {
  private final Site site;

  /** What is to be done about a name. */
  enum Next {
    /** Nothing now. */
    NOTHING,
    /** A directory is to be made. */
    DIRECTORY,
    /** Something else that is not here yet is to get its first name. */
    NEW,
    /** Something that is here is to get this name, or what has it must go first. */
    MOVE
  }

  Look(Site site) {
    this.site = site;
  }

  /** What is to be done about a name; one that waits is not looked at again before it can go on. */
  Next next(Link link) throws IOException {
    Dirent dirent = site.facts.base().dirent(link);
    Work work = site.work;
    if (dirent.isPlaced()) {
      work.remove(link);
      return Next.NOTHING;
    }
    if (dirent.node() == null) {
      work.links.remove(link);
      work.removals.add(link);
      return Next.NOTHING;
    }
    Optional<Node> found = site.facts.base().node(dirent.node());
    if (found.isEmpty()) {
      work.await(dirent.node(), link);
      work.links.remove(link);
      return Next.NOTHING;
    }
    Node node = found.get();
    if (node.local() == null && node.isRegular() && site.contents.of(node) == null) {
      work.links.remove(link);
      site.contents.need(node, link);
      return Next.NOTHING;
    }
    if (node.local() != null || dirent.placed() != null) {
      return Next.MOVE;
    }
    return node.isDirectory() ? Next.DIRECTORY : Next.NEW;
  }

  /** Announces what may be done about a name in this cycle. */
  void announce(Link link) throws IOException {
    Next next = next(link);
    if (next == Next.NOTHING) {
      return;
    }
    Dirent dirent = site.facts.base().dirent(link);
    Node node = site.facts.base().require(Objects.requireNonNull(dirent.node()));
    Staged staged = node.local() == null ? site.contents.of(node) : null;
    if (staged != null) {
      announce(staged, node);
    }
    if (staged == null || dirent.placed() != null) {
      site.intents.put(new Intents.Place(link, node.id(), old(dirent.placed())));
    } else {
      site.intents.allow(link);
    }
    if (next == Next.DIRECTORY) {
      site.contents.offer(node.id());
    }
    if (node.local() != null) {
      announceLeaving(node.id());
    }
  }

  /** Attributes move the time of change, by which others' changes are known. */
  private void announceTouched(Node node) throws IOException {
    Link place = site.facts.place(node);
    if (place != null && !place.parent().equals(FlowNames.HIDDEN) && !site.intents.has(place)) {
      site.intents.note(new Intents.Place(place, null, old(node.id())));
    }
  }

  /** The names that a node loses; where one gets something else, that was or will be announced. */
  private void announceLeaving(NodeId id) throws IOException {
    for (Link place : site.work.leaving(id)) {
      if (!site.intents.has(place)) {
        site.intents.put(new Intents.Place(place, null, old(id)));
      }
    }
  }

  /** Announces that a node may get its content or attributes in this cycle. */
  void announceContent(NodeId id) throws IOException {
    Optional<Node> node = site.facts.base().node(id);
    if (node.isEmpty()) {
      return;
    }
    Staged staged = site.contents.of(node.get());
    if (staged != null) {
      announce(staged, node.get());
      announceLeaving(id);
    } else if (Updates.isOther(node.get())) {
      announceTouched(node.get());
    }
  }

  private void announce(Staged staged, Node node) throws IOException {
    Local local = node.local();
    site.intents.put(
        new Intents.File(
            staged.node(),
            staged.content(),
            staged.attributes(),
            staged.size(),
            staged.mtime(),
            staged.key(),
            staged.directory().id(),
            local == null ? null : Intents.Old.of(node.id(), local)));
  }

  /** Announces that a name may be taken away at the end of this cycle. */
  void announceRemoval(Link link) throws IOException {
    Dirent dirent = site.facts.base().dirent(link);
    site.intents.put(new Intents.Place(link, null, old(dirent.placed())));
  }

  /** Announces that what is held may be taken away: after a crash nobody would see that it was. */
  void announceHeld(NodeId id) throws IOException {
    Link held = new Link(FlowNames.HIDDEN, site.names.held(id));
    site.intents.note(new Intents.Place(held, null, old(id)));
  }

  private Intents.@org.jspecify.annotations.Nullable Old old(
      @org.jspecify.annotations.Nullable NodeId placed) throws IOException {
    if (placed == null) {
      return null;
    }
    Optional<Node> node = site.facts.base().node(placed);
    return node.isEmpty() || node.get().local() == null
        ? null
        : Intents.Old.of(placed, node.get().local());
  }

  /** Registers of a name changed. */
  void changed(Link link) throws IOException {
    site.work.retried(link);
    Dirent dirent = site.facts.base().dirent(link);
    NodeId id = dirent.node();
    if (dirent.removed() != null) {
      site.contents.dropUseless(dirent.removed());
    }
    if (id != null) {
      Optional<Node> node = site.facts.base().node(id);
      if (node.isEmpty()) {
        site.work.await(id, link);
      } else {
        ensureLinked(node.get(), link);
        if (node.get().local() != null && !node.get().isPlaced()) {
          site.facts.noticed(id); // while it had no name its content was not wanted
        }
      }
    }
    site.facts.noticed(dirent);
  }

  /** A name that came before its node is none of the node's names yet. */
  private void ensureLinked(Node node, Link link) throws IOException {
    if (!node.links().contains(link)) {
      site.facts.base().keep(node.withLink(link));
    }
  }

  /** Registers of a node changed, or it is known now. */
  void changed(NodeId id) throws IOException {
    site.work.retried(id);
    Optional<Node> found = site.facts.base().node(id);
    if (found.isEmpty()) {
      return;
    }
    Node node = found.get();
    for (Link link : site.work.known(id)) {
      if (id.equals(site.facts.base().dirent(link).node())) {
        ensureLinked(site.facts.base().require(id), link);
      }
      site.facts.noticed(link);
    }
    site.facts.noticed(id);
    if (node.local() == null) {
      for (Link link : List.copyOf(site.facts.base().require(id).links())) {
        site.facts.noticed(link);
      }
    }
    if (node.isRegular()) {
      site.contents.dropUseless(id);
    }
  }
}
