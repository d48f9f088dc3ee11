// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.HiddenNames;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a base says that a tree is, and what a tree is, in the same words. */
final class BaseView {
  private BaseView() {}

  /** Path to facts, by the registers; which names are of one object is in the facts. */
  static Map<PathBytes, String> of(FlowBase base) throws IOException {
    Map<PathBytes, String> facts = new TreeMap<>();
    Map<NodeId, PathBytes> first = new HashMap<>();
    Node top = base.require(NodeId.ROOT);
    facts.put(PathBytes.EMPTY, facts(top, PathBytes.EMPTY));
    walk(base, NodeId.ROOT, PathBytes.EMPTY, facts, first);
    return facts;
  }

  private static void walk(
      FlowBase base,
      NodeId directory,
      PathBytes path,
      Map<PathBytes, String> facts,
      Map<NodeId, PathBytes> first)
      throws IOException {
    for (Dirent name : base.names(directory).toList()) {
      if (name.node() == null) {
        if (name.placed() != null) {
          throw new AssertionError("placed and removed: " + name);
        }
        continue;
      }
      if (!name.node().equals(name.placed())) {
        throw new AssertionError("not placed: " + name);
      }
      Node node = base.require(name.node());
      if (!node.isPlaced() || !node.links().contains(name.link())) {
        throw new AssertionError("not here: " + node);
      }
      PathBytes at = path.resolve(name.link().name());
      first.putIfAbsent(node.id(), at);
      facts.put(at, facts(node, first.get(node.id())));
      if (node.isDirectory()) {
        walk(base, node.id(), at, facts, first);
      }
    }
  }

  private static String facts(Node node, PathBytes first) {
    return facts(node.type(), node.rdev(), node.target(), node.attributes(), node.content(), first);
  }

  /** Path to facts, by the tree. */
  static Map<PathBytes, String> of(LiveTree live) throws IOException {
    Map<PathBytes, String> facts = new TreeMap<>();
    Map<Long, PathBytes> first = new HashMap<>();
    try (PosixDirectory top = live.openTop()) {
      FileStat stat = top.stat();
      facts.put(
          PathBytes.EMPTY, facts(stat, PathBytes.EMPTY, new Source(top, null), PathBytes.EMPTY));
      walk(top, PathBytes.EMPTY, facts, first);
    }
    return facts;
  }

  private static void walk(
      PosixDirectory directory,
      PathBytes path,
      Map<PathBytes, String> facts,
      Map<Long, PathBytes> first)
      throws IOException {
    for (PathBytes name : names(directory)) {
      if (HiddenNames.isHidden(name)) {
        continue;
      }
      FileStat stat = directory.stat(name);
      PathBytes at = path.resolve(name);
      first.putIfAbsent(stat.inode(), at);
      PathBytes target =
          stat.type() == FileType.SYMLINK ? directory.readSymlink(name) : PathBytes.EMPTY;
      facts.put(at, facts(stat, first.get(stat.inode()), new Source(directory, name), target));
      if (stat.isDirectory()) {
        try (PosixDirectory below = directory.openDirectory(name)) {
          walk(below, at, facts, first);
        }
      }
    }
  }

  static List<PathBytes> names(PosixDirectory directory) throws IOException {
    List<PathBytes> names = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        some.forEach(entry -> names.add(entry.name()));
      }
    }
    names.sort(null);
    return names;
  }

  private static String facts(FileStat stat, PathBytes first, Source source, PathBytes target)
      throws IOException {
    return facts(
        stat.type(),
        stat.rdev(),
        target,
        Attributes.of(stat, source.xattrs()),
        new Content(stat.isRegular() ? stat.size() : 0, stat.mtime()),
        first);
  }

  private static String facts(
      FileType type,
      long rdev,
      PathBytes target,
      Attributes attributes,
      Content content,
      PathBytes first) {
    StringBuilder xattrs = new StringBuilder();
    attributes
        .xattrs()
        .forEach(
            (name, value) ->
                xattrs.append(name).append('=').append(new String(value, StandardCharsets.UTF_8)));
    return type
        + " "
        + rdev
        + " "
        + target
        + " "
        + attributes
        + xattrs
        + " "
        + content
        + " as "
        + first;
  }

  /** The base's tree is the tree: what differs is told, at most a little. */
  static void requireEqual(FlowBase base, LiveTree live) throws IOException {
    Map<PathBytes, String> known = of(base);
    Map<PathBytes, String> there = of(live);
    Map<PathBytes, String> differs = new TreeMap<>();
    known.forEach((path, facts) -> differs.put(path, "base " + facts));
    there.forEach(
        (path, facts) -> {
          if (facts.equals(known.get(path))) {
            differs.remove(path);
          } else {
            differs.merge(path, " tree " + facts, String::concat);
          }
        });
    if (!differs.isEmpty()) {
      List<String> some = new ArrayList<>();
      differs.forEach((path, facts) -> some.add(path + ": " + facts));
      throw new AssertionError(
          differs.size() + " differ: " + some.subList(0, Math.min(5, some.size())));
    }
  }
}
