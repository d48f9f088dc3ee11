// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.HiddenNames;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes directories, and gives names to what is here already: what one of these does others depend
 * on, so they are done one after another, each by what is in the tree then. For the engine's
 * thread.
 */
final class Names {
  private final Site site;
  private final Facts facts;
  private final Truth truth;

  Names(Site site, Truth truth) {
    this.site = site;
    this.facts = site.facts;
    this.truth = truth;
  }

  /** Does one; returns whether something came of it. What fails is noted. */
  boolean place(Link link) throws IOException {
    try {
      Dirent dirent = facts.base().dirent(link);
      DirectoryRef parent = facts.directory(link.parent());
      if (parent == null) {
        site.work.links.remove(link);
        site.work.awaited.add(link.parent());
        return false;
      }
      Node node = facts.base().require(Objects.requireNonNull(dirent.node()));
      if (node.local() == null && node.isDirectory()) {
        return makeDirectory(link, dirent, node, parent);
      }
      return attach(link, dirent, node, parent);
    } catch (ProviderException e) {
      return failed(link, e);
    }
  }

  /**
   * Something with a name failed.
   *
   * @return whether the tree was found to be other than thought, so that another try may do
   */
  boolean failed(Link link, @Nullable IOException e) throws IOException {
    if (e != null && isOther(e)) {
      NodeId id = facts.base().dirent(link).node();
      Optional<Node> node = id == null ? Optional.empty() : facts.base().node(id);
      if (node.isPresent() && site.contents.forgetLost(node.get())) {
        facts.noticed(link);
        return true;
      }
      try {
        if (truth.look(link)) {
          return true;
        }
      } catch (ProviderException again) {
        e.addSuppressed(again);
      }
    }
    site.work.failed(link, problem(site, facts.path(link), e));
    return false;
  }

  /** What failed; in a tree that its users change it may wait for a look at what they did. */
  static Problem problem(Site site, PathBytes path, @Nullable IOException e) {
    Optional<ProviderException> mounted = site.mounts.at(path);
    if (mounted.isPresent()) {
      return problem(path, mounted.get());
    }
    return site.isShared() && (e == null || isOther(e))
        ? new Problem(
            path,
            ErrorKind.PRECONDITION,
            "Cannot place " + path + " yet: somebody changed it here. It is looked at first.")
        : problem(path, e);
  }

  /** Whether a failure says that the tree is other than thought. */
  static boolean isOther(IOException e) {
    return e instanceof ProviderException p
        && (TreeNames.is(p, Errno.EEXIST)
            || TreeNames.is(p, Errno.ENOENT)
            || TreeNames.is(p, Errno.ESTALE)
            || TreeNames.is(p, Errno.ENOTDIR)
            || TreeNames.is(p, Errno.ELOOP));
  }

  static Problem problem(PathBytes path, @Nullable IOException e) {
    ErrorKind kind = e instanceof ProviderException p ? p.kind() : ErrorKind.UNKNOWN_OUTCOME;
    return new Problem(path, kind, "Cannot place " + path + ": " + reason(e));
  }

  private static String reason(@Nullable IOException e) {
    return e == null || e.getMessage() == null ? "it is not known why." : e.getMessage();
  }

  private boolean makeDirectory(Link link, Dirent dirent, Node node, DirectoryRef parent)
      throws IOException {
    if (dirent.placed() != null) {
      return vacate(link, dirent.placed(), parent);
    }
    try (Directories.Lease lease = site.directories.lease(parent)) {
      PosixDirectory in = lease.directory();
      boolean isMade = true;
      try {
        in.makeDirectory(link.name(), 0700);
      } catch (ProviderException e) {
        if (!TreeNames.is(e, Errno.EEXIST)) {
          throw e;
        }
        isMade = false;
      }
      FileStat stat = in.stat(link.name());
      LocalKey key = site.keys.of(in, link.name(), stat);
      if (!isMade && (!stat.isDirectory() || facts.nodeAt(key).isPresent())) {
        return truth.look(link);
      }
      facts.local(node.id(), Local.of(key, stat, Dot.NONE, Dot.NONE));
      if (isMade) {
        facts.fresh.add(node.id());
      }
    }
    site.placed++;
    facts.placed(link, node.id());
    facts.touched(link.parent());
    facts.touched(node.id());
    facts.here(node.id());
    return true;
  }

