// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Registers;
import java.io.IOException;
import java.util.List;

/**
 * Says of an object in the tree that it is another node: nothing in the tree changes by that. For
 * the engine's thread.
 */
final class Rebirth {
  private final Site site;
  private final Facts facts;
  private final FlowBase base;

  Rebirth(Site site) {
    this.site = site;
    this.facts = site.facts;
    this.base = site.facts.base();
  }

  void became(NodeId from, NodeId to) throws IOException {
    Node old = base.require(from);
    Local local = old.local();
    if (local == null || base.require(to).local() != null) {
      return;
    }
    List<Link> places = facts.places(old);
    for (Link link : places) {
      if (link.parent().equals(FlowNames.HIDDEN)) {
        hold(from, to);
      } else {
        base.keep(base.dirent(link).withPlaced(to));
        site.work.left(from, link);
      }
    }
    boolean hasAttributes = local.attributes().equals(old.attributesVersion().origin());
    base.keep(old.withLocal(null));
    Node next = base.require(to);
    base.keep(
        next.withLocal(
            new Local(
                local.key(),
                local.size(),
                local.mtime(),
                local.ctime(),
                hasAttributes && next.attributes().equals(old.attributes())
                    ? next.attributesVersion().origin()
                    : Dot.NONE,
                local.content())));
    if (old.isDirectory()) {
      moveNames(from, to);
      facts.moved();
      site.contents.became(from, to);
      site.contents.moved();
      facts.here(to);
    }
    places.forEach(link -> site.work.retried(link));
    for (Link link : places) {
      if (!link.parent().equals(FlowNames.HIDDEN)) {
        facts.noticed(link);
      }
    }
    look(from);
    look(to);
  }

  private void look(NodeId id) throws IOException {
    facts.noticed(id);
    for (Link link : base.require(id).links()) {
      facts.noticed(link);
    }
  }

  private void hold(NodeId from, NodeId to) throws IOException {
    try (Directories.Lease hidden = site.directories.lease(facts.hidden())) {
      site.treeNames.move(
          hidden.directory(), site.names.held(from), hidden.directory(), site.names.held(to));
    }
    facts.held.remove(from);
    facts.held.add(to);
    site.sync.changed(FlowNames.HIDDEN);
  }

  private void moveNames(NodeId from, NodeId to) throws IOException {
    List<Dirent> names;
    try (Registers<Dirent> all = base.names(from)) {
      names = all.toList();
    }
    for (Dirent name : names) {
      NodeId placed = name.placed();
      if (placed != null) {
        Link there = new Link(to, name.link().name());
        site.work.left(placed, name.link());
        base.keep(name.withPlaced(null));
        base.keep(base.dirent(there).withPlaced(placed));
        facts.noticed(name.link());
        facts.noticed(there);
      }
    }
  }
}
