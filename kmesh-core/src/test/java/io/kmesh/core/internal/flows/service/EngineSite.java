// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Registers;
import io.kmesh.core.internal.flows.detect.DeleteGuard;
import io.kmesh.core.internal.flows.detect.LiveSource;
import io.kmesh.core.internal.flows.detect.PosixLiveTree;
import io.kmesh.core.internal.flows.merge.ConflictTable;
import io.kmesh.core.internal.flows.merge.KeptConflict;
import io.kmesh.core.internal.flows.merge.MergePolicy;
import io.kmesh.core.internal.flows.merge.ReplicaEnds;
import io.kmesh.core.internal.flows.merge.TombstoneCollector;
import io.kmesh.core.internal.flows.place.Drift;
import io.kmesh.core.internal.flows.place.LocalKeys;
import io.kmesh.core.internal.flows.place.Placer;
import io.kmesh.core.internal.flows.place.Problem;
import io.kmesh.core.internal.flows.replica.Collecting;
import io.kmesh.core.internal.flows.replica.Joining;
import io.kmesh.core.internal.flows.replica.ReadGate;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.core.internal.flows.replica.ReplicaIdentity;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.engine.PosixTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One end of a flow of several masters with a real tree, stepped by a test, and the users of that
 * tree: what they write are texts that nobody else writes.
 */
final class EngineSite implements AutoCloseable {
  final Path folder;
  private final int number;
  private final KmeshTime time;
  private PosixTree tree;
  private final MemoryOrdered store = new MemoryOrdered();
  private final Random ids;
  private final MergePolicy policy;
  private FlowBase base;
  private Placer placer;
  private TreeTarget target;
  private ConflictTable conflicts;
  Replica replica;

  /** Whether the flow has two ends; before it is opened. */
  boolean isOneOfTwo = true;

  /** The time between two looks at the tree; before it is opened. */
  Duration pause = Duration.ofMillis(1);

  final List<Drift> drifts = new ArrayList<>();

  /** What users wrote here, and what they wrote over or removed here when it was to be seen. */
  final Set<String> written = new HashSet<>();

  final Set<String> given = new HashSet<>();

  EngineSite(Path folder, int number, MergePolicy policy, KmeshTime time, Random ids)
      throws IOException {
    this(folder, number, policy, time, ids, tree -> tree);
  }

  /** An end over what something makes of its tree. */
  EngineSite(
      Path folder,
      int number,
      MergePolicy policy,
      KmeshTime time,
      Random ids,
      UnaryOperator<PosixTree> over)
      throws IOException {
    this.folder = Files.createDirectory(folder);
    this.number = number;
    this.policy = policy;
    this.time = time;
    this.ids = ids;
    this.tree = over.apply(PosixTrees.open(folder));
  }

  /** As a process that begins. */
  void open() throws IOException {
    base = FlowBase.open(store, ReplicaEnds.newId(number, ids));
    MergedEnd end =
        new MergedEnd(
            base,
            policy,
            PosixLiveTree.open(tree, PathBytes.EMPTY),
            new DeleteGuard(1_000_000, 100),
            LocalKeys.POSIX,
            time);
    conflicts = end.conflicts();
    placer = end.openPlacer(tree, "f");
    target = new TreeTarget(base, placer, time, drifts::add);
    replica =
        new Replica(
            new ReplicaIdentity("f", "end" + number, 0),
            base,
            tree,
            new LiveSource(end.inspector(), Optional.empty(), pause, time, told -> {}),
            target,
            new Joining(
                base,
                end.merger(),
                new SharedTree(end.inspector(), target),
                isOneOfTwo ? new Collecting(new TombstoneCollector(base), time) : null),
            ReadGate.OPEN,
            Runnable::run,
            time);
  }

  /** As a process that is killed: what was not committed is lost. */
  void kill() throws IOException {
    placer.close();
    base.close();
    store.close();
    store.reopen();
  }

  /** As after the machine stopped: what was not committed is lost, and the tree is another one. */
  void openAnew(PosixTree other) throws IOException {
    try {
      placer.close();
    } catch (IOException e) {
      // it was in the middle of something
    }
    base.close();
    store.close();
    store.reopen();
    tree = other;
    open();
  }