  private boolean attach(Link link, Dirent dirent, Node node, DirectoryRef parent)
      throws IOException {
    if (node.isDirectory() && parent.isAtOrBelow(node.id())) {
      // What is between goes elsewhere first.
      return false;
    }
    NodeId present = dirent.placed();
    if (present != null) {
      Node occupant = facts.base().require(present);
      if (node.isDirectory() || occupant.isDirectory()) {
        return vacate(link, present, parent);
      }
    }
    if (node.local() == null) {
      return attachNew(link, node, parent, present);
    }
    Link source = source(node);
    if (source == null) {
      // It was here and has no name: what is known is wrong.
      facts.local(node.id(), null);
      facts.noticed(link);
      return true;
    }
    boolean isLeaving =
        source.parent().equals(FlowNames.HIDDEN)
            || !node.id().equals(facts.base().dirent(source).node());
    if (!isLeaving && node.isDirectory()) {
      site.work.links.remove(link);
      return false;
    }
    DirectoryRef from = facts.directory(source.parent());
    if (from == null) {
      site.work.failed(
          link,
          new Problem(
              facts.path(link),
              ErrorKind.NOT_FOUND,
              "Cannot place " + facts.path(link) + ": where it is now can't be reached."));
      return false;
    }
    try (Directories.Lease a = site.directories.lease(from);
        Directories.Lease b = site.directories.lease(parent)) {
      Optional<FileStat> before = a.directory().find(source.name());
      if (before.isEmpty()
          || !site.isObject(a.directory(), source.name(), before.get(), node.local().key())) {
        return truth.look(source);
      }
      Behind behind = present == null ? null : holdBehind(link, present, b.directory());
      if (present != null && behind == null) {
        return truth.look(link);
      }
      move(a.directory(), source, isLeaving, b.directory(), link, node, present != null);
      FileStat after = b.directory().stat(link.name());
      facts.local(node.id(), again(site, node.local(), before.get(), after));
      restamp(behind);
    }
    if (isLeaving) {
      facts.held.remove(node.id());
      if (!source.parent().equals(FlowNames.HIDDEN)) {
        facts.placed(source, null);
        facts.touched(source.parent());
      }
    }
    if (node.isDirectory()) {
      facts.moved();
    }
    settled(link, node, present);
    return true;
  }

  private void settled(Link link, Node node, @Nullable NodeId present) throws IOException {
    site.placed++;
    facts.placed(link, node.id());
    facts.touched(link.parent());
    if (node.isDirectory()) {
      site.contents.moved();
    }
    if (present != null) {
      wake(present);
    }
  }

  /** Gives a name to what is whole and new, in the place of something else. */
  private boolean attachNew(Link link, Node node, DirectoryRef parent, @Nullable NodeId present)
      throws IOException {
    Staged staged = site.contents.of(node);
    try (Directories.Lease b = site.directories.lease(parent)) {
      PathBytes temporary = site.names.temporary(node.id());
      Local local = null;
      if (staged == null) {
        TreeNames.unlinkIfThere(b.directory(), temporary);
        local = NewEntries.make(site, node, b, temporary);
      }
      Behind behind = present == null ? null : holdBehind(link, present, b.directory());
      if (present != null && behind == null) {
        if (staged == null) {
          TreeNames.unlinkIfThere(b.directory(), temporary);
        }
        return truth.look(link);
      }
      if (staged == null || staged.directory().id().equals(parent.id())) {
        rename(b.directory(), temporary, b.directory(), link.name(), present != null);
      } else {
        try (Directories.Lease a = site.directories.lease(staged.directory())) {
          rename(a.directory(), temporary, b.directory(), link.name(), present != null);
        }
      }
      FileStat stat = b.directory().stat(link.name());
      if (staged != null) {
        site.contents.used(staged);
        facts.touched(staged.directory().id());
        local = NewEntries.localOf(site, staged, stat);
      } else if (local != null) {
        local = Local.of(local.key(), stat, local.attributes(), local.content());
      }
      facts.local(node.id(), local);
      restamp(behind);
    }
    settled(link, node, present);
    return true;
  }

