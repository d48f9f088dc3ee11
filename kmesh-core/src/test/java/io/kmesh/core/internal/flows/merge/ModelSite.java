// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Registers;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One site of a model: a base in memory, a user, a clock, and what it has of the others' logs. */
final class ModelSite {
  final long replica;
  private final MergePolicy policy;
  private final MemoryOrdered store = new MemoryOrdered();
  private final Bytes bytes;
  private FlowBase base;
  private Merger merger;
  long clock;

  /** The place in each other site's log up to which this one has all; as of the last commit too. */
  private Map<Long, Long> stored = new HashMap<>();

  private Map<Long, Long> committed = new HashMap<>();
  final List<Conflict> conflicts = new ArrayList<>();
  long looks;

  ModelSite(long replica, MergePolicy policy, Bytes bytes) throws IOException {
    this.replica = replica;
    this.policy = policy;
    this.bytes = bytes;
    open();
  }

  private void open() throws IOException {
    base = FlowBase.open(store, replica);
    merger = new Merger(base, policy, new ConflictNames(r -> "s" + r), conflicts::add, Places.NONE);
  }

  /** What users wrote, and what they wrote over or removed knowingly: by the size of the file. */
  static final class Bytes {
    final Set<Long> written = new HashSet<>();
    final Set<Long> given = new HashSet<>();
    private final List<Runnable> pending = new ArrayList<>();

    void committed() {
      pending.forEach(Runnable::run);
      pending.clear();
    }

    void write(long size) {
      pending.add(() -> written.add(size));
    }

    void giveUp(long size) {
      pending.add(() -> given.add(size));
    }

    void forget() {
      pending.clear();
    }
  }

  /** Settles and commits. */
  void commit() throws IOException {
    looks += merger.settle();
    base.commit();
    bytes.committed();
    committed = new HashMap<>(stored);
  }

  /** The process dies and begins again. */
  void crash() throws IOException {
    bytes.forget();
    store.close();
    store.reopen();
    open();
    stored = new HashMap<>(committed);
  }

  long lastSeq() {
    return base.lastSeq();
  }

  /** What one site tells another. */
  record Batch(long from, long to, boolean isLast, List<Object> registers) {}

  /** What stands behind a place in this site's log, at most so many. */
  Batch batch(long after, int most) throws IOException {
    List<Object> registers = new ArrayList<>();
    long to = after;
    boolean isLast = true;
    try (Registers<FlowBase.Logged> log = base.changesSince(after)) {
      int count = 0;
      while (log.next()) {
        if (count++ == most) {
          isLast = false;
          break;
        }
        FlowBase.Logged one = log.get();
        to = one.seq();
        Dirent dirent = one.dirent();
        if (one.node() != null) {
          registers.add(one.node());
        } else if (dirent != null) {
          for (NodeId id : new @Nullable NodeId[] {dirent.node(), dirent.removed()}) {
            if (id != null) {
              base.node(id).ifPresent(registers::add);
            }
          }
          base.node(dirent.link().parent()).ifPresent(registers::add);
          registers.add(dirent);
        }
      }
    }
    return new Batch(replica, isLast ? base.lastSeq() : to, isLast, registers);
  }

  long storedOf(ModelSite other) {
    return stored.getOrDefault(other.replica, 0L);
  }

  /** Takes what another site told, maybe not for the first time. */
  void take(Batch batch) throws IOException {
    for (Object register : batch.registers()) {
      if (register instanceof Node node) {
        merger.take(node);
      } else {
        merger.take((Dirent) register);
      }
    }
    stored.merge(batch.from(), batch.to(), Math::max);
  }

  /** Commits what was taken so far without settling: more of the same look is to come. */
  void commitPart() throws IOException {
    base.commit();
    committed = new HashMap<>(stored);
  }

  // The user of the site.

  List<Link> links() throws IOException {
    List<Link> links = new ArrayList<>();
    walk(NodeId.ROOT, links);
    return links;
  }

  private void walk(NodeId directory, List<Link> links) throws IOException {
    try (Registers<Dirent> names = base.names(directory)) {
      while (names.next()) {
        Dirent name = names.get();
        NodeId node = name.node();
        if (node != null) {
          links.add(name.link());
          if (base.require(node).isDirectory()) {
            walk(node, links);
          }
        }
      }
    }
  }

  Node at(Link link) throws IOException {
    NodeId node = base.dirent(link).node();
    return base.require(node == null ? NodeId.ROOT : node);
  }

  boolean exists(Link link) throws IOException {
    return base.dirent(link).node() != null;
  }

  boolean isBelow(NodeId node, NodeId above) throws IOException {
    NodeId at = node;
    while (!at.isRoot()) {
      if (at.equals(above)) {
        return true;
      }
      at = base.require(at).links().get(0).parent();
    }
    return above.isRoot();
  }

  List<Link> children(NodeId directory) throws IOException {
    List<Link> children = new ArrayList<>();
    try (Registers<Dirent> names = base.names(directory)) {
      while (names.next()) {
        if (names.get().node() != null) {
          children.add(names.get().link());
        }
      }
    }
    return children;
  }

