// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A target: a base and a tree, that is told of a model's changes as an engine would. */
final class PlaceWorld implements AutoCloseable {
  private static final String HIDDEN = ".kmesh-flow-f";

  /** Of a crashable tree. */
  private static final String STASH = ".kmesh-crashable";

  final PosixTree tree;
  final FlowBase base;
  final List<Drift> drifts = new ArrayList<>();
  Placer placer;

  PlaceWorld(PosixTree tree, FlowBase base, PlaceSettings settings) throws IOException {
    this.tree = tree;
    this.base = base;
    this.placer = Placer.begin(tree, base, settings);
  }

  /** What happens while the tree is synced beside the engine; null when the engine waits for it. */
  @Nullable Meanwhile meanwhile;

  /** What the engine does while it does not wait. */
  interface Meanwhile {
    void run() throws IOException;
  }

  /** Stores registers that the model changed, in a random order, and says so. */
  void deliver(SourceModel model, List<Link> links, List<NodeId> nodes, Random random)
      throws IOException {
    List<Object> all = new ArrayList<>(links);
    all.addAll(nodes);
    Collections.shuffle(all, random);
    for (Object one : all) {
      if (one instanceof Link link) {
        Dirent before = base.dirent(link);
        Dirent given = model.dirents.get(link);
        Dirent after =
            given.node() != null
                ? before.to(given.node(), given.version())
                : before.gone(given.version(), given.removedSeen());
        base.change(before, after);
        placer.changed(link);
      } else if (one instanceof NodeId id) {
        Node given = model.nodes.get(id);
        Optional<Node> before = base.node(id);
        base.change(
            before.isEmpty()
                ? given
                : before
                    .get()
                    .withAttributes(given.attributes(), given.attributesVersion())
                    .withContent(given.content(), given.contentVersion()));
        placer.changed(id);
      }
    }
  }

  /** Delivers all that changed, closed batches or not, with steps and contents between. */
  void deliverAll(SourceModel model, Random random) throws IOException {
    List<Object> all = new ArrayList<>(model.changedNames);
    all.addAll(model.changedNodes);
    Collections.shuffle(all, random);
    model.changedNames.clear();
    model.changedNodes.clear();
    int at = 0;
    while (at < all.size()) {
      int to = Math.min(all.size(), at + 1 + random.nextInt(Math.max(1, all.size())));
      List<Link> links = new ArrayList<>();
      List<NodeId> nodes = new ArrayList<>();
      for (Object one : all.subList(at, to)) {
        if (one instanceof Link link) {
          links.add(link);
        } else {
          nodes.add((NodeId) one);
        }
      }
      deliver(model, links, nodes, random);
      at = to;
      if (random.nextBoolean()) {
        step(false);
        contents(model, random, 2);
      }
    }
  }

  void step(boolean isEnd) throws IOException {
    if (meanwhile != null) {
      stepBeside();
    }
    Placer.Step step = isEnd ? placer.finish() : placer.step();
    drifts.addAll(step.drifts());
  }

  /** What comes after the sync began is not in it. */
  private void stepBeside() throws IOException {
    List<Runnable> ends = new ArrayList<>();
    placer.syncBy(
        (sync, ended) -> {
          Optional<Throwable> failure = Optional.empty();
          try {
            sync.run();
          } catch (IOException | RuntimeException | Error e) {
            failure = Optional.of(e);
          }
          Optional<Throwable> outcome = failure;
          ends.add(() -> ended.accept(outcome));
        });
    boolean isReady = placer.isReady();
    assertThat(isReady).isEqualTo(ends.isEmpty());
    if (!isReady) {
      Objects.requireNonNull(meanwhile).run();
    }
    ends.forEach(Runnable::run);
    assertThat(placer.isReady()).isTrue();
  }

  /** Hands over contents that are wanted; in a while all. */
  void contents(SourceModel model, Random random, int oneOf) throws IOException {
    placer.askAgain();
    List<Want> wants = new ArrayList<>(placer.wants(1000));
    Collections.shuffle(wants, random);
    for (Want want : wants) {
      byte[] bytes = model.contents.get(want.content());
      assertThat((long) bytes.length).isEqualTo(want.size());
      if (random.nextInt(oneOf) == 0) {
        give(want.node(), want.content(), bytes, random);
      }
    }
  }