  /**
   * What stands for removed names, graves of nodes that are gone, and nodes without names; aliases
   * stay.
   */
  List<Object> tombstones() throws IOException {
    List<Object> all = new ArrayList<>();
    try (Registers<Node> registers = base.nodes()) {
      while (registers.next()) {
        Node node = registers.get();
        if (!node.id().isRoot() && node.links().isEmpty() && !isAlias(node.id())) {
          all.add(node.id());
        }
      }
    }
    try (Registers<FlowBase.Logged> log = base.changesSince(0)) {
      while (log.next()) {
        Dirent name = log.get().dirent();
        if (name != null
            && name.node() == null
            && !isAlias(name.link().parent())
            && !isGraveOfLive(name.link())) {
          all.add(name.link());
        }
      }
    }
    return all;
  }

  private boolean isAlias(NodeId node) throws IOException {
    return base.dirent(new Link(node, PathBytes.of(".kmesh~alias"))).removed() != null;
  }

  /** Somebody removed it, and somebody else had changed it. */
  private boolean isGraveOfLive(Link link) throws IOException {
    return link.name().equals(PathBytes.of(".kmesh~grave"))
        && base.node(link.parent()).filter(n -> !n.links().isEmpty()).isPresent();
  }

  FlowBase base() {
    return base;
  }

  long lastSeq() {
    return base.lastSeq();
  }

  List<Problem> problems() {
    return placer.problems();
  }

  /** What its status lists. */
  List<Problem> listed() {
    return target.listProblems();
  }

  List<Object> pending() throws IOException {
    return placer.pending();
  }

  /** What the registers say of what is pending, of directories above it, and what it leads to. */
  String pendingRegisters() throws IOException {
    StringBuilder text = new StringBuilder();
    for (Object one : pending()) {
      if (one instanceof Link link) {
        Dirent name = base.dirent(link);
        text.append("\n  ").append(name).append("\n    in ").append(base.node(link.parent()));
        if (name.node() != null) {
          text.append("\n    is ").append(base.node(name.node()));
        }
      } else {
        text.append("\n  ").append(base.node((NodeId) one));
      }
    }
    return text.toString();
  }

  @Override
  public void close() throws IOException {
    placer.close();
    base.close();
    tree.close();
  }

  // The users.

  private static boolean isHidden(Path path) {
    return path.getFileName().toString().startsWith(".kmesh");
  }

