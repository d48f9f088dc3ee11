// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gives what is new in the tree and no directory its first name: the whole files that came, links,
 * special files. These don't depend on each other, so the crew does them. For the engine's thread.
 */
final class NewEntries {
  private final Site site;
  private final Names names;
  private final Map<NodeId, Link> noted = new LinkedHashMap<>();

  /** One of them. */
  private static final class Task {
    private final Link link;
    private final Node node;
    private final @Nullable Staged staged;
    private final DirectoryRef parent;
    private @Nullable Local local;
    private @Nullable IOException failure;

    Task(Link link, Node node, @Nullable Staged staged, DirectoryRef parent) {
      this.link = link;
      this.node = node;
      this.staged = staged;
      this.parent = parent;
    }
  }

  NewEntries(Site site, Names names) {
    this.site = site;
    this.names = names;
  }

  /** Notes a name to give; one of a node's names is given at once, the others are links to it. */
  void add(Link link) throws IOException {
    noted.putIfAbsent(Objects.requireNonNull(site.facts.base().dirent(link).node()), link);
  }

  /**
   * Does what was noted, where the directories are by now.
   *
   * @return whether something came of it
   */
  boolean run() throws IOException {
    List<Task> tasks = new ArrayList<>();
    for (Map.Entry<NodeId, Link> one : noted.entrySet()) {
      Link link = one.getValue();
      DirectoryRef parent = site.facts.directory(link.parent());
      if (parent == null) {
        site.work.links.remove(link);
        site.work.awaited.add(link.parent());
      } else {
        Node node = site.facts.base().require(one.getKey());
        tasks.add(new Task(link, node, site.contents.of(node), parent));
      }
    }
    noted.clear();
    site.crew.run(tasks.size(), i -> run(tasks.get(i)));
    boolean isProgress = false;
    for (Task task : tasks) {
      isProgress |= end(task);
    }
    return isProgress;
  }

  private void run(Task task) {
    try (Directories.Lease lease = site.directories.lease(task.parent)) {
      task.local =
          task.staged != null
              ? name(task, task.staged, lease.directory())
              : make(task.node, lease, task.link.name());
    } catch (IOException e) {
      task.failure = e;
    }
  }

  private Local name(Task task, Staged staged, PosixDirectory to) throws IOException {
    PathBytes temporary = site.names.temporary(staged.node());
    PathBytes name = task.link.name();
    if (staged.directory().id().equals(task.parent.id())) {
      site.treeNames.move(to, temporary, to, name);
    } else {
      try (Directories.Lease from = site.directories.lease(staged.directory())) {
        site.treeNames.move(from.directory(), temporary, to, name);
      }
    }
    return localOf(site, staged, to.stat(name));
  }

  /** What a whole file is here once it has its name. */
  static Local localOf(Site site, Staged staged, FileStat stat) {
    return site.isAs(stat, staged.size(), staged.mtime())
        ? Local.of(staged.key(), stat, staged.attributes(), staged.content())
        // Somebody changed it already: nobody must take that for the flow's.
        : new Local(
            staged.key(),
            staged.size(),
            staged.mtime(),
            new FileTime(0, 0),
            staged.attributes(),
            staged.content());
  }

  private Local make(Node node, Directories.Lease lease, PathBytes name) throws IOException {
    return make(site, node, lease, name);
  }

  /** Makes a link or special file with its attributes. */
  static Local make(Site site, Node node, Directories.Lease lease, PathBytes name)
      throws IOException {
    PosixDirectory directory = lease.directory();
    if (node.type() == FileType.SYMLINK) {
      directory.makeSymlink(name, node.target());
    } else {
      directory.makeNode(name, node.type(), 0600, node.rdev());
    }
    site.attributes.write(
        directory,
        name,
        directory.stat(name),
        node.attributes(),
        lease.hasInheritance() && node.type() != FileType.SYMLINK
            ? AttributeWriter.Others.REMOVED
            : AttributeWriter.Others.NONE);
    if (!node.contentVersion().origin().equals(Dot.NONE)) {
      site.attributes.times(directory, name, node.content().mtime());
    }
    FileStat stat = directory.stat(name);
    return Local.of(
        site.keys.of(directory, name, stat),
        stat,
        node.attributesVersion().origin(),
        node.contentVersion().origin());
  }

  private boolean end(Task task) throws IOException {
    Local local = task.local;
    if (local == null) {
      return names.failed(task.link, task.failure);
    }
    if (task.staged != null) {
      site.contents.used(task.staged);
      site.facts.touched(task.staged.directory().id());
    }
    site.placed++;
    site.facts.local(task.node.id(), local);
    site.facts.placed(task.link, task.node.id());
    site.facts.touched(task.link.parent());
    return true;
  }
}