  private void give(NodeId node, Dot content, byte[] bytes, Random random) throws IOException {
    if (random.nextBoolean()) {
      assertThat(placer.put(node, content, ByteBuffer.wrap(bytes))).isTrue();
      return;
    }
    try (ContentSink sink = placer.open(node, content, bytes.length).orElseThrow()) {
      int half = bytes.length / 2;
      sink.write(half, ByteBuffer.wrap(bytes, half, bytes.length - half));
      sink.write(0, ByteBuffer.wrap(bytes, 0, half));
      if (random.nextInt(8) > 0) {
        sink.done();
      }
    }
  }

  /** Steps and contents until all is placed. */
  void settle(SourceModel model, Random random) throws IOException {
    for (int i = 0; i < 60; i++) {
      step(true);
      contents(model, random, meanwhile == null ? 1 : 3); // the others come while it is synced
      if (placer.wants(1).isEmpty()) {
        placer.flush();
        if (placer.isSettled()) {
          return;
        }
      }
      placer.retry();
    }
    StringBuilder left = new StringBuilder();
    try (var cursor = base.area('W').all()) {
      while (cursor.next()) {
        byte[] key = cursor.key();
        java.nio.ByteBuffer b = java.nio.ByteBuffer.wrap(key);
        byte kind = b.get();
        NodeId id = new NodeId(b.getLong(), b.getLong());
        if (kind == 'N') {
          left.append("\n").append(base.node(id));
        } else {
          Link link = new Link(id, PathBytes.of(Arrays.copyOfRange(key, 17, key.length)));
          left.append("\n").append(base.dirent(link)).append(" parent ").append(base.node(id));
          Dirent d = base.dirent(link);
          left.append(d.node() == null ? "" : "\n   to " + base.node(d.node()));
        }
      }
    }
    throw new AssertionError("It does not settle: " + placer.problems() + ", " + drifts + left);
  }

  /** What the tree should hold by the model. */
  static Map<String, String> expected(SourceModel model) {
    Map<String, String> lines = new TreeMap<>();
    Map<NodeId, List<String>> paths = new HashMap<>();
    lines.put("", line(model.nodes.get(NodeId.ROOT), null));
    walk(model, NodeId.ROOT, PathBytes.EMPTY, lines, paths);
    paths.forEach(
        (id, names) -> {
          Collections.sort(names);
          if (names.size() > 1 && !model.nodes.get(id).isDirectory()) {
            names.forEach(n -> lines.merge(n, " with " + names, String::concat));
          }
        });
    return lines;
  }

  private static void walk(
      SourceModel model,
      NodeId directory,
      PathBytes path,
      Map<String, String> lines,
      Map<NodeId, List<String>> paths) {
    model.names.forEach(
        (link, id) -> {
          if (link.parent().equals(directory)) {
            PathBytes below = path.resolve(link.name());
            Node node = model.nodes.get(id);
            lines.put(
                below.toString(), line(node, model.contents.get(node.contentVersion().origin())));
            paths.computeIfAbsent(id, i -> new ArrayList<>()).add(below.toString());
            if (node.isDirectory()) {
              walk(model, id, below, lines, paths);
            }
          }
        });
  }

  private static String line(Node node, byte[] bytes) {
    Map<String, String> xattrs = new TreeMap<>();
    node.attributes().xattrs().forEach((k, v) -> xattrs.put(k.toString(), Arrays.toString(v)));
    return node.type()
        + " "
        + Integer.toOctalString(node.attributes().mode())
        + " "
        + node.attributes().uid()
        + " "
        + node.content().mtime()
        + " "
        + xattrs
        + " "
        + (node.isRegular() ? Arrays.hashCode(bytes) + "/" + bytes.length : node.target());
  }

  /** What the tree holds, without what is the flow's own. */
  static Map<String, String> actual(PosixTree tree) throws IOException {
    Map<String, String> lines = new TreeMap<>();
    Map<Long, List<String>> paths = new HashMap<>();
    try (PosixDirectory root = tree.openRoot()) {
      lines.put("", line(root, null, root.stat()));
      walk(root, PathBytes.EMPTY, lines, paths);
    }
    for (List<String> names : paths.values()) {
      Collections.sort(names);
      if (names.size() > 1) {
        names.forEach(n -> lines.merge(n, " with " + names, String::concat));
      }
    }
    return lines;
  }

