// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Finds what became of the last cycle of an earlier process, by its intents: which of its names are
 * in the tree, with which objects. Nothing that may be the only copy of something is removed. For
 * the engine's thread, once.
 */
final class Recovery {
  private static final String UNKNOWN = "It was found where only the flow's own files are.";

  private final Site site;
  private final Facts facts;
  private final FlowBase base;
  private final Truth truth;
  private final Map<LocalKey, Intents.File> files = new HashMap<>();
  private final Map<LocalKey, Intents.Old> olds = new HashMap<>();
  private final Map<Link, Intents.Place> places = new LinkedHashMap<>();
  private final Set<NodeId> nodes = new LinkedHashSet<>();

  /** The contents of objects that somebody wants to look at when they are replaced or removed. */
  private final Map<LocalKey, Kept> kept = new LinkedHashMap<>();

  private record Kept(NodeId node, Dot content) {}

  Recovery(Site site, Truth truth) {
    this.site = site;
    this.facts = site.facts;
    this.base = site.facts.base();
    this.truth = truth;
  }

  /** Makes what is known true, and takes away what is of no use. */
  void run() throws IOException {
    Intents.Left left = site.intents.read();
    gather(left);
    findKept();
    findHeld();
    lookAtPlaces();
    for (Intents.File file : left.files()) {
      finishNames(file);
      findStaged(file);
    }
    clearPlaces();
    List<NodeId> cleared = new ArrayList<>();
    for (NodeId directory : left.directories()) {
      // Files that no intent tells of.
      if (site.strays.clear(directory)) {
        cleared.add(directory);
      } else {
        site.strays.add(directory);
      }
    }
    clearHidden(left.isSeeding());
    if (left.isSeeding()) {
      site.intents.endSeed();
    }
    for (NodeId id : nodes) {
      Optional<Node> node = base.node(id);
      if (node.isPresent()) {
        if (node.get().local() != null && facts.places(node.get()).isEmpty() && !id.isRoot()) {
          facts.local(id, null);
        }
        restamp(id);
        facts.noticed(id);
        for (Link link : node.get().links()) {
          facts.noticed(link);
        }
      }
    }
    for (Link link : places.keySet()) {
      facts.noticed(link);
      if (facts.directory(link.parent()) != null) {
        facts.touched(link.parent());
      }
    }
    if (!places.isEmpty() || !left.directories().isEmpty()) {
      site.sync.changed();
    }
    for (NodeId directory : cleared) {
      site.intents.withdraw(directory);
    }
  }

  /** What was done here to the other names of an object changed its time of change. */
  private void restamp(NodeId id) throws IOException {
    Node node = base.require(id);
    Local known = node.local();
    Link place = known == null ? null : facts.place(node);
    DirectoryRef parent = place == null ? null : facts.directory(place.parent());
    if (known == null || place == null || parent == null) {
      return;
    }
    try (Directories.Lease lease = site.directories.lease(parent)) {
      Optional<FileStat> stat = lease.directory().find(place.name());
      if (stat.isPresent()
          && site.isObject(lease.directory(), place.name(), stat.get(), known.key())) {
        // Of what has no bytes the flow sets the time in place.
        boolean isTimed = !node.isRegular() && stat.get().mtime().equals(node.content().mtime());
        facts.local(
            id,
            isTimed
                ? Local.of(known.key(), stat.get(), known.attributes(), known.content())
                : Truth.found(site, node, known, stat.get()));
      }
    } catch (ProviderException e) {
      if (!Names.isOther(e)) {
        throw e;
      } // somebody moved its directory while no process was there: who looks finds that
    }
  }

  private void gather(Intents.Left left) throws IOException {
    for (Intents.Place place : left.places()) {
      note(place.old());
      if (place.link().parent().equals(FlowNames.HIDDEN)) {
        continue; // all that is there is looked at
      }
      places.put(place.link(), place);
      if (place.made() != null) {
        nodes.add(place.made());
      }
      NodeId placed = base.dirent(place.link()).placed();
      if (placed != null) {
        nodes.add(placed);
      }
    }
    for (Intents.File file : left.files()) {
      files.put(file.key(), file);
      nodes.add(file.node());
      note(file.old());
      Optional<Node> node = base.node(file.node());
      if (node.isPresent()) {
        for (Link link : facts.places(node.get())) {
          add(link, file.old());
        }
        for (Link link : node.get().links()) {
          add(link, file.old());
        }
      }
    }
  }

