// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Registers;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Mends what is known by what is in the tree: after a crash, and where somebody else was at it. For
 * the engine's thread.
 */
final class Truth {
  private final Site site;
  private final Facts facts;
  private final FlowBase base;

  Truth(Site site) {
    this.site = site;
    this.facts = site.facts;
    this.base = site.facts.base();
  }

  /**
   * Looks at a name: an unknown entry is displaced, what is missing or elsewhere is noted so.
   *
   * @return whether anything was other than known
   */
  boolean look(Link link) throws IOException {
    DirectoryRef parent = facts.directory(link.parent());
    if (parent == null) {
      return false;
    }
    NodeId gone = broken(parent);
    if (site.isShared() && !parent.isAtOrBelow(FlowNames.HIDDEN)) {
      Link other = gone == null ? link : facts.place(base.require(gone));
      if (other == null || !isMount(link, other)) {
        site.doubts.add(
            gone == null ? parent.path().resolve(link.name()) : facts.path(base.require(gone)));
      }
      return false; // what users did is registered first
    }
    if (gone != null) {
      lost(gone);
      return true;
    }
    try (Directories.Lease lease = site.directories.lease(parent)) {
      PosixDirectory in = lease.directory();
      Optional<FileStat> stat = in.find(link.name());
      if (link.parent().equals(FlowNames.HIDDEN)) {
        return lookHeld(link, in, stat);
      }
      Dirent dirent = base.dirent(link);
      if (stat.isEmpty()) {
        return dirent.placed() != null && lose(link, dirent.placed());
      }
      LocalKey key = site.keys.of(in, link.name(), stat.get());
      Optional<Node> known = facts.nodeAt(key);
      NodeId now = known.isPresent() ? known.get().id() : null;
      if (now != null && now.equals(dirent.placed())) {
        return false;
      }
      if (dirent.placed() != null) {
        lose(link, dirent.placed());
      }
      PathBytes path = parent.path().resolve(link.name());
      if (now == null) {
        site.displacer.displace(in, link.name(), path, "Nobody of the flow put it there.");
        facts.touched(link.parent());
        return true;
      }
      recheck(known.get());
      facts.placed(link, now);
      if (known.get().isDirectory()) {
        facts.moved();
      }
      site.displacer.report(
          new Drift(path, null, "Somebody gave this name to what the flow placed elsewhere."));
      return true;
    }
  }

  /** Whether another file system is mounted at a name, so that a look would change nothing. */
  private boolean isMount(Link waiting, Link other) throws IOException {
    DirectoryRef parent = facts.directory(other.parent());
    if (parent == null) {
      return false;
    }
    try (Directories.Lease lease = site.directories.lease(parent)) {
      Optional<FileStat> stat = lease.directory().find(other.name());
      if (stat.isEmpty() || !Mounts.isMounted(lease.directory(), stat.get())) {
        return false;
      }
    } catch (ProviderException e) {
      if (!Names.isOther(e)) {
        throw e;
      }
      return false; // users moved what is above it
    }
    ProviderException why = Mounts.failure(parent.path().resolve(other.name()));
    PathBytes path = facts.path(waiting);
    site.mounts.add(path, why);
    site.work.failed(waiting, Names.problem(path, why));
    return true;
  }

  private boolean lookHeld(Link link, PosixDirectory in, Optional<FileStat> stat)
      throws IOException {
    Optional<NodeId> id = site.names.heldNode(link.name());
    if (id.isEmpty() || !facts.held.contains(id.get())) {
      return false;
    }
    Node node = base.require(id.get());
    if (stat.isPresent()
        && node.local() != null
        && site.isObject(in, link.name(), stat.get(), node.local().key())) {
      return false;
    }
    if (stat.isPresent()) {
      site.displacer.displace(
          in,
          link.name(),
          facts.hidden().path().resolve(link.name()),
          "Nobody of the flow put it there.");
    }
    facts.held.remove(id.get());
    if (facts.places(node).isEmpty()) {
      forget(node);
    }
    return true;
  }

