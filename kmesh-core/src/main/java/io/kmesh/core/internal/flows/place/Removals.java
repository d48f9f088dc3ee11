// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes away at the end of a batch what has no name any more: files first, by the crew, then
 * directories from the bottom up. What somebody changed here is displaced. For the engine's thread.
 */
final class Removals {
  private static final String CHANGED = "It was changed here, and removed at its source.";

  private final Site site;
  private final Facts facts;
  private final Names names;
  private final Truth truth;

  /** A name that goes. */
  private static final class Task {
    private final Link link;
    private final Node node;
    private final Local known;
    private final boolean isLast;
    private final DirectoryRef parent;
    private @Nullable FileStat before;
    private boolean isOther;
    private boolean isOnlyName;
    private boolean isKept;
    private @Nullable PathBytes keptAt;
    private boolean isDone;
    private @Nullable IOException failure;

    Task(Link link, Node node, Local known, boolean isLast, DirectoryRef parent) {
      this.link = link;
      this.node = node;
      this.known = known;
      this.isLast = isLast;
      this.parent = parent;
    }
  }

  Removals(Site site, Names names, Truth truth) {
    this.site = site;
    this.facts = site.facts;
    this.names = names;
    this.truth = truth;
  }

  /** Takes away all that goes. */
  void run() throws IOException {
    List<Link> links = new ArrayList<>(site.work.removals);
    List<Task> files = new ArrayList<>();
    List<Task> directories = new ArrayList<>();
    for (Link link : links) {
      if (site.intents.has(link)) {
        sort(link, files, directories);
      }
    }
    runAll(files);
    directories.sort(Comparator.comparingInt((Task t) -> t.parent.depth()).reversed());
    for (Task task : directories) {
      remove(task);
    }
    for (NodeId id : List.copyOf(facts.held)) {
      removeHeld(id);
    }
  }

  private void sort(Link link, List<Task> files, List<Task> directories) throws IOException {
    Dirent dirent = facts.base().dirent(link);
    NodeId placed = dirent.placed();
    if (dirent.node() != null || placed == null) {
      facts.noticed(link);
      return;
    }
    Node node = facts.base().require(placed);
    DirectoryRef parent = facts.directory(link.parent());
    Local known = node.local();
    if (known == null) {
      facts.placed(link, null);
      return;
    }
    if (parent == null) {
      truth.lose(link, placed); // users took it away, and its directory went then
      return;
    }
    boolean isLast = facts.places(node).size() == 1;
    if (isLast && !node.links().isEmpty()) {
      // Its next name waits for something.
      try {
        names.vacate(link, placed, parent);
      } catch (ProviderException e) {
        site.work.failed(link, Names.problem(facts.path(link), e));
      }
      return;
    }
    (node.isDirectory() ? directories : files).add(new Task(link, node, known, isLast, parent));
  }

  /** Of several names of a file that all go, one is the last: they go one after another. */
  private void runAll(List<Task> files) throws IOException {
    List<Task> now = new ArrayList<>();
    java.util.Set<NodeId> seen = new java.util.HashSet<>();
    List<Task> rest = new ArrayList<>();
    for (Task task : files) {
      Node node = facts.base().require(task.node.id());
      if (node.local() == null) {
        facts.placed(task.link, null);
      } else if (seen.add(node.id())) {
        boolean isLast = facts.places(node).size() == 1;
        Task next = new Task(task.link, node, node.local(), isLast, task.parent);
        next.isKept = isLast && site.keeper.isKept(node.id(), node.local().content());
        now.add(next);
      } else {
        rest.add(task);
      }
    }
    site.crew.run(now.size(), i -> run(now.get(i)));
    for (Task task : now) {
      end(task);
    }
    if (!rest.isEmpty()) {
      runAll(rest);
    }
  }

  private void run(Task task) {
    try (Directories.Lease lease = site.directories.lease(task.parent)) {
      PosixDirectory in = lease.directory();
      PathBytes name = task.link.name();
      Optional<FileStat> before = in.find(name);
      if (before.isEmpty()
          || !site.isObject(in, name, before.get(), task.known.key())
          || (isLast(task, before.get())
              && !isHeld(task.parent)
              && site.isDoubtful(task.known, before.get()))) {
        task.isOther = true;
        return;
      }
      if (!task.isLast && before.get().links() == 1 && !task.node.links().isEmpty()) {
        task.isOnlyName = true; // where it is known to be, users moved it from
        return;
      }
      task.before = before.get();
      PathBytes aside = site.names.aside(task.node.id());
      site.treeNames.move(in, name, in, aside);
      FileStat after = in.stat(aside);
      boolean isUntouched =
          site.isObject(in, aside, after, task.known.key())
              && (!isLast(task, before.get())
                  || (task.known.isUntouched(before.get())
                      && after.size() == before.get().size()
                      && after.mtime().equals(before.get().mtime())));
      if (isUntouched && task.isKept) {
        task.keptAt = site.displacer.keep(in, aside, task.parent.path().resolve(name)).orElse(null);
      } else if (isUntouched) {
        in.unlink(aside);
      } else {
        site.displacer.displace(in, aside, task.parent.path().resolve(name), CHANGED);
      }
      task.isDone = true;
    } catch (IOException e) {
      task.failure = e;
    }
  }