  private void rename(
      PosixDirectory from, PathBytes name, PosixDirectory to, PathBytes toName, boolean isTaken)
      throws IOException {
    if (isTaken) {
      from.rename(name, to, toName, RenameMode.REPLACE);
    } else {
      site.treeNames.move(from, name, to, toName);
    }
  }

  private void move(
      PosixDirectory from,
      Link source,
      boolean isLeaving,
      PosixDirectory to,
      Link link,
      Node node,
      boolean isTaken)
      throws IOException {
    if (isLeaving) {
      rename(from, source.name(), to, link.name(), isTaken);
    } else if (isTaken) {
      PathBytes second = site.names.second(node.id());
      TreeNames.unlinkIfThere(to, second);
      from.link(source.name(), to, second);
      to.rename(second, to, link.name(), RenameMode.REPLACE);
    } else {
      from.link(source.name(), to, link.name());
    }
  }

  private @Nullable Link source(Node node) throws IOException {
    List<Link> places = facts.places(node);
    for (Link place : places) {
      if (place.parent().equals(FlowNames.HIDDEN)
          || !node.id().equals(facts.base().dirent(place).node())) {
        return place;
      }
    }
    return places.isEmpty() ? null : places.get(0);
  }

  /** What is replaced, as it was before. */
  private record Behind(NodeId node, Local known, FileStat before) {}

  /**
   * Gives what is about to be replaced a name in the hidden directory, unless it has others.
   *
   * @return null when something else is there than thought
   */
  private @Nullable Behind holdBehind(Link link, NodeId present, PosixDirectory in)
      throws IOException {
    Node node = facts.base().require(present);
    Optional<FileStat> before = in.find(link.name());
    if (node.local() == null
        || before.isEmpty()
        || !site.isObject(in, link.name(), before.get(), node.local().key())
        || site.isDoubtful(node.local(), before.get())) {
      return null;
    }
    if (isLastName(node, before.get())) {
      try (Directories.Lease hidden = site.directories.lease(facts.hidden())) {
        PathBytes held = site.names.held(present);
        site.treeNames.setAside(in, link.name(), hidden.directory(), held);
        if (site.keeper.isKept(present, node.local().content())) {
          site.sync.now(hidden.directory()); // else its only name may be that which it loses
        }
      }
      facts.held.add(present);
      site.sync.changed(FlowNames.HIDDEN);
    }
    facts.placed(link, null);
    return new Behind(present, node.local(), before.get());
  }

  /** Of the names that are known some may be gone: users took them away, and nobody looked yet. */
  private boolean isLastName(Node node, FileStat stat) throws IOException {
    return facts.places(node).size() == 1 || stat.links() == 1;
  }

  /** Notes the stamp of what has lost a name. */
  private void restamp(@Nullable Behind behind) throws IOException {
    Link place = behind == null ? null : facts.place(facts.base().require(behind.node()));
    DirectoryRef parent = place == null ? null : facts.directory(place.parent());
    if (behind == null || place == null || parent == null) {
      return;
    }
    try (Directories.Lease lease = site.directories.lease(parent)) {
      Optional<FileStat> after = lease.directory().find(place.name());
      if (after.isPresent()) {
        facts.local(behind.node(), again(site, behind.known(), behind.before(), after.get()));
      }
    } catch (ProviderException e) {
      if (!isOther(e)) {
        throw e;
      } // users moved its directory: who looks at what they did sees the stamp too
    }
  }