  /** What was kept before the process ended, and it could not note that. */
  private void findKept() throws IOException {
    if (kept.isEmpty()) {
      return;
    }
    try (Directories.Lease hidden = site.directories.lease(facts.hidden())) {
      if (hidden.directory().find(FlowNames.DISPLACED_NAME).isEmpty()) {
        return;
      }
      try (PosixDirectory in = hidden.directory().openDirectory(FlowNames.DISPLACED_NAME)) {
        PathBytes path = facts.hidden().path().resolve(FlowNames.DISPLACED_NAME);
        for (DirectoryEntry entry : list(in)) {
          Optional<FileStat> stat = in.find(entry.name());
          if (stat.isPresent()) {
            Kept one = kept.remove(site.keys.of(in, entry.name(), stat.get()));
            if (one != null) {
              site.keeper.kept(one.node(), one.content(), path.resolve(entry.name()));
            }
          }
        }
      }
    }
  }

  private void add(Link link, Intents.@org.jspecify.annotations.Nullable Old old) {
    if (!link.parent().equals(FlowNames.HIDDEN)) {
      places.putIfAbsent(link, new Intents.Place(link, null, old));
    }
  }

  private void note(Intents.@org.jspecify.annotations.Nullable Old old) throws IOException {
    if (old != null) {
      olds.put(old.key(), old);
      nodes.add(old.node());
      Local known = base.node(old.node()).map(Node::local).orElse(null);
      if (known != null
          && known.key().equals(old.key())
          && site.keeper.isKept(old.node(), known.content())) {
        kept.put(old.key(), new Kept(old.node(), known.content()));
      }
    }
  }

