// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gives directories their attributes and times at the end of a batch, when what came with it is in
 * them. They don't depend on each other, so the crew does them. For the engine's thread.
 */
final class DirectoryAttributes {
  private final Site site;
  private final Truth truth;

  /** One of them. */
  private static final class Task {
    private final Node node;
    private final DirectoryRef ref;
    private final Local known;
    private @Nullable Local local;
    private @Nullable IOException failure;

    Task(Node node, DirectoryRef ref, Local known) {
      this.node = node;
      this.ref = ref;
      this.known = known;
    }
  }

  DirectoryAttributes(Site site, Truth truth) {
    this.site = site;
    this.truth = truth;
  }

  /** Sets those of all directories that were changed or have new ones. */
  void run() throws IOException {
    List<Task> tasks = new ArrayList<>();
    List<NodeId> all = List.copyOf(site.work.directories);
    site.work.directories.clear();
    for (NodeId id : all) {
      Optional<Node> node = site.facts.base().node(id);
      if (node.isEmpty() || node.get().local() == null) {
        site.facts.noticed(id); // users removed it meanwhile
        continue;
      }
      DirectoryRef ref = site.facts.directory(id);
      if (ref != null) {
        tasks.add(new Task(node.get(), ref, node.get().local()));
      } else {
        site.work.directories.add(id); // until it has a name again
      }
    }
    site.crew.run(tasks.size(), i -> run(tasks.get(i)));
    for (Task task : tasks) {
      NodeId id = task.node.id();
      if (task.local != null) {
        site.sync.changed();
        site.facts.touched.remove(id);
        site.facts.local(id, task.local);
      } else if (site.facts.directory(id) != null) {
        site.work.add(id);
        Link at = site.facts.place(task.node);
        boolean isOther = at != null && truth.look(at);
        site.work.failed(id, Names.problem(site, task.ref.path(), task.failure));
        if (isOther) {
          site.work.retried(id);
          site.facts.noticed(id);
        }
      }
    }
  }

  private void run(Task task) {
    Node node = task.node;
    try (Directories.Lease lease = site.directories.lease(task.ref)) {
      PosixDirectory directory = lease.directory();
      FileStat before = directory.stat();
      boolean isOthers = false;
      if (!task.known.attributes().equals(node.attributesVersion().origin())) {
        site.attributes.write(directory, before, node.attributes(), AttributeWriter.Others.REMOVED);
      } else {
        isOthers =
            site.isShared() && !task.known.isUntouched(before) && !site.hasAttributes(before, node);
      }
      Dot content = node.contentVersion().origin();
      if (!content.equals(Dot.NONE)) {
        site.attributes.times(directory, node.content().mtime());
      }
      if (site.sync.isEach()) {
        directory.sync(SyncMode.ALL);
      }
      FileStat stat = directory.stat();
      Dot attributes = node.attributesVersion().origin();
      LocalKey key = task.known.key();
      if (isOthers) {
        // What users changed is still to be seen by the time of change.
        site.doubts.add(task.ref.path());
        task.local = new Local(key, 0, stat.mtime(), task.known.ctime(), attributes, content);
      } else {
        task.local = Local.of(key, stat, attributes, content);
      }
    } catch (IOException e) {
      task.failure = e;
    }
  }
}
