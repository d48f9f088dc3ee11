// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives nodes that are here their new content, by replacing the file under all its names, and their
 * new attributes. Nodes don't depend on each other, so the crew does them. For the engine's thread.
 */
final class Updates {
  private static final String CHANGED = "It was changed here, and replaced by the flow's.";

  private final Site site;
  private final List<Task> tasks = new ArrayList<>();

  /**
   * A name of a node.
   *
   * @param path for reports
   */
  private record Spot(Link link, DirectoryRef parent, PathBytes path) {}

  /** A node. */
  private static final class Task {
    private final Node node;
    private final Local known;
    private final List<Spot> spots;
    private final @Nullable Staged staged;
    private final boolean isKept;
    private @Nullable PathBytes keptAt;
    private @Nullable Local local;
    private @Nullable IOException failure;

    Task(Node node, Local known, List<Spot> spots, @Nullable Staged staged, boolean isKept) {
      this.isKept = isKept;
      this.node = node;
      this.known = known;
      this.spots = spots;
      this.staged = staged;
    }
  }

  Updates(Site site) {
    this.site = site;
  }

  /** Notes what there is to do about a node that is here and no directory. */
  void add(NodeId id) throws IOException {
    Optional<Node> found = site.facts.base().node(id);
    site.work.nodes.remove(id);
    if (found.isEmpty() || found.get().local() == null || found.get().isPlaced()) {
      site.work.remove(id);
      return;
    }
    Node node = found.get();
    Local known = found.get().local();
    Staged staged = null;
    if (node.isRegular() && !known.content().equals(node.contentVersion().origin())) {
      staged = site.contents.of(node);
      if (staged == null && !node.links().isEmpty()) {
        site.contents.need(node, node.links().get(0));
      }
    }
    if (staged == null && !isOther(node)) {
      return;
    }
    List<Spot> spots = new ArrayList<>();
    for (Link link : site.facts.places(node)) {
      DirectoryRef parent = site.facts.directory(link.parent());
      if (parent != null) {
        spots.add(new Spot(link, parent, parent.path().resolve(link.name())));
      }
    }
    if (!spots.isEmpty()) {
      boolean isKept = staged != null && site.keeper.isKept(id, known.content());
      tasks.add(new Task(node, known, spots, staged, isKept));
    }
  }

  /** Whether something is to be changed of a node that is here, which does not need other bytes. */
  static boolean isOther(Node node) {
    Local known = node.local();
    return known != null
        && !node.isPlaced()
        && (!node.isRegular() || !known.attributes().equals(node.attributesVersion().origin()));
  }

  /** Does what was noted. */
  void run(Truth truth) throws IOException {
    site.crew.run(tasks.size(), i -> run(tasks.get(i)));
    for (Task task : tasks) {
      end(task, truth);
    }
    tasks.clear();
  }

  private void run(Task task) {
    try {
      task.local = task.staged != null ? replace(task, task.staged) : change(task);
    } catch (IOException e) {
      task.failure = e;
    }
  }

  private void end(Task task, Truth truth) throws IOException {
    Local local = task.local;
    PathBytes keptAt = task.keptAt;
    if (keptAt != null) {
      site.keeper.kept(task.node.id(), task.known.content(), keptAt);
    }
    if (local != null) {
      site.placed++;
      if (task.staged != null) {
        site.contents.used(task.staged);
        site.facts.touched(task.staged.directory().id());
        for (Spot spot : task.spots) {
          site.facts.touched(spot.link().parent());
        }
      }
      site.sync.changed();
      site.facts.local(task.node.id(), local);
      return;
    }
    IOException failure = task.failure;
    if (failure != null && Names.isOther(failure) && site.contents.forgetLost(task.node)) {
      site.facts.noticed(task.node.id());
      return;
    }
    Spot first = task.spots.get(0);
    boolean isOther = false;
    for (Spot spot : task.spots) {
      isOther |= truth.look(spot.link());
    }
    site.work.failed(task.node.id(), Names.problem(site, first.path(), task.failure));
    if (isOther) {
      site.work.retried(task.node.id());
      site.facts.noticed(task.node.id());
    }
  }

  /** Puts the new file under the first name, and the other names on it. */
  private Local replace(Task task, Staged staged) throws IOException {
    if (site.isShared()) {
      requireUntouched(task, staged);
    }
    Spot first = null;
    boolean isFirstOld = true;
    for (Spot spot : task.spots) {
      try (Directories.Lease lease = site.directories.lease(spot.parent())) {
        PosixDirectory in = lease.directory();
        PathBytes name = spot.link().name();
        Optional<FileStat> present = in.find(name);
        boolean isOld =
            present.isPresent() && site.isObject(in, name, present.get(), task.known.key());
        boolean isNew =
            !isOld && present.isPresent() && site.isObject(in, name, present.get(), staged.key());
        if (isNew) {
          // From an earlier try that failed at another name.
          first = first == null ? spot : first;
          continue;
        }
        if (present.isPresent() && !isOld) {
          site.displacer.displace(in, name, spot.path(), "Nobody of the flow put it there.");
        }
        PathBytes aside = site.names.aside(task.node.id());
        boolean isOurs = isOld && isAsPlaced(task.known, present.get(), isFirstOld);
        boolean isKept = task.isKept && isOurs && task.keptAt == null;
        if (isKept) {
          task.keptAt = site.displacer.keepSecond(in, name, spot.path()).orElse(null);
        } else if (isOld) {
          site.treeNames.setAside(in, name, in, aside);
        }
        if (first == null) {
          takeName(staged, in, name, spot.parent());
          first = spot;
        } else {
          takeSecond(first, staged.node(), in, name);
        }
        if (isOld && !isKept) {
          drop(in, aside, isOurs, present.get(), spot);
        }
        isFirstOld &= !isOld;
      }
    }
    if (first == null) {
      first = task.spots.get(0);
    }
    try (Directories.Lease lease = site.directories.lease(first.parent())) {
      return NewEntries.localOf(site, staged, lease.directory().stat(first.link().name()));
    }
  }