  private List<DirectoryEntry> list(PosixDirectory directory) throws IOException {
    List<DirectoryEntry> all = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        all.addAll(some);
      }
    }
    return all;
  }

  /** What is held, so that what is below is found. */
  private void findHeld() throws IOException {
    try (Directories.Lease hidden = site.directories.lease(facts.hidden())) {
      for (DirectoryEntry entry : list(hidden.directory())) {
        Optional<NodeId> id = site.names.heldNode(entry.name());
        Optional<Node> node = id.isEmpty() ? Optional.empty() : base.node(id.get());
        if (node.isEmpty()) {
          continue;
        }
        nodes.add(id.get());
        FileStat stat = hidden.directory().stat(entry.name());
        LocalKey key = site.keys.of(hidden.directory(), entry.name(), stat);
        Local known = node.get().local();
        Intents.Old old = olds.get(key);
        if (known != null && known.key().equals(key)) {
          facts.held.add(id.get());
          facts.local(id.get(), Truth.seen(site, known, stat));
        } else if (known == null && old != null && old.node().equals(id.get())) {
          facts.held.add(id.get());
          facts.local(id.get(), restored(old, stat));
        }
      }
    }
  }

  /** What is known of an object that was there before the cycle; its contents are wanted again. */
  private Local restored(Intents.Old old, FileStat stat) {
    Local known = new Local(old.key(), old.size(), old.mtime(), stat.ctime(), Dot.NONE, Dot.NONE);
    return Truth.seen(site, known, stat);
  }

  /** Looks at all places, directories that moved first of all, whatever the order they come in. */
  private void lookAtPlaces() throws IOException {
    Set<Link> left = new LinkedHashSet<>(places.keySet());
    boolean isProgress = true;
    while (isProgress && !left.isEmpty()) {
      isProgress = false;
      for (Link link : new ArrayList<>(left)) {
        if (lookAt(Objects.requireNonNull(places.get(link)))) {
          left.remove(link);
          isProgress = true;
        }
      }
    }
    for (Link link : left) {
      DirectoryRef parent = facts.directory(link.parent());
      if (parent != null) {
        NodeId gone = truth.broken(parent);
        if (gone != null) {
          nodes.add(gone);
          truth.lost(gone);
        }
      }
      if (base.dirent(link).placed() != null) {
        facts.placed(link, null);
      }
    }
  }

  private boolean lookAt(Intents.Place place) throws IOException {
    Link link = place.link();
    DirectoryRef parent = facts.directory(link.parent());
    if (parent == null) {
      return false;
    }
    try (Directories.Lease lease = site.directories.lease(parent)) {
      Optional<FileStat> stat = lease.directory().find(link.name());
      NodeId now = null;
      if (stat.isPresent()) {
        LocalKey key = site.keys.of(lease.directory(), link.name(), stat.get());
        now = identify(place, lease.directory(), stat.get(), key);
      }
      if (now == null || !now.equals(base.dirent(link).placed())) {
        facts.placed(link, now);
        facts.moved();
      }
      return true;
    } catch (ProviderException e) {
      if (e.kind() == io.kmesh.spi.ErrorKind.DENIED) {
        throw e;
      }
      return false;
    }
  }

  private @org.jspecify.annotations.Nullable NodeId identify(
      Intents.Place place, PosixDirectory in, FileStat stat, LocalKey key) throws IOException {
    Intents.File file = files.get(key);
    Node node = file == null ? null : base.node(file.node()).orElse(null);
    if (file != null && node != null) {
      Local placed =
          new Local(
              key,
              file.size(),
              file.mtime(),
              new FileTime(0, 0),
              file.attributes(),
              file.content());
      facts.local(file.node(), Truth.found(site, node, placed, stat));
      return file.node();
    }
    Optional<Node> known = facts.nodeAt(key);
    // Users may have removed what had this number, and nobody looked yet.
    if (known.isPresent() && known.get().type() == stat.type()) {
      NodeId id = known.get().id();
      Local local = known.get().local();
      if (local != null) {
        facts.local(id, Truth.found(site, known.get(), local, stat));
      }
      nodes.add(id);
      return id;
    }
    Intents.Old old = olds.get(key);
    if (old != null) {
      Optional<Node> before = base.node(old.node());
      if (before.isPresent() && before.get().local() == null) {
        facts.local(old.node(), restored(old, stat));
        return old.node();
      }
    }
    NodeId made = place.made();
    // What was in the way of something else was moved, not removed.
    Optional<Node> gone =
        place.old() == null || made != null ? Optional.empty() : base.node(place.old().node());
    if (gone.isPresent()
        && gone.get().isDirectory()
        && gone.get().links().isEmpty()
        && !facts.held.contains(gone.get().id())
        && stat.isDirectory()) {
      // A removal that was not durable, by whatever means the file system took it back.
      facts.local(gone.get().id(), Local.of(key, stat, Dot.NONE, Dot.NONE));
      return gone.get().id();
    }
    Optional<Node> toMake = made == null ? Optional.empty() : base.node(made);
    if (toMake.isPresent()
        && toMake.get().local() == null
        && isMade(toMake.get(), in, place, stat)) {
      facts.local(toMake.get().id(), Local.of(key, stat, Dot.NONE, Dot.NONE));
      return made;
    }
    return null;
  }

  private static boolean isMade(Node node, PosixDirectory in, Intents.Place place, FileStat stat)
      throws IOException {
    if (node.type() != stat.type() || node.isRegular()) {
      return false;
    }
    return switch (node.type()) {
      case SYMLINK -> in.readSymlink(place.link().name()).equals(node.target());
      case CHARACTER_DEVICE, BLOCK_DEVICE -> stat.rdev() == node.rdev();
      default -> true;
    };
  }

  private Staged staged(Intents.File file) throws IOException {
    DirectoryRef directory = facts.directory(file.directory());
    return new Staged(
        file.node(),
        file.content(),
        file.attributes(),
        file.size(),
        file.mtime(),
        file.key(),
        directory == null ? facts.hidden() : directory);
  }

  /** Where only some names of a node have its new file, the others get it too. */
  private void finishNames(Intents.File file) throws IOException {
    Optional<Node> node = base.node(file.node());
    Intents.Old old = file.old();
    if (old == null
        || node.isEmpty()
        || node.get().local() == null
        || !node.get().local().key().equals(file.key())) {
      return;
    }
    Link whole = null;
    List<Link> others = new ArrayList<>();
    for (Link link : places.keySet()) {
      Optional<FileStat> stat = find(link, file.key());
      if (stat.isPresent()) {
        whole = link;
      } else {
        stat = find(link, old.key());
        if (stat.isPresent() && site.isAs(stat.get(), old.size(), old.mtime())) {
          others.add(link);
        }
      }
    }
    for (Link link : others) {
      DirectoryRef from = whole == null ? null : facts.directory(whole.parent());
      DirectoryRef to = facts.directory(link.parent());
      if (whole != null && from != null && to != null) {
        try (Directories.Lease a = site.directories.lease(from);
            Directories.Lease b = site.directories.lease(to)) {
          PathBytes second = site.names.second(file.node());
          TreeNames.unlinkIfThere(b.directory(), second);
          a.directory().link(whole.name(), b.directory(), second);
          b.directory().rename(second, b.directory(), link.name(), RenameMode.REPLACE);
        }
        facts.placed(link, file.node());
      }
    }
  }

  /** What has a name, if it is an object. */
  private Optional<FileStat> find(Link link, LocalKey key) throws IOException {
    DirectoryRef parent = facts.directory(link.parent());
    if (parent == null) {
      return Optional.empty();
    }
    try (Directories.Lease lease = site.directories.lease(parent)) {
      Optional<FileStat> stat = lease.directory().find(link.name());
      return stat.isPresent() && site.isObject(lease.directory(), link.name(), stat.get(), key)
          ? stat
          : Optional.empty();
    } catch (ProviderException e) {
      if (!Names.isOther(e)) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /** A whole file that has no name yet is not asked for again. */
  private void findStaged(Intents.File file) throws IOException {
    Optional<Node> node = base.node(file.node());
    DirectoryRef directory = facts.directory(file.directory());
    if (node.isEmpty()
        || directory == null
        || (node.get().local() != null && node.get().local().key().equals(file.key()))) {
      return;
    }
    PathBytes temporary = site.names.temporary(file.node());
    try (Directories.Lease lease = site.directories.lease(directory)) {
      Optional<FileStat> stat = lease.directory().find(temporary);
      if (stat.isPresent()
          && site.isObject(lease.directory(), temporary, stat.get(), file.key())
          && site.isAs(stat.get(), file.size(), file.mtime())) {
        site.contents.arrived(staged(file));
      }
    } catch (ProviderException e) {
      if (!Names.isOther(e)) {
        throw e;
      } // it is asked for again
    }
  }

  /** What is left beside the places. */
  private void clearPlaces() throws IOException {
    for (Intents.Place place : places.values()) {
      DirectoryRef parent = facts.directory(place.link().parent());
      if (parent == null) {
        continue;
      }
      Set<NodeId> ids = new HashSet<>();
      if (place.made() != null) {
        ids.add(place.made());
      }
      if (place.old() != null) {
        ids.add(place.old().node());
      }
      NodeId wanted = base.dirent(place.link()).node();
      if (wanted != null) {
        ids.add(wanted);
      }
      try (Directories.Lease lease = site.directories.lease(parent)) {
        PosixDirectory in = lease.directory();
        for (NodeId id : ids) {
          TreeNames.unlinkIfThere(in, site.names.second(id));
          if (!isStaged(id, parent.id())) {
            TreeNames.unlinkIfThere(in, site.names.temporary(id));
          }
          aside(in, id, parent.path().resolve(place.link().name()));
        }
      } catch (ProviderException e) {
        if (!Names.isOther(e)) {
          throw e;
        }
        site.strays.add(place.link().parent()); // somebody moved it just now
      }
    }
  }

  private boolean isStaged(NodeId id, NodeId directory) {
    Staged staged = site.contents.staged.get(id);
    return staged != null && staged.directory().id().equals(directory);
  }

  /** Something that was set aside: it goes unless it is the only copy, or was changed. */
  private void aside(PosixDirectory in, NodeId id, PathBytes path) throws IOException {
    PathBytes aside = site.names.aside(id);
    Optional<FileStat> stat = in.find(aside);
    if (stat.isEmpty()) {
      return;
    }
    LocalKey key = site.keys.of(in, aside, stat.get());
    Intents.Old old = olds.get(key);
    Optional<Node> owner = facts.nodeAt(key);
    boolean isNamed = owner.isPresent() && !facts.places(owner.get()).isEmpty();
    if (isNamed && stat.get().links() > 1) {
      in.unlink(aside);
      return;
    }
    Optional<Node> node = base.node(id);
    if (old != null && site.isAs(stat.get(), old.size(), old.mtime()) && node.isPresent()) {
      boolean isReplaced =
          node.get().links().isEmpty()
              || (node.get().local() != null && !node.get().local().key().equals(key));
      if (isReplaced) {
        drop(in, aside, old, path);
        return;
      }
      try (Directories.Lease hidden = site.directories.lease(facts.hidden())) {
        PathBytes held = site.names.held(id);
        site.treeNames.move(in, aside, hidden.directory(), held);
        facts.held.add(id);
        Local known = node.get().local();
        facts.local(
            id, known == null ? restored(old, stat.get()) : Truth.seen(site, known, stat.get()));
      }
      return;
    }
    site.displacer.displace(in, aside, path, "It was changed here while it was replaced.");
  }

  /** Takes away what was replaced, unless somebody wants to look at it. */
  private void drop(PosixDirectory in, PathBytes aside, Intents.Old old, PathBytes path)
      throws IOException {
    Kept one = kept.remove(old.key());
    if (one == null) {
      in.unlink(aside);
      return;
    }
    Optional<PathBytes> where = site.displacer.keep(in, aside, path);
    if (where.isPresent()) {
      site.keeper.kept(one.node(), one.content(), where.get());
    }
  }

  private void clearHidden(boolean isSeeding) throws IOException {
    try (Directories.Lease hidden = site.directories.lease(facts.hidden())) {
      PosixDirectory in = hidden.directory();
      for (DirectoryEntry entry : list(in)) {
        PathBytes name = entry.name();
        PathBytes path = facts.hidden().path().resolve(name);
        Optional<NodeId> id = site.names.heldNode(name);
        if (name.equals(FlowNames.DISPLACED_NAME)) {
          continue;
        }
        if (id.isPresent() && facts.held.contains(id.get())) {
          Node node = base.require(id.get());
          // Of the names that are known users may have taken some away.
          if (!node.isDirectory()
              && facts.places(node).size() > 1
              && in.find(name).filter(s -> s.links() > 1).isPresent()) {
            in.unlink(name);
            facts.held.remove(id.get());
          }
        } else if (site.names.isTemporary(name)) {
          site.strays.clear(facts.hidden(), in, name);
        } else if (isSeeding && (FlowNames.isSeed(name) || isUnknown(in, name, id))) {
          Nursery.remove(in, name); // nobody else knows it, and its source is there
        } else if (id.isEmpty() || !isRemoved(in, name)) {
          site.displacer.displace(in, name, path, UNKNOWN);
        }
      }
    }
  }

  /**
   * Takes a held directory away that is empty: its removal was not durable, and by whatever means
   * the file system took it back it is another object now.
   */
  private static boolean isRemoved(PosixDirectory in, PathBytes name) throws IOException {
    return in.stat(name).isDirectory() && TreeNames.removeIfEmpty(in, name);
  }

  /**
   * Whether it is a tree that was named by its node, and the process ended before it noted that.
   */
  private boolean isUnknown(PosixDirectory in, PathBytes name, Optional<NodeId> id)
      throws IOException {
    return id.isPresent() && base.node(id.get()).isEmpty() && in.stat(name).isDirectory();
  }
}