  /** Moves what has a name to the hidden directory. */
  boolean vacate(Link link, NodeId present, DirectoryRef parent) throws IOException {
    Node node = facts.base().require(present);
    Behind behind;
    try (Directories.Lease a = site.directories.lease(parent);
        Directories.Lease hidden = site.directories.lease(facts.hidden())) {
      Optional<FileStat> before = a.directory().find(link.name());
      if (node.local() == null
          || before.isEmpty()
          || !site.isObject(a.directory(), link.name(), before.get(), node.local().key())
          || site.isDoubtful(node.local(), before.get())) {
        return truth.look(link);
      }
      if (node.isDirectory() && node.links().isEmpty() && hasUsersNames(node)) {
        return false; // what users did is registered first, and may give it its name again
      }
      if (!node.isDirectory() && !isLastName(node, before.get())) {
        a.directory().unlink(link.name());
      } else {
        PathBytes held = site.names.held(present);
        site.treeNames.move(a.directory(), link.name(), hidden.directory(), held);
        facts.held.add(present);
        site.sync.changed(FlowNames.HIDDEN);
      }
      behind = new Behind(present, node.local(), before.get());
    }
    facts.placed(link, null);
    facts.touched(link.parent());
    if (node.isDirectory()) {
      facts.moved();
      site.contents.moved();
    }
    restamp(behind);
    wake(present);
    return true;
  }

  /**
   * Whether users did something in a directory that goes, or below, and nobody looked yet: where it
   * goes nobody finds it any more.
   *
   * @throws ProviderException EBUSY when they mounted something there
   */
  private boolean hasUsersNames(Node top) throws IOException {
    if (!site.isShared()) {
      return false;
    }
    boolean hasSome = false;
    Deque<NodeId> left = new ArrayDeque<>(List.of(top.id()));
    while (!left.isEmpty()) {
      NodeId id = left.pop();
      DirectoryRef ref = facts.directory(id);
      if (ref != null) {
        hasSome |= hasUsersNames(ref, left);
      }
    }
    return hasSome;
  }

  /**
   * Whether users did something in one directory.
   *
   * @param below gets the directories in it
   */
  private boolean hasUsersNames(DirectoryRef ref, Deque<NodeId> below) throws IOException {
    boolean hasSome = false;
    try (Directories.Lease lease = site.directories.lease(ref)) {
      PosixDirectory directory = lease.directory();
      for (DirectoryEntry entry : entries(directory)) {
        PathBytes name = entry.name();
        PathBytes path = ref.path().resolve(name);
        Optional<FileStat> stat =
            HiddenNames.isHidden(name) ? Optional.empty() : directory.find(name);
        if (stat.isEmpty()) {
          continue;
        }
        if (Mounts.isMounted(directory, stat.get())) {
          throw Mounts.failure(path);
        }
        NodeId placed = facts.base().dirent(new Link(ref.id(), name)).placed();
        Local known =
            placed == null ? null : facts.base().node(placed).map(Node::local).orElse(null);
        if (placed == null
            || known == null
            || !site.isObject(directory, name, stat.get(), known.key())
            || site.isDoubtful(known, stat.get())) {
          site.doubts.add(path);
          hasSome = true;
        } else if (stat.get().isDirectory()) {
          below.push(placed);
        }
      }
    }
    return hasSome;
  }

  private static List<DirectoryEntry> entries(PosixDirectory directory) throws IOException {
    List<DirectoryEntry> all = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        all.addAll(some);
      }
    }
    return all;
  }

  /** Something lost a name: its others can be given now. */
  private void wake(NodeId id) throws IOException {
    Optional<Node> node = facts.base().node(id);
    if (node.isPresent()) {
      for (Link link : node.get().links()) {
        facts.noticed(link);
      }
    }
  }

  /** The stamp of something that the flow itself renamed; of what was changed before it stays. */
  static Local again(Site site, Local known, FileStat before, FileStat after) {
    boolean isUntouched =
        known.isUntouched(before)
            && before.mtime().equals(after.mtime())
            && (!after.isRegular() || before.size() == after.size());
    return isUntouched || (after.isDirectory() && !site.isShared())
        ? Local.of(known.key(), after, known.attributes(), known.content())
        : known;
  }
}
