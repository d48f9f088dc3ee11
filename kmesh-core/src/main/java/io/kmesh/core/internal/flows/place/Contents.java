// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which contents nodes need, and the whole files that came for them. For the engine's thread. */
final class Contents {
  /** Wanted contents that are looked at at the end of each batch, when there are no more. */
  private static final int MOST_SWEPT = 4096;

  private final Site site;

  /** Whole files that have no name yet. */
  final Map<NodeId, Staged> staged = new LinkedHashMap<>();

  /** How many contents that are wanted or whole go to a directory. */
  private final Map<NodeId, Integer> uses = new HashMap<>();

  private final Map<NodeId, NodeId> parents = new HashMap<>();
  private final Set<NodeId> offered = new HashSet<>();
  private final Set<NodeId> offering = new HashSet<>();
  private final Set<NodeId> committed = new HashSet<>();
  private boolean isMore;

  /** Directories that became other nodes since this was made. */
  private final Map<NodeId, NodeId> reborn = new HashMap<>();

  Contents(Site site) {
    this.site = site;
  }

  /**
   * What came for a node, and where that is by now, if it is the content that it should have; null
   * otherwise.
   */
  @Nullable Staged of(Node node) throws IOException {
    Staged one = staged.get(node.id());
    if (one == null || !one.content().equals(node.contentVersion().origin())) {
      return null;
    }
    Staged now = located(one);
    staged.put(node.id(), now);
    return now;
  }

  /**
   * Says that a node needs its content.
   *
   * @param at the name that it will have
   * @return whether a file that was there served
   */
  boolean need(Node node, Link at) throws IOException {
    Wanted now = site.staging.wanted(node.id());
    Dot content = node.contentVersion().origin();
    if (now != null && now.content().equals(content)) {
      return false;
    }
    DirectoryRef parent = site.facts.directory(at.parent());
    if (parent == null) {
      site.work.awaited.add(at.parent());
      return false;
    }
    PathBytes similar = null;
    if (node.local() == null && !site.facts.fresh.contains(at.parent())) {
      Optional<FileStat> found = find(parent, at.name());
      if (found.isPresent() && found.get().isRegular()) {
        if (isLike(node, found.get()) && adopt(node, at, parent, found.get())) {
          return true;
        }
        similar = parent.path().resolve(at.name());
      }
    }
    if (!site.staging.hasRoom()) {
      isMore = true;
      return false;
    }
    release(node.id());
    parents.put(node.id(), at.parent());
    uses.merge(at.parent(), 1, Integer::sum);
    if (offered.add(at.parent())) {
      site.intents.offer(at.parent());
      offering.add(at.parent());
    }
    site.staging.want(Wanted.of(node, at.parent(), similar));
    return false;
  }

  private Optional<FileStat> find(DirectoryRef parent, PathBytes name) throws IOException {
    try (Directories.Lease lease = site.directories.lease(parent)) {
      return lease.directory().find(name);
    } catch (ProviderException e) {
      // Whoever gives the name finds out what is wrong there.
      return Optional.empty();
    }
  }

  private static boolean isLike(Node node, FileStat stat) {
    return stat.isRegular()
        && stat.size() == node.content().size()
        && stat.mtime().equals(node.content().mtime());
  }

  private boolean adopt(Node node, Link at, DirectoryRef parent, FileStat stat) throws IOException {
    if (site.settings.existing() != PlaceSettings.Existing.ADOPT
        || stat.links() != 1
        || site.facts.base().dirent(at).placed() != null) {
      return false;
    }
    try (Directories.Lease lease = site.directories.lease(parent)) {
      LocalKey key = site.keys.of(lease.directory(), at.name(), stat);
      if (site.facts.nodeAt(key).isPresent()) {
        return false;
      }
      Dot content = node.contentVersion().origin();
      site.facts.local(node.id(), Local.of(key, stat, Dot.NONE, content));
      site.facts.placed(at, node.id());
      return true;
    }
  }

