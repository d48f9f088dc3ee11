// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The source of a flow, in memory: a tree as registers, which random operations change. */
final class SourceModel {
  static final long REPLICA = 77;

  final Map<NodeId, Node> nodes = new TreeMap<>();
  final Map<Link, NodeId> names = new HashMap<>();
  final Map<Link, Dirent> dirents = new HashMap<>();
  final Map<Dot, byte[]> contents = new HashMap<>();
  final Set<Link> changedNames = new LinkedHashSet<>();
  final Set<NodeId> changedNodes = new LinkedHashSet<>();

  private final Random random;
  private final long uid;
  private long counter;
  private long time = 1_500_000_000;

  SourceModel(long seed, long uid) {
    this.random = new Random(seed);
    this.uid = uid;
    Attributes attributes = new Attributes(0755, uid, uid);
    Node root =
        new Node(
            NodeId.ROOT,
            FileType.DIRECTORY,
            0,
            PathBytes.EMPTY,
            attributes,
            version(Version.NONE),
            new Content(0, now()),
            version(Version.NONE),
            null,
            List.of(),
            0);
    put(root);
  }

  private Version version(Version before) {
    return before.next(new Dot(REPLICA, ++counter));
  }

  private FileTime now() {
    return new FileTime(++time, random.nextInt(1_000_000_000));
  }

  private void put(Node node) {
    nodes.put(node.id(), node);
    changedNodes.add(node.id());
  }

  private void name(NodeId directory, PathBytes name, NodeId node) {
    Link link = new Link(directory, name);
    Dirent before = dirents.getOrDefault(link, Dirent.none(link));
    Version next = version(before.version());
    dirents.put(
        link, node == null ? before.gone(next, VersionVector.EMPTY) : before.to(node, next));
    if (node == null) {
      names.remove(link);
    } else {
      names.put(link, node);
    }
    changedNames.add(link);
    Node above = nodes.get(directory);
    put(above.withContent(new Content(0, now()), version(above.contentVersion())));
  }

  /** Makes something new. */
  NodeId make(NodeId directory, PathBytes name, FileType type, byte[] bytes) {
    remove(directory, name);
    NodeId id = new NodeId(REPLICA, ++counter);
    PathBytes target =
        type == FileType.SYMLINK ? PathBytes.of("to/" + random.nextInt(100)) : PathBytes.EMPTY;
    Version content = version(Version.NONE);
    contents.put(content.origin(), bytes);
    put(
        new Node(
            id,
            type,
            0,
            target,
            attributes(type),
            version(Version.NONE),
            new Content(type == FileType.REGULAR ? bytes.length : 0, now()),
            content,
            null,
            List.of(),
            0));
    name(directory, name, id);
    return id;
  }

  private Attributes attributes(FileType type) {
    int mode = type == FileType.SYMLINK ? 0777 : 0700 | random.nextInt(0100);
    if ((type != FileType.REGULAR && type != FileType.DIRECTORY) || random.nextInt(4) > 0) {
      return new Attributes(mode, uid, uid);
    }
    SortedMap<PathBytes, byte[]> xattrs = new TreeMap<>();
    for (int i = 0; i <= random.nextInt(2); i++) {
      xattrs.put(PathBytes.of("user.x" + i), new byte[] {(byte) random.nextInt()});
    }
    return new Attributes(mode, uid, uid, Collections.unmodifiableSortedMap(xattrs));
  }

  /** Gives another name. */
  void link(NodeId id, NodeId directory, PathBytes name) {
    remove(directory, name);
    name(directory, name, id);
  }

  void write(NodeId id, byte[] bytes) {
    Node node = nodes.get(id);
    Version next = version(node.contentVersion());
    contents.put(next.origin(), bytes);
    put(node.withContent(new Content(bytes.length, now()), next));
  }

  void chmod(NodeId id) {
    Node node = nodes.get(id);
    put(node.withAttributes(attributes(node.type()), version(node.attributesVersion())));
  }

  /** Removes a name and all below. */
  void remove(NodeId directory, PathBytes name) {
    NodeId id = names.get(new Link(directory, name));
    if (id == null) {
      return;
    }
    for (Link link : List.copyOf(names.keySet())) {
      if (link.parent().equals(id)) {
        remove(id, link.name());
      }
    }
    name(directory, name, null);
  }

  void rename(Link from, NodeId directory, PathBytes name) {
    NodeId id = names.get(from);
    Link to = new Link(directory, name);
    if (id == null || isAtOrBelow(directory, id) || from.equals(to) || id.equals(names.get(to))) {
      return;
    }
    remove(directory, name);
    name(from.parent(), from.name(), null);
    name(directory, name, id);
  }

  void exchange(Link a, Link b) {
    NodeId one = names.get(a);
    NodeId two = names.get(b);
    if (one == null
        || two == null
        || one.equals(two)
        || isAtOrBelow(b.parent(), one)
        || isAtOrBelow(a.parent(), two)) {
      return;
    }
    name(a.parent(), a.name(), two);
    name(b.parent(), b.name(), one);
  }

  boolean isAtOrBelow(NodeId directory, NodeId above) {
    NodeId at = directory;
    while (!at.isRoot()) {
      if (at.equals(above)) {
        return true;
      }
      NodeId child = at;
      NodeId parent = null;
      for (Map.Entry<Link, NodeId> e : names.entrySet()) {
        if (e.getValue().equals(child)) {
          parent = e.getKey().parent();
        }
      }
      if (parent == null) {
        return false;
      }
      at = parent;
    }
    return above.isRoot();
  }

  List<Link> links() {
    List<Link> links = new ArrayList<>(names.keySet());
    links.sort((x, y) -> x.toString().compareTo(y.toString()));
    return links;
  }

  private NodeId anyDirectory() {
    List<NodeId> all = new ArrayList<>(List.of(NodeId.ROOT));
    for (Link link : links()) {
      if (nodes.get(names.get(link)).isDirectory()) {
        all.add(names.get(link));
      }
    }
    return all.get(random.nextInt(all.size()));
  }

  private PathBytes anyName() {
    return PathBytes.of("n" + random.nextInt(7));
  }

  byte[] bytes() {
    byte[] bytes = new byte[random.nextInt(60)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** One random operation. */
  void step() {
    List<Link> links = links();
    Link any = links.isEmpty() ? null : links.get(random.nextInt(links.size()));
    NodeId node = any == null ? null : names.get(any);
    int kind = any == null ? 0 : random.nextInt(14);
    switch (kind) {
      case 0, 1 -> make(anyDirectory(), anyName(), FileType.DIRECTORY, new byte[0]);
      case 2, 3 -> make(anyDirectory(), anyName(), FileType.REGULAR, bytes());
      case 4 -> make(anyDirectory(), anyName(), FileType.SYMLINK, new byte[0]);
      case 5 -> make(anyDirectory(), anyName(), FileType.FIFO, new byte[0]);
      case 6, 7 -> {
        if (nodes.get(node).isRegular()) {
          write(node, bytes());
        }
      }
      case 8 -> chmod(node);
      case 9, 10 -> rename(any, anyDirectory(), anyName());
      case 11 -> exchange(any, links.get(random.nextInt(links.size())));
      case 12 -> {
        NodeId directory = anyDirectory();
        PathBytes name = anyName();
        NodeId there = names.get(new Link(directory, name));
        if (!nodes.get(node).isDirectory()
            && (there == null || (!there.equals(node) && !nodes.get(there).isDirectory()))) {
          remove(directory, name);
          name(directory, name, node);
        }
      }
      default -> remove(any.parent(), any.name());
    }
  }
}