  private List<Path> all() throws IOException {
    List<Path> found = new ArrayList<>();
    List<Path> open = new ArrayList<>(List.of(folder));
    while (!open.isEmpty()) {
      try (Stream<Path> in = Files.list(open.remove(open.size() - 1))) {
        for (Path path : in.sorted().toList()) {
          if (!isHidden(path)) {
            found.add(path);
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
              open.add(path);
            }
          }
        }
      }
    }
    return found;
  }

  /** The texts of all files that users see, and of those that were moved out of the way. */
  Set<String> texts() throws IOException {
    Set<String> texts = new HashSet<>();
    for (Path path : all()) {
      if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        texts.add(read(path));
      }
    }
    return texts;
  }

  /** The texts that the flow moved out of its way, where users can find them. */
  Set<String> displaced() throws IOException {
    Set<String> texts = new HashSet<>();
    Path kept = folder.resolve(".kmesh-flow-f/displaced");
    if (Files.exists(kept)) {
      try (Stream<Path> files = Files.walk(kept)) {
        for (Path path : files.filter(Files::isRegularFile).toList()) {
          texts.add(read(path));
        }
      }
    }
    return texts;
  }

  /** The conflicts that are listed here. */
  List<KeptConflict> conflicts() throws IOException {
    return conflicts.all();
  }

  /** The texts that the list of conflicts says are beside the tree here. */
  Set<String> aside() throws IOException {
    Set<String> texts = new HashSet<>();
    for (KeptConflict one : conflicts()) {
      Path file = folder.resolve(one.aside().toString());
      if (!one.aside().isEmpty() && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        texts.add(read(file));
      } else if (!one.aside().isEmpty() && !Files.isSymbolicLink(file)) {
        throw new AssertionError("not there: " + one);
      }
    }
    return texts;
  }

  /** The texts that the flow moved out of its way and told of. */
  Set<String> drifted() throws IOException {
    Set<String> texts = new HashSet<>();
    for (Drift drift : drifts) {
      if (drift.kept() != null && Files.isRegularFile(folder.resolve(drift.kept().toString()))) {
        texts.add(read(folder.resolve(drift.kept().toString())));
      }
    }
    return texts;
  }

  /** What the flow holds without a name: nothing, when it rests. */
  List<Path> held() throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve(".kmesh-flow-f"))) {
      return all.filter(p -> p.getFileName().toString().startsWith("held~")).toList();
    }
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file).strip();
  }

  private void giveUp(Path file) throws IOException {
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      given.add(read(file));
    }
  }

  private String text(String text) {
    written.add(text);
    // Files of one size and time are taken for equal, and the kernel's time stands for 4 ms.
    return text + " ".repeat(Integer.parseInt(text.substring("text".length())));
  }

  /** One change. */
  String use(Random random, String text) throws IOException {
    List<Path> all = all();
    List<Path> directories = new ArrayList<>(List.of(folder));
    List<Path> files = new ArrayList<>();
    for (Path path : all) {
      (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) ? directories : files).add(path);
    }
    Path to =
        directories
            .get(random.nextInt(directories.size()))
            .resolve(String.valueOf((char) ('a' + random.nextInt(4))));
    if (all.isEmpty() || random.nextInt(3) == 0) {
      return create(random, to, text);
    }
    Path from = all.get(random.nextInt(all.size()));
    boolean isFile = Files.isRegularFile(from, LinkOption.NOFOLLOW_LINKS);
    switch (random.nextInt(9)) {
      case 0, 1 -> {
        if (isFile) {
          giveUp(from);
          Files.writeString(from, text(text), StandardOpenOption.TRUNCATE_EXISTING);
          return "write " + from;
        }
      }
      case 2 -> {
        if (isFile) {
          giveUp(from);
          Path temporary = from.resolveSibling("tmp");
          if (!Files.exists(temporary, LinkOption.NOFOLLOW_LINKS)) {
            Files.writeString(temporary, text(text));
            Files.move(temporary, from, StandardCopyOption.REPLACE_EXISTING);
            return "replace " + from;
          }
        }
      }
      case 3, 4, 5 -> {
        return rename(from, to);
      }
      case 6 -> {
        if (!Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS)
            && !Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
          Files.createLink(to, from);
          return "link " + from + " " + to;
        }
      }
      case 7 -> {
        if (!Files.isSymbolicLink(from)) {
          Set<PosixFilePermission> mode =
              EnumSet.of(
                  PosixFilePermission.OWNER_READ,
                  PosixFilePermission.OWNER_WRITE,
                  PosixFilePermission.OWNER_EXECUTE);
          if (random.nextBoolean()) {
            mode.add(PosixFilePermission.GROUP_READ);
          }
          Files.setPosixFilePermissions(from, mode);
          return "chmod " + from;
        }
      }
      default -> {
        remove(from);
        return "remove " + from;
      }
    }
    return "nothing";
  }

  private String create(Random random, Path to, String text) throws IOException {
    if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
      return "nothing";
    }
    switch (random.nextInt(6)) {
      case 0, 1 -> Files.createDirectory(to);
      case 2 -> Files.createSymbolicLink(to, Path.of("to" + random.nextInt(2)));
      default -> Files.writeString(to, text(text));
    }
    return "create " + to;
  }

  private String rename(Path from, Path to) throws IOException {
    if (to.startsWith(from)) {
      return "nothing";
    }
    if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
      if (Files.isDirectory(to, LinkOption.NOFOLLOW_LINKS)
          || Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS)
          || (!Files.isSymbolicLink(from)
              && !Files.isSymbolicLink(to)
              && Files.isSameFile(from, to))) {
        return "nothing";
      }
      giveUp(to);
    }
    Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    return "rename " + from + " " + to;
  }

  private void remove(Path path) throws IOException {
    try (Stream<Path> below = Files.walk(path)) {
      for (Path one : below.sorted(Comparator.reverseOrder()).toList()) {
        giveUp(one);
        Files.deleteIfExists(one);
      }
    }
  }
}