  /** A directory that is being made: contents may come there once this is committed. */
  void offer(NodeId directory) throws IOException {
    if (offered.add(directory)) {
      site.intents.offer(directory);
      offering.add(directory);
    }
  }

  /** Whether contents may come to a directory. */
  boolean isOffered(NodeId directory) {
    return offered.contains(directory);
  }

  /** Whether a temporary name in a directory is that of a whole file. */
  boolean isStagedAs(PathBytes temporary, DirectoryRef directory) {
    return site.names
        .temporaryNode(temporary)
        .map(staged::get)
        .filter(s -> s.directory().key().equals(directory.key()))
        .isPresent();
  }

  /** What was offered is committed. */
  void committed() throws IOException {
    committed.addAll(offering);
    offering.clear();
    publish();
  }

  /** Lets contents come to those of the committed directories that are here by now. */
  void publish() throws IOException {
    for (NodeId directory : List.copyOf(committed)) {
      DirectoryRef ref = site.facts.directory(directory);
      if (ref != null) {
        site.staging.offer(ref);
        committed.remove(directory);
      }
    }
  }

  /** A directory is another node now: what is made in it stays where it is. */
  void became(NodeId from, NodeId to) throws IOException {
    reborn.put(from, to);
    site.strays.became(from, to);
    for (Staged one : List.copyOf(staged.values())) {
      staged.put(one.node(), located(one));
    }
    if (offered.contains(from)) {
      offer(to);
    }
  }

  private Staged located(Staged one) throws IOException {
    NodeId at = one.directory().id();
    while (reborn.containsKey(at)) {
      at = reborn.get(at);
    }
    DirectoryRef now = site.facts.directory(at);
    return now == null || now.equals(one.directory())
        ? one
        : new Staged(
            one.node(), one.content(), one.attributes(), one.size(), one.mtime(), one.key(), now);
  }

  /** Directories are elsewhere now. */
  void moved() throws IOException {
    site.strays.moved();
    for (NodeId directory : offered) {
      DirectoryRef ref = site.facts.directory(directory);
      if (ref != null && site.staging.isOffered(directory)) {
        site.staging.offer(ref);
      }
    }
  }

  /** Takes over what came since the last call, and looks at what it serves. */
  void take() throws IOException {
    for (NodeId directory : site.staging.disturbed()) {
      site.facts.touched(directory);
    }
    for (Staged one = site.staging.next(); one != null; one = site.staging.next()) {
      arrived(one);
    }
  }

  /** Takes over one file that is whole. */
  void arrived(Staged arrived) throws IOException {
    Staged one = located(arrived);
    site.sync.changed(one.directory().id());
    Optional<Node> node = site.facts.base().node(one.node());
    if (node.isEmpty() || !one.content().equals(node.get().contentVersion().origin())) {
      drop(one);
      return;
    }
    Staged before = staged.put(one.node(), one);
    if (before != null && !before.directory().id().equals(one.directory().id())) {
      remove(before);
    }
    if (isHere(node.get(), one.content())) {
      drop(one);
      return;
    }
    if (node.get().local() != null) {
      site.facts.noticed(one.node());
    }
    for (Link link : node.get().links()) {
      site.facts.noticed(link);
    }
  }

  /** A whole file has got its name. */
  void used(Staged one) {
    staged.computeIfPresent(one.node(), (id, now) -> now.key().equals(one.key()) ? null : now);
    release(one.node());
  }

  /**
   * Forgets the whole file of a node when somebody removed it, with the directory that it was in.
   *
   * @return whether that was so: it is wanted again
   */
  boolean forgetLost(Node node) throws IOException {
    Staged one = of(node);
    if (one == null) {
      return false;
    }
    DirectoryRef directory = site.facts.directory(one.directory().id());
    if (directory != null) {
      try (Directories.Lease lease = site.directories.lease(directory)) {
        PathBytes temporary = site.names.temporary(one.node());
        Optional<FileStat> stat = lease.directory().find(temporary);
        if (stat.isPresent()
            && site.isObject(lease.directory(), temporary, stat.get(), one.key())) {
          return false;
        }
      } catch (ProviderException e) {
        return false; // who looks for what users did says whether the directory is gone
      }
    } else {
      site.strays.add(one.directory().id());
    }
    used(one);
    site.staging.lost(one.node(), one.content());
    return true;
  }