  void create(Link link, FileType type, long size, long mtime) throws IOException {
    if (type == FileType.REGULAR) {
      bytes.write(size);
    }
    Node made =
        merger.create(
            new Node(
                base.newNodeId(),
                type,
                0,
                type == FileType.SYMLINK ? PathBytes.of("to" + size) : PathBytes.EMPTY,
                new Attributes(0644, 1, 1),
                Version.NONE,
                new Content(type == FileType.REGULAR ? size : 0, new FileTime(mtime, 0)),
                Version.NONE,
                null,
                List.of(),
                0));
    name(link, made.id());
  }

  void write(Link link, long size) throws IOException {
    Node node = at(link);
    bytes.giveUp(node.content().size());
    bytes.write(size);
    merger.change(node.id(), new Content(size, new FileTime(clock, 0)));
  }

  void chmod(Link link, int mode) throws IOException {
    merger.change(at(link).id(), new Attributes(mode, 1, 1));
  }

  /** Gives a name to a node, or removes it; what loses its last name by that is given up. */
  void name(Link link, @Nullable NodeId node) throws IOException {
    NodeId before = base.dirent(link).node();
    merger.change(link, node);
    if (before != null && !before.equals(node)) {
      Node old = base.require(before);
      if (old.links().isEmpty() && old.isRegular()) {
        bytes.giveUp(old.content().size());
      }
    }
  }

  void removeAll(Link link) throws IOException {
    Node node = at(link);
    if (node.isDirectory()) {
      for (Link child : children(node.id())) {
        removeAll(child);
      }
    }
    name(link, null);
  }

  /** Drops what stands for removed things, when all have heard of all. */
  void collect() throws IOException {
    TombstoneCollector collector = new TombstoneCollector(base);
    for (int pass = 0; pass < 20; pass++) { // one for each level of what was removed
      long at = 0;
      while (at < base.lastSeq()) {
        at = collector.collect(at, base.lastSeq(), 7);
      }
    }
    base.commit();
  }

  // What is compared.

  /** All registers. */
  Map<String, String> registers() throws IOException {
    Map<String, String> all = new LinkedHashMap<>();
    List<NodeId> directories = new ArrayList<>();
    try (Registers<Node> nodes = base.nodes()) {
      while (nodes.next()) {
        Node n = nodes.get();
        directories.add(n.id());
        all.put(
            n.id().toString(),
            n.type()
                + " "
                + n.attributes()
                + n.attributesVersion()
                + n.content()
                + n.contentVersion());
      }
    }
    for (NodeId id : directories) {
      try (Registers<Dirent> names = base.names(id)) {
        while (names.next()) {
          Dirent d = names.get();
          all.put(
              d.link().toString(),
              d.node() + " " + d.removed() + " " + d.removedSeen() + " " + d.version());
        }
      }
    }
    return all;
  }

  /** The registers of removed names. */
  long tombstones() throws IOException {
    return registers().entrySet().stream()
        .filter(e -> e.getValue().startsWith("null") && !e.getKey().contains(".kmesh~"))
        .count();
  }

  /** The tree by paths; fails when it is none. */
  Map<String, String> tree() throws IOException {
    Map<String, String> tree = new LinkedHashMap<>();
    Set<NodeId> directories = new HashSet<>();
    Set<NodeId> reached = new HashSet<>();
    add(NodeId.ROOT, "", tree, directories, reached);
    try (Registers<Node> nodes = base.nodes()) {
      while (nodes.next()) {
        Node node = nodes.get();
        if (!node.links().isEmpty() && !reached.contains(node.id())) {
          throw new AssertionError("not reached: " + node.id() + " " + node.links());
        }
      }
    }
    return tree;
  }

  private void add(
      NodeId directory,
      String path,
      Map<String, String> tree,
      Set<NodeId> directories,
      Set<NodeId> reached)
      throws IOException {
    if (!directories.add(directory)) {
      throw new AssertionError("a second name of a directory: " + path);
    }
    try (Registers<Dirent> names = base.names(directory)) {
      while (names.next()) {
        NodeId id = names.get().node();
        if (id != null) {
          Node node = base.require(id);
          String at = path + "/" + names.get().link().name();
          reached.add(id);
          if (!node.links().contains(names.get().link())) {
            throw new AssertionError("links of " + id + " lack " + at);
          }
          tree.put(at, id + " " + node.type() + " " + node.content() + " " + node.attributes());
          if (node.isDirectory()) {
            add(id, at, tree, directories, reached);
          }
        }
      }
    }
  }

  /** The sizes of all files that have a name. */
  Set<Long> sizes() throws IOException {
    Set<Long> sizes = new HashSet<>();
    for (Link link : links()) {
      Node node = at(link);
      if (node.isRegular()) {
        sizes.add(node.content().size());
      }
    }
    return sizes;
  }
}