  /** The first directory on the way to one that is not where it was; null when all are. */
  @Nullable NodeId broken(DirectoryRef ref) throws IOException {
    List<DirectoryRef> way = new ArrayList<>();
    for (DirectoryRef at = ref; at.parent() != null; at = at.parent()) {
      way.add(0, at);
    }
    for (DirectoryRef one : way) {
      if (one.parent() == null || one.id().equals(FlowNames.HIDDEN)) {
        continue;
      }
      try (Directories.Lease above = site.directories.lease(one.parent())) {
        Optional<FileStat> stat = above.directory().find(one.name());
        if (stat.isEmpty()
            || !stat.get().isDirectory()
            || !site.isObject(above.directory(), one.name(), stat.get(), one.key())) {
          return one.id();
        }
      }
    }
    return null;
  }

  /** Takes away the names of a node that it does not have in the tree. */
  void recheck(Node node) throws IOException {
    for (Link place : facts.places(node)) {
      if (place.parent().equals(FlowNames.HIDDEN)) {
        continue;
      }
      DirectoryRef parent = facts.directory(place.parent());
      boolean isThere = false;
      if (parent != null && broken(parent) == null && node.local() != null) {
        try (Directories.Lease lease = site.directories.lease(parent)) {
          Optional<FileStat> stat = lease.directory().find(place.name());
          isThere =
              stat.isPresent()
                  && site.isObject(lease.directory(), place.name(), stat.get(), node.local().key());
        }
      }
      if (!isThere) {
        facts.placed(place, null);
      }
    }
  }

  /** A directory is not where it was, and is not found. */
  void lost(NodeId directory) throws IOException {
    Node node = base.require(directory);
    for (Link place : facts.places(node)) {
      if (!place.parent().equals(FlowNames.HIDDEN)) {
        facts.placed(place, null);
      }
    }
    facts.held.remove(directory);
    forget(node);
  }

  /** A name is not in the tree any more; nor is its node where it was the last one. */
  boolean lose(Link link, NodeId id) throws IOException {
    facts.placed(link, null);
    Optional<Node> node = base.node(id);
    if (node.isPresent() && facts.places(node.get()).isEmpty()) {
      forget(node.get());
    }
    return true;
  }

  /** A node is not in the tree any more, nor what was below it. */
  private void forget(Node top) throws IOException {
    Deque<Node> nodes = new ArrayDeque<>(List.of(top));
    facts.moved();
    while (!nodes.isEmpty()) {
      Node node = nodes.pop();
      facts.local(node.id(), null);
      if (node.isDirectory()) {
        site.directories.forget(node.id());
        facts.fresh.remove(node.id());
        List<Dirent> below;
        try (Registers<Dirent> names = base.names(node.id())) {
          below = names.toList();
        }
        for (Dirent dirent : below) {
          NodeId placed = dirent.placed();
          if (placed != null) {
            facts.placed(dirent.link(), null);
            Optional<Node> child = base.node(placed);
            if (child.isPresent() && facts.places(child.get()).isEmpty()) {
              nodes.push(child.get());
            }
          }
        }
      }
      for (Link link : node.links()) {
        facts.noticed(link);
      }
    }
  }

  /**
   * As below after a crash: what users changed between the flow's own call and the crash is left
   * for who looks for that.
   */
  static Local found(Site site, Node node, Local known, FileStat stat) {
    return !site.isShared() || isAsPlaced(site, node, known, stat)
        ? seen(site, known, stat)
        : known;
  }

  /** The time of a directory is the flow's own where it changed entries: who did so says that. */
  private static boolean isAsPlaced(Site site, Node node, Local known, FileStat stat) {
    if (stat.isDirectory() && !site.isAs(stat, 0, known.mtime())) {
      return false;
    }
    return stat.type() == FileType.SYMLINK
        || !known.attributes().equals(node.attributesVersion().origin())
        || site.hasAttributes(stat, node);
  }

  /** What is known of a node whose object is found, which the flow itself may have touched. */
  static Local seen(Site site, Local known, FileStat stat) {
    return stat.isDirectory() || site.isAs(stat, known.size(), known.mtime())
        ? Local.of(known.key(), stat, known.attributes(), known.content())
        : known;
  }
}