  private static void walk(
      PosixDirectory directory,
      PathBytes path,
      Map<String, String> lines,
      Map<Long, List<String>> paths)
      throws IOException {
    for (PathBytes name : list(directory)) {
      if (path.isEmpty() && (name.toString().equals(HIDDEN) || name.toString().equals(STASH))) {
        continue;
      }
      PathBytes below = path.resolve(name);
      FileStat stat = directory.stat(name);
      lines.put(below.toString(), line(directory, name, stat));
      if (stat.isDirectory()) {
        try (PosixDirectory open = directory.openDirectory(name)) {
          walk(open, below, lines, paths);
        }
      } else {
        paths.computeIfAbsent(stat.inode(), i -> new ArrayList<>()).add(below.toString());
      }
    }
  }

  static List<PathBytes> list(PosixDirectory directory) throws IOException {
    List<PathBytes> names = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        some.forEach(e -> names.add(e.name()));
      }
    }
    return names;
  }

  private static String line(PosixDirectory directory, PathBytes name, FileStat stat)
      throws IOException {
    Map<String, String> xattrs = new TreeMap<>();
    String more = "";
    if (stat.isRegular()) {
      try (PosixFile file = directory.openFile(name, Set.of(OpenFlag.READ))) {
        byte[] bytes = read(file, stat.size());
        more = Arrays.hashCode(bytes) + "/" + bytes.length;
        for (PathBytes x : file.xattrNames()) {
          xattrs.put(x.toString(), Arrays.toString(file.xattr(x).orElseThrow()));
        }
      }
    } else if (stat.type() == FileType.SYMLINK) {
      more = directory.readSymlink(name).toString();
    } else if (stat.isDirectory()) {
      if (name == null) {
        xattrs(directory, xattrs);
      } else {
        try (PosixDirectory open = directory.openDirectory(name)) {
          xattrs(open, xattrs);
        }
      }
    }
    return stat.type()
        + " "
        + Integer.toOctalString(stat.mode())
        + " "
        + stat.uid()
        + " "
        + stat.mtime()
        + " "
        + xattrs
        + " "
        + more;
  }

  private static void xattrs(PosixDirectory directory, Map<String, String> to) throws IOException {
    for (PathBytes x : directory.xattrNames()) {
      to.put(x.toString(), Arrays.toString(directory.xattr(x).orElseThrow()));
    }
  }

  static byte[] read(PosixFile file, long size) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(size));
    while (buffer.hasRemaining() && file.read(buffer, buffer.position()) > 0) {
      // until all is read
    }
    return buffer.array();
  }

  /** Nothing of the flow's own is left but what was displaced. */
  void requireTidy() throws IOException {
    assertThat(own()).isEmpty();
  }

  List<String> own() throws IOException {
    List<String> found = new ArrayList<>();
    try (PosixDirectory root = tree.openRoot();
        PosixDirectory hidden = root.openDirectory(PathBytes.of(HIDDEN))) {
      for (PathBytes name : list(hidden)) {
        if (!name.toString().equals("displaced")) {
          found.add("hidden " + name);
        }
      }
    }
    for (String path : actual(tree).keySet()) {
      if (path.contains(".kmesh")) {
        found.add(path);
      }
    }
    return found;
  }

  List<String> displaced() throws IOException {
    List<String> found = new ArrayList<>();
    try (PosixDirectory root = tree.openRoot();
        PosixDirectory hidden = root.openDirectory(PathBytes.of(HIDDEN))) {
      if (hidden.find(PathBytes.of("displaced")).isPresent()) {
        try (PosixDirectory displaced = hidden.openDirectory(PathBytes.of("displaced"))) {
          list(displaced).forEach(n -> found.add(n.toString()));
        }
      }
    }
    return found;
  }

  /** All that the base says of the tree is so. */
  void requireFactsTrue() throws IOException {
    for (Node node : base.nodes().toList()) {
      if (node.local() == null) {
        continue;
      }
      assertThat(node.isPlaced()).as("node %s", node.id()).isTrue();
      List<Link> links = node.id().isRoot() ? List.of() : node.links();
      for (Link link : links) {
        PathBytes path = base.path(link.parent()).orElseThrow().resolve(link.name());
        FileStat stat = tree.stat(path);
        assertThat(node.local().isUntouched(stat)).as("%s %s", path, node).isTrue();
        assertThat(base.nodeAt(node.local().key()).orElseThrow().id()).isEqualTo(node.id());
      }
    }
  }

  @Override
  public void close() throws IOException {
    placer.close();
  }
}