  /** Of the names that are known some may be gone: users took them away, and nobody looked yet. */
  private static boolean isLast(Task task, FileStat stat) {
    return task.isLast || stat.links() == 1;
  }

  private void end(Task task) throws IOException {
    if (task.isDone) {
      if (task.keptAt != null) {
        site.keeper.kept(task.node.id(), task.known.content(), task.keptAt);
      }
      gone(task);
      return;
    }
    if (task.isOnlyName) {
      truth.recheck(facts.base().require(task.node.id()));
      if (facts.places(facts.base().require(task.node.id())).size() > 1) {
        site.work.failed(task.link, Names.problem(site, facts.path(task.link), null));
      } else {
        facts.noticed(task.link); // held next, and named where it belongs
      }
      return;
    }
    if (task.isOther && truth.look(task.link)) {
      facts.touched(task.link.parent());
      return;
    }
    if (names.failed(task.link, task.failure)) {
      facts.noticed(task.link);
    }
  }

  private void gone(Task task) throws IOException {
    site.placed++;
    facts.placed(task.link, null);
    facts.touched(task.link.parent());
    Node node = facts.base().require(task.node.id());
    List<Link> places = facts.places(node);
    Local known = node.local();
    if (places.isEmpty()) {
      facts.local(node.id(), null);
      site.work.remove(node.id());
      return;
    }
    DirectoryRef parent = facts.directory(places.get(0).parent());
    FileStat before = task.before;
    if (parent == null || known == null || before == null || !known.isUntouched(before)) {
      return;
    }
    // The number of names is part of the stamp by the time of change.
    try (Directories.Lease lease = site.directories.lease(parent)) {
      Optional<FileStat> stat = lease.directory().find(places.get(0).name());
      if (stat.isPresent()) {
        facts.local(node.id(), Truth.seen(site, known, stat.get()));
      }
    } catch (ProviderException e) {
      if (!Names.isOther(e)) {
        throw e;
      } // users moved its directory: who looks at what they did sees the stamp too
    }
  }

  private void remove(Task task) throws IOException {
    try (Directories.Lease lease = site.directories.lease(task.parent)) {
      PosixDirectory in = lease.directory();
      PathBytes name = task.link.name();
      Optional<FileStat> stat = in.find(name);
      if (stat.isEmpty() || !site.isObject(in, name, stat.get(), task.known.key())) {
        truth.look(task.link);
        return;
      }
      if (!removeDirectory(
          task.node.id(), in, name, task.parent.path().resolve(name), isUsers(task.parent))) {
        site.work.failed(task.link, notEmpty(task.parent.path().resolve(name)));
        return;
      }
    } catch (ProviderException e) {
      if (names.failed(task.link, e)) {
        facts.noticed(task.link);
      }
      return;
    }
    goneDirectory(task.node.id());
    site.placed++;
    facts.placed(task.link, null);
    facts.touched(task.link.parent());
    facts.local(task.node.id(), null);
  }

  /** Whether somebody looks there for what users did. */
  private boolean isUsers(DirectoryRef directory) {
    return site.isShared() && !isHeld(directory);
  }

  /** Whether it is in what was moved to the hidden directory, where nobody looks. */
  private static boolean isHeld(DirectoryRef directory) {
    return directory.isAtOrBelow(FlowNames.HIDDEN);
  }

  private static Problem notEmpty(PathBytes path) {
    return new Problem(
        path,
        io.kmesh.spi.ErrorKind.PRECONDITION,
        "Cannot remove the directory "
            + path
            + ": entries of the flow are in it that go elsewhere later. It is tried again.");
  }

  private void goneDirectory(NodeId id) throws IOException {
    site.directories.forget(id);
    facts.moved();
    facts.touched.remove(id);
    site.work.directories.remove(id);
    facts.fresh.remove(id);
  }