  /** A whole file is not of use. */
  void drop(Staged one) throws IOException {
    used(one);
    site.staging.lost(one.node(), one.content());
    remove(one);
  }

  private void remove(Staged one) throws IOException {
    DirectoryRef directory = site.facts.directory(one.directory().id());
    if (directory == null) {
      site.strays.add(one.directory().id());
      return;
    }
    try (Directories.Lease lease = site.directories.lease(directory)) {
      site.staging.remove(one, lease.directory());
    } catch (ProviderException e) {
      site.strays.add(directory.id()); // it is not where it was
      return;
    }
    site.facts.touched(directory.id());
  }

  /**
   * A directory goes, and a file of the flow's own that is being made is in it.
   *
   * @return whether it is gone
   */
  boolean cleared(PosixDirectory directory, PathBytes name, FileStat stat) throws IOException {
    LocalKey key = site.keys.of(directory, name, stat);
    for (Staged one : List.copyOf(staged.values())) {
      if (one.key().equals(key)) {
        try (Directories.Lease hidden = site.directories.lease(site.facts.hidden())) {
          site.treeNames.move(directory, name, hidden.directory(), name);
        }
        site.sync.changed(FlowNames.HIDDEN);
        staged.put(
            one.node(),
            new Staged(
                one.node(),
                one.content(),
                one.attributes(),
                one.size(),
                one.mtime(),
                one.key(),
                site.facts.hidden()));
        return true;
      }
    }
    if (site.staging.isOpen(name, site.names)) {
      return false;
    }
    directory.unlink(name);
    return true;
  }

  /** Drops what is wanted or whole of a node that needs it no more. */
  void dropUseless(NodeId id) throws IOException {
    Optional<Node> node = site.facts.base().node(id);
    Wanted wanted = site.staging.wanted(id);
    Staged one = staged.get(id);
    if (node.isEmpty()
        || node.get().links().isEmpty()
        || (wanted != null && isUseless(wanted.content(), node.get()))
        || (one != null && isUseless(one.content(), node.get()))) {
      site.staging.unwant(id);
      if (one != null) {
        drop(one);
      }
      release(id);
    }
  }

  private static boolean isUseless(Dot content, Node node) {
    return !content.equals(node.contentVersion().origin()) || isHere(node, content);
  }

  private static boolean isHere(Node node, Dot content) {
    Local local = node.local();
    return local != null && local.content().equals(content);
  }

  private void release(NodeId node) {
    NodeId parent = parents.remove(node);
    if (parent != null) {
      uses.computeIfPresent(parent, (p, n) -> n == 1 ? null : n - 1);
    }
  }

  /** Withdraws the directories that nothing comes to; what looks at the tree again is asked. */
  void settle() throws IOException {
    for (Staged one : List.copyOf(staged.values())) {
      dropUseless(one.node());
    }
    if (parents.size() <= MOST_SWEPT) {
      for (NodeId node : List.copyOf(parents.keySet())) {
        dropUseless(node);
      }
    }
    Set<NodeId> open = site.staging.openDirectories();
    for (NodeId directory : new ArrayList<>(offered)) {
      if (!uses.containsKey(directory)
          && !open.contains(directory)
          && !offering.contains(directory)) {
        offered.remove(directory);
        committed.remove(directory);
        site.staging.withdraw(directory);
        if (!site.strays.has(directory)) {
          site.intents.withdraw(directory);
        }
      }
    }
  }

  /** Whether contents are needed that there was no room to want, and there is room now. */
  boolean hasMore() {
    if (isMore && site.staging.hasPlenty()) {
      isMore = false;
      return true;
    }
    return false;
  }
}
