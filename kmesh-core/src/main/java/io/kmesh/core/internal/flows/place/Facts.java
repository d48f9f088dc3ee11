// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Registers;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is in the tree as far as the flow knows, in the base: which node has a name, which object is
 * a node, and where directories are. For the engine's thread.
 */
final class Facts {
  private static final int MOST_REFS = 16_384;
  private static final int MOST_DEPTH = 4096;

  private final FlowBase base;
  private final Work work;
  private final FlowNames names;
  private final TreeSync sync;
  private final DirectoryRef root;
  private final DirectoryRef hidden;
  private final Map<NodeId, DirectoryRef> refs = new LinkedHashMap<>(64, 0.75f, true);

  private boolean hasMoved;

  /** Directories whose entries changed since they got their times. */
  final Set<NodeId> touched = new LinkedHashSet<>();

  /** Nodes without a name, in the hidden directory. */
  final Set<NodeId> held = new HashSet<>();

  /** The last directories that were made here: nobody else put anything there. */
  final Set<NodeId> fresh =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<NodeId, Boolean> eldest) {
              return size() > MOST_REFS;
            }
          });

  Facts(
      FlowBase base,
      Work work,
      FlowNames names,
      TreeSync sync,
      DirectoryRef root,
      DirectoryRef hidden) {
    this.base = base;
    this.work = work;
    this.names = names;
    this.sync = sync;
    this.root = root;
    this.hidden = hidden;
  }

  FlowBase base() {
    return base;
  }

  DirectoryRef root() {
    return root;
  }

  DirectoryRef hidden() {
    return hidden;
  }

  /** Where a directory is; null when it is not here. */
  @Nullable DirectoryRef directory(NodeId id) throws IOException {
    return directory(id, 0);
  }

  private @Nullable DirectoryRef directory(NodeId id, int depth) throws IOException {
    if (id.isRoot()) {
      return root;
    }
    if (id.equals(FlowNames.HIDDEN)) {
      return hidden;
    }
    DirectoryRef known = refs.get(id);
    if (known != null) {
      return known;
    }
    Optional<Node> node = base.node(id);
    if (node.isEmpty() || node.get().local() == null || depth == MOST_DEPTH) {
      return null;
    }
    Link at = place(node.get());
    DirectoryRef parent = at == null ? null : directory(at.parent(), depth + 1);
    if (at == null || parent == null) {
      return null;
    }
    DirectoryRef ref = new DirectoryRef(id, node.get().local().key(), parent, at.name());
    if (refs.size() >= MOST_REFS) {
      refs.remove(refs.keySet().iterator().next());
    }
    refs.put(id, ref);
    return ref;
  }

  /** Says that a directory is elsewhere now, and all below it. */
  void moved() {
    refs.clear();
    hasMoved = true;
  }

  /** Where a node is in the tree; null when it has no name there. */
  @Nullable Link place(Node node) throws IOException {
    if (held.contains(node.id())) {
      return new Link(FlowNames.HIDDEN, names.held(node.id()));
    }
    for (Link link : node.links()) {
      if (node.id().equals(base.dirent(link).placed())) {
        return link;
      }
    }
    List<Link> leaving = leaving(node);
    return leaving.isEmpty() ? null : leaving.get(0);
  }

  /** Names that a node still has and that lead elsewhere; users may have taken some away. */
  private List<Link> leaving(Node node) throws IOException {
    List<Link> leaving = new ArrayList<>();
    for (Link link : work.leaving(node.id())) {
      if (node.id().equals(base.dirent(link).placed())) {
        leaving.add(link);
      } else {
        work.left(node.id(), link);
      }
    }
    return leaving;
  }

  /** All names that a node has in the tree; that in the hidden directory is last. */
  List<Link> places(Node node) throws IOException {
    List<Link> places = new ArrayList<>();
    for (Link link : node.links()) {
      if (node.id().equals(base.dirent(link).placed())) {
        places.add(link);
      }
    }
    places.addAll(leaving(node));
    if (held.contains(node.id())) {
      places.add(new Link(FlowNames.HIDDEN, names.held(node.id())));
    }
    return places;
  }

  /** Says what has a name in the tree. */
  void placed(Link link, @Nullable NodeId node) throws IOException {
    Dirent before = base.dirent(link);
    Dirent now = before.withPlaced(node);
    if (!Objects.equals(before.placed(), node)) {
      if (before.placed() != null) {
        work.left(before.placed(), link);
      }
      if (now.node() == null && node == null && now.version().equals(Version.NONE)) {
        base.forget(now);
      } else {
        base.keep(now);
      }
    }
    noticed(now);
  }

  /** Looks at a name's register again; true when it is as the tree has it. */
  boolean noticed(Link link) throws IOException {
    return noticed(base.dirent(link));
  }

  /** As above, of a register that was just read. */
  boolean noticed(Dirent dirent) throws IOException {
    Link link = dirent.link();
    if (dirent.isPlaced()) {
      if (dirent.placed() != null) {
        work.left(dirent.placed(), link);
      }
      work.remove(link);
      return true;
    }
    work.add(link);
    if (dirent.placed() != null) {
      work.leaves(dirent.placed(), link);
    }
    work.links.add(link);
    return false;
  }

  /** Says which object a node is; null when it is not here. */
  void local(NodeId id, @Nullable Local local) throws IOException {
    Optional<Node> node = base.node(id);
    if (node.isPresent() && !Objects.equals(node.get().local(), local)) {
      base.keep(node.get().withLocal(local));
    }
    noticed(id);
  }

  /** Looks at a node again. */
  void noticed(NodeId id) throws IOException {
    Optional<Node> node = base.node(id);
    if (node.isEmpty() || node.get().local() == null || isPlaced(node.get())) {
      work.remove(id);
      return;
    }
    work.add(id);
    if (node.get().isDirectory()) {
      work.directories.add(id);
    } else {
      work.nodes.add(id);
    }
  }

  /** The entries of a directory were changed, and its times with them. */
  void touched(NodeId directory) throws IOException {
    sync.changed(directory);
    if (directory.equals(FlowNames.HIDDEN) || !touched.add(directory)) {
      return;
    }
    work.directories.add(directory);
    Optional<Node> node = base.node(directory);
    if (node.isPresent()) {
      Local local = node.get().local();
      if (local != null && !local.content().equals(Dot.NONE)) {
        local(
            directory,
            new Local(
                local.key(),
                local.size(),
                local.mtime(),
                local.ctime(),
                local.attributes(),
                Dot.NONE));
      }
    }
  }

  /** A directory is here now: the names that waited for it can be given. */
  void here(NodeId directory) throws IOException {
    if (work.awaited.remove(directory)) {
      List<Dirent> all;
      try (Registers<Dirent> in = base.names(directory)) {
        all = in.toList();
      }
      for (Dirent dirent : all) {
        if (!dirent.isPlaced() && !work.hasFailed(dirent.link())) {
          work.links.add(dirent.link());
        }
      }
    }
  }

  /** Whether a node that is here has its attributes and content. */
  static boolean isPlaced(Node node) {
    return node.isPlaced();
  }

  /** As above, of all that were waited for and came by a move of their own or of one above. */
  void hereByMoves() throws IOException {
    if (hasMoved) {
      hasMoved = false;
      for (NodeId directory : List.copyOf(work.awaited)) {
        if (directory(directory) != null) {
          here(directory);
        }
      }
    }
  }

  /** The node that an object is. */
  Optional<Node> nodeAt(LocalKey key) throws IOException {
    return base.nodeAt(key);
  }

  /** The path of a name, as far as it is known. */
  PathBytes path(Link link) throws IOException {
    DirectoryRef parent = directory(link.parent());
    if (parent != null) {
      return parent.path().resolve(link.name());
    }
    Optional<PathBytes> above = base.path(link.parent());
    return above.isEmpty() ? link.name() : above.get().resolve(link.name());
  }

  /** The path of a node, as far as it is known. */
  PathBytes path(Node node) throws IOException {
    Link at = place(node);
    if (at != null) {
      return path(at);
    }
    return node.links().isEmpty() ? PathBytes.of(node.id().toString()) : path(node.links().get(0));
  }
}