  /** Removes a directory; what is in it and nobody knows is displaced. */
  private boolean removeDirectory(
      NodeId id, PosixDirectory in, PathBytes name, PathBytes path, boolean isUsers)
      throws IOException {
    if (TreeNames.removeIfEmpty(in, name)) {
      return true;
    }
    boolean isEmpty = true;
    try (PosixDirectory directory = in.openDirectory(name)) {
      for (DirectoryEntry entry : entries(directory)) {
        isEmpty &= clear(directory, new Link(id, entry.name()), path, isUsers);
      }
    }
    if (isEmpty) {
      in.removeDirectory(name);
    }
    return isEmpty;
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

  private boolean clear(PosixDirectory directory, Link link, PathBytes path, boolean isUsers)
      throws IOException {
    PathBytes name = link.name();
    Optional<FileStat> stat = directory.find(name);
    if (stat.isEmpty()) {
      return true;
    }
    if (site.names.isTemporary(name)) {
      return site.contents.cleared(directory, name, stat.get());
    }
    NodeId placed = facts.base().dirent(link).placed();
    Optional<Node> known = facts.nodeAt(site.keys.of(directory, name, stat.get()));
    if (known.isPresent() && known.get().id().equals(placed)) {
      return false;
    }
    if (isUsers && Mounts.isMounted(directory, stat.get())) {
      throw Mounts.failure(path.resolve(name));
    }
    if (isUsers) {
      site.doubts.add(path.resolve(name));
      return false;
    }
    site.displacer.displace(
        directory, name, path.resolve(name), "It was in a directory that was removed.");
    return true;
  }

  private void removeHeld(NodeId id) throws IOException {
    Node node = facts.base().node(id).orElse(null);
    Local known = node == null ? null : node.local();
    if (node == null || known == null) {
      displaceHeld(id);
      return;
    }
    if (!node.links().isEmpty()) {
      return;
    }
    PathBytes held = site.names.held(id);
    PathBytes path = facts.hidden().path().resolve(held);
    try (Directories.Lease lease = site.directories.lease(facts.hidden())) {
      PosixDirectory in = lease.directory();
      Optional<FileStat> stat = in.find(held);
      if (stat.isPresent()) {
        if (!site.isObject(in, held, stat.get(), known.key())) {
          site.displacer.displace(in, held, path, "Nobody of the flow put it there.");
        } else if (node.isDirectory()) {
          if (!removeDirectory(id, in, held, path, false)) {
            site.work.failed(id, notEmpty(path));
            return;
          }
          goneDirectory(id);
        } else if (facts.places(node).size() == 1 && site.keeper.isKept(id, known.content())) {
          PathBytes name = site.facts.base().path(id).orElse(path).name();
          Optional<PathBytes> where = site.displacer.keep(in, held, name);
          if (where.isPresent()) {
            site.keeper.kept(id, known.content(), where.get());
          }
        } else if ((facts.places(node).size() > 1 && stat.get().links() > 1)
            || known.isUntouched(stat.get())) {
          in.unlink(held);
        } else {
          site.displacer.displace(in, held, path, CHANGED);
        }
      }
    } catch (ProviderException e) {
      site.work.failed(id, Names.problem(path, e));
      return;
    }
    site.sync.changed(FlowNames.HIDDEN);
    facts.held.remove(id);
    if (facts.places(facts.base().require(id)).isEmpty()) {
      facts.local(id, null);
    }
  }

  /** Takes the name of what is held away when its object is another node by now, with names. */
  private boolean hasOtherNode(PosixDirectory in, PathBytes held) throws IOException {
    Optional<FileStat> stat = in.find(held);
    Optional<Node> now =
        stat.isEmpty() ? Optional.empty() : facts.nodeAt(site.keys.of(in, held, stat.get()));
    boolean isNamed =
        now.isPresent() && stat.get().links() > 1 && !facts.places(now.get()).isEmpty();
    if (isNamed) {
      in.unlink(held);
    }
    return isNamed;
  }

  /** What is held and nobody's any more, since users took away what it was by another name. */
  private void displaceHeld(NodeId id) throws IOException {
    PathBytes held = site.names.held(id);
    PathBytes path = facts.hidden().path().resolve(held);
    try (Directories.Lease lease = site.directories.lease(facts.hidden())) {
      if (!hasOtherNode(lease.directory(), held)) {
        site.displacer.displace(
            lease.directory(), held, path, "It had another name here, which somebody took away.");
      }
    } catch (ProviderException e) {
      site.work.failed(id, Names.problem(path, e));
      return;
    }
    site.sync.changed(FlowNames.HIDDEN);
    facts.held.remove(id);
  }
}