  /** What users changed is registered before anything takes its place. */
  private void requireUntouched(Task task, Staged staged) throws IOException {
    boolean isBegun = false;
    for (Spot spot : task.spots) {
      try (Directories.Lease lease = site.directories.lease(spot.parent())) {
        PosixDirectory in = lease.directory();
        PathBytes name = spot.link().name();
        Optional<FileStat> present = in.find(name);
        boolean isNew = present.isPresent() && site.isObject(in, name, present.get(), staged.key());
        isBegun |= isNew;
        if (!isNew
            && (present.isEmpty()
                || !site.isObject(in, name, present.get(), task.known.key())
                || !isAsPlaced(task.known, present.get(), !isBegun))) {
          throw new io.kmesh.spi.ProviderException(
              io.kmesh.spi.Errno.ESTALE,
              "Cannot replace " + spot.path() + " yet: somebody changed it. It is looked at.");
        }
      }
    }
  }

  private void takeName(Staged staged, PosixDirectory in, PathBytes name, DirectoryRef parent)
      throws IOException {
    PathBytes temporary = site.names.temporary(staged.node());
    if (staged.directory().id().equals(parent.id())) {
      in.rename(temporary, in, name, RenameMode.REPLACE);
    } else {
      try (Directories.Lease from = site.directories.lease(staged.directory())) {
        from.directory().rename(temporary, in, name, RenameMode.REPLACE);
      }
    }
  }

  private void takeSecond(Spot first, NodeId node, PosixDirectory in, PathBytes name)
      throws IOException {
    PathBytes second = site.names.second(node);
    TreeNames.unlinkIfThere(in, second);
    try (Directories.Lease from = site.directories.lease(first.parent())) {
      from.directory().link(first.link().name(), in, second);
    }
    in.rename(second, in, name, RenameMode.REPLACE);
  }

  /** Takes away what was replaced, unless somebody changed it: then it is kept. */
  private void drop(PosixDirectory in, PathBytes aside, boolean isOurs, FileStat before, Spot spot)
      throws IOException {
    FileStat after = in.stat(aside);
    if (isOurs && after.size() == before.size() && after.mtime().equals(before.mtime())) {
      in.unlink(aside);
    } else {
      site.displacer.displace(in, aside, spot.path(), CHANGED);
    }
  }

  /** The replacement of one name changes the others' time of change. */
  private static boolean isAsPlaced(Local known, FileStat stat, boolean isFirst) {
    return isFirst
        ? known.isUntouched(stat)
        : stat.size() == known.size() && stat.mtime().equals(known.mtime());
  }

  /** Sets attributes, and of what is no regular file the time. */
  private Local change(Task task) throws IOException {
    Spot spot = task.spots.get(0);
    Node node = task.node;
    try (Directories.Lease lease = site.directories.lease(spot.parent())) {
      PosixDirectory in = lease.directory();
      PathBytes name = spot.link().name();
      FileStat before = in.stat(name);
      if (!site.isObject(in, name, before, task.known.key())) {
        throw new io.kmesh.spi.ProviderException(
            io.kmesh.spi.Errno.ESTALE,
            "Cannot set the attributes of "
                + spot.path()
                + ": somebody put something else there. It is looked at again.");
      }
      boolean hasAttributes = task.known.attributes().equals(node.attributesVersion().origin());
      if (!hasAttributes) {
        site.attributes.write(in, name, before, node.attributes(), AttributeWriter.Others.REMOVED);
      }
      Dot content = task.known.content();
      boolean isTimed = !node.isRegular() && !content.equals(node.contentVersion().origin());
      if (isTimed) {
        site.attributes.times(in, name, node.content().mtime());
        content = node.contentVersion().origin();
      }
      if (site.sync.isEach() && before.isRegular()) {
        try (PosixFile file = in.openFile(name, Set.of(OpenFlag.READ))) {
          file.sync(SyncMode.ALL);
        }
      }
      FileStat after = in.stat(name);
      Local known = task.known;
      boolean isUntouched =
          known.isUntouched(before)
              && (isTimed || after.mtime().equals(before.mtime()))
              && (!after.isRegular() || after.size() == before.size());
      return isUntouched
          ? Local.of(known.key(), after, node.attributesVersion().origin(), content)
          : new Local(
              known.key(),
              known.size(),
              known.mtime(),
              known.ctime(),
              node.attributesVersion().origin(),
              content);
    }
  }
}
