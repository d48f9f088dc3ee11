// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.posix.SortSpace;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A prefix of a store in memory, and what is done to it. */
final class PushWorld implements AutoCloseable {
  static final String PREFIX = "p/";
  static final int PART = 64 << 10;
  private static final Set<OpenFlag> NEW = Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE);

  final MemoryStore store;
  final MemoryOrdered rows = new MemoryOrdered();
  final ManualTime time = ManualTime.create();
  private final Path folder;
  private final AtomicInteger attempt = new AtomicInteger();
  private int imports;
  ObjectTree tree;

  PushWorld(Path folder) throws IOException {
    this(folder, MemoryStore.create());
  }

  PushWorld(Path folder, MemoryStore store) throws IOException {
    this.store = store;
    this.folder = folder;
    Files.createDirectory(folder.resolve("spool"));
    open(store, rows);
  }

  /** Opens it over what may fail. */
  void open(ObjectStore calls, OrderedStore index) throws IOException {
    tree =
        ObjectTree.open(
            index,
            JnaPosix.open(folder.resolve("spool")),
            new ObjectTreeSettings(
                calls,
                PREFIX,
                time,
                new RetryPolicy(1, Duration.ZERO, Duration.ZERO),
                new SplittableRandom(1),
                Observer.NONE,
                3,
                4,
                DataSize.ofBytes(PART),
                ByteBudget.of(DataSize.ofMib(1)),
                () -> String.format("%032x", attempt.incrementAndGet()),
                SortSpace.temporary()));
  }

  /** What a process that ended left. */
  void reopen() throws IOException {
    tree.close();
    rows.reopen();
    open(store, rows);
  }

  List<PushProblem> push() throws IOException {
    tree.sync();
    return tree.problems();
  }

  @Override
  public void close() throws IOException {
    tree.close();
  }

  /** What a tree holds, without what its owner may not set and without the flow's own. */
  static Map<String, String> facts(PosixTree tree, boolean withTimes) throws IOException {
    Map<String, String> facts = new TreeMap<>();
    TreeFacts.of(tree)
        .forEach(
            (path, line) -> {
              if (!OwnNames.isOwn(PathBytes.of(path))) {
                String own = line.replaceFirst(" \\d+:\\d+ ", " ");
                facts.put(
                    path,
                    withTimes
                        ? own
                        : own.replaceAll(" [am]time FileTime\\[[^]]*\\]", "")
                            .replaceFirst(" is .*? ", " "));
              }
            });
    return facts;
  }

  /** Whether what others see in the store is the tree. */
  void checkStore() throws IOException {
    Path target = Files.createDirectory(folder.resolve("import-" + imports++));
    try (PosixTree imported = JnaPosix.open(target)) {
      assertThat(
              MirrorTree.in(store, time)
                  .prefix(PREFIX)
                  .importTo(imported, PathBytes.EMPTY)
                  .failed())
          .isEmpty();
      assertThat(facts(imported, true)).isEqualTo(facts(tree, true));
    } finally {
      try (Stream<Path> all = Files.walk(target)) {
        all.sorted(java.util.Comparator.reverseOrder()).forEach(PushWorld::delete);
      }
    }
  }

  /** Whether a pull finds what was pushed, and nothing else; with an index made anew as well. */
  void checkPull() throws IOException {
    Map<String, String> before = facts(tree, true);
    PullReport report = tree.pull(Retrier.Check.NONE);
    assertThat(report.problems()).isEmpty();
    assertThat(report.changed()).as("changed").isZero();
    assertThat(report.removed()).as("removed").isZero();
    assertThat(report.asked()).as("asked").isZero();
    assertThat(facts(tree, true)).isEqualTo(before);
    try (ObjectTree anew =
        ObjectTree.open(new MemoryOrdered(), ObjectTreeSettings.of(store, PREFIX, time))) {
      assertThat(anew.pull(Retrier.Check.NONE).problems()).isEmpty();
      assertThat(facts(anew, true)).isEqualTo(before);
    }
  }

  private static void delete(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /**
   * Whether nothing is left over in the store and in the spool, whatever the flow has of its own.
   */
  void checkNothingIsLeft() throws IOException {
    checkLeft(-1);
  }

  /**
   * Whether nothing is left over in the store and in the spool.
   *
   * @param kept how many objects are kept for files that are not shown
   */
  void checkNothingIsLeft(int kept) throws IOException {
    checkLeft(kept);
    assertThat(store.keys()).filteredOn(k -> k.contains("/.kmesh/kept/")).hasSize(kept);
  }

  private void checkLeft(int kept) throws IOException {
    assertThat(store.openUploads()).isEmpty();
    Set<String> sides = new TreeSet<>();
    Set<String> used = new TreeSet<>();
    for (String key : store.keys()) {
      ObjectInfo info = store.blocking().head(key);
      if (key.startsWith(PREFIX + ".kmesh/side/")) {
        sides.add(key);
      }
      if (info.metadata().containsKey("kmesh-side")) {
        used.add(PREFIX + info.metadata().get("kmesh-side"));
      }
    }
    assertThat(sides).isEqualTo(used);
    try (Stream<Path> all = Files.list(folder.resolve("spool"))) {
      assertThat(kept < 0 || all.findAny().isEmpty()).as("spool files").isTrue();
    }
  }

  /** A change of a tree. */
  interface Change {
    /** Makes it. */
    void in(PosixTree tree) throws IOException;
  }

  private static PosixDirectory directory(PosixTree tree, String path) throws IOException {
    return tree.openDirectory(PathBytes.of(path));
  }

  static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Writes a file, at an offset. */
  static Change write(String directory, String name, long offset, byte[] bytes) {
    return tree -> {
      try (PosixDirectory d = directory(tree, directory);
          PosixFile file = d.openFile(PathBytes.of(name), NEW)) {
        file.write(ByteBuffer.wrap(bytes), offset);
      }
    };
  }

  static Change rename(String from, String name, String to, String toName, RenameMode mode) {
    return tree -> {
      try (PosixDirectory d = directory(tree, from);
          PosixDirectory t = directory(tree, to)) {
        d.rename(PathBytes.of(name), t, PathBytes.of(toName), mode);
      }
    };
  }

  static Change at(String directory, OnDirectory change) {
    return tree -> {
      try (PosixDirectory d = directory(tree, directory)) {
        change.in(d);
      }
    };
  }

  /** A change of a directory. */
  interface OnDirectory {
    /** Makes it. */
    void in(PosixDirectory directory) throws IOException;
  }

  private static final List<String> DIRECTORIES =
      List.of("", "", "d", "d", "e", "d/f", "e/f", ".kmesh-flow-x");
  private static final List<String> NAMES = List.of("a", "b", "c", "f", "d", "e", ".kmesh-flow-x");

  private static String any(Random random, List<String> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** Some change, which may be refused. */
  static Change random(Random random) {
    String directory = any(random, DIRECTORIES);
    String name = any(random, NAMES);
    String other = any(random, DIRECTORIES);
    String otherName = any(random, NAMES);
    PathBytes n = PathBytes.of(name);
    int number = random.nextInt(1_000);
    return switch (random.nextInt(20)) {
      case 0, 1, 2 ->
          write(directory, name, random.nextInt(300), bytes(random, random.nextInt(500)));
      case 3 ->
          random.nextInt(4) == 0
              ? write(directory, name, random.nextInt(3) * 300_000L, bytes(random, PART * 2 + 9))
              : write(directory, name, 1_000_000, bytes(random, 10));
      case 4 ->
          at(
              directory,
              d -> {
                try (PosixFile file = d.openFile(n, Set.of(OpenFlag.WRITE))) {
                  file.truncate(number % 3 == 0 ? 0 : number * 300L);
                }
              });
      case 5, 6 -> at(directory, d -> d.makeDirectory(n, 0755));
      case 7 -> at(directory, d -> d.makeSymlink(n, PathBytes.of("to " + number)));
      case 8 -> at(directory, d -> d.makeNode(n, FileType.FIFO, 0640, 0));
      case 9 ->
          at(
              directory,
              d -> {
                try (PosixDirectory to = d.openDirectory(PathBytes.of("f"))) {
                  d.link(n, to, PathBytes.of(otherName));
                }
              });
      case 10 ->
          tree -> {
            try (PosixDirectory d = directory(tree, directory);
                PosixDirectory to = directory(tree, other)) {
              d.link(n, to, PathBytes.of(otherName));
            }
          };
      case 11, 12, 13 -> rename(directory, name, other, otherName, RenameMode.REPLACE);
      case 14 ->
          rename(
              directory,
              name,
              other,
              otherName,
              random.nextBoolean() ? RenameMode.NO_REPLACE : RenameMode.EXCHANGE);
      case 15 -> at(directory, d -> d.unlink(n));
      case 16 -> at(directory, d -> d.removeDirectory(n));
      case 17 -> at(directory, d -> d.setMode(n, 0700 | number % 64));
      case 18 ->
          at(
              directory,
              d -> d.setTimes(n, new FileTime(number, number), new FileTime(1_000 + number, 7)));
      default ->
          at(
              directory,
              d ->
                  d.setXattr(
                      n,
                      PathBytes.of("user.x" + number % 2),
                      new byte[number % 3 == 0 ? 1_400 : number % 5],
                      XattrMode.SET));
    };
  }

  /** Removes what is the flow's own, whose objects stay at their keys as long as it is there. */
  static void removeLocal(PosixDirectory root) throws IOException {
    PathBytes own = PathBytes.of(".kmesh-flow-x");
    if (root.find(own).isPresent() && !root.stat(own).isDirectory()) {
      root.unlink(own);
    } else if (root.find(own).isPresent()) {
      removeBelow(root, own);
      root.removeDirectory(own);
    }
  }

  private static void removeBelow(PosixDirectory parent, PathBytes name) throws IOException {
    try (PosixDirectory directory = parent.openDirectory(name);
        DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> b = cursor.next(); !b.isEmpty(); b = cursor.next()) {
        for (DirectoryEntry entry : b) {
          if (directory.stat(entry.name()).isDirectory()) {
            removeBelow(directory, entry.name());
            directory.removeDirectory(entry.name());
          } else {
            directory.unlink(entry.name());
          }
        }
      }
    }
  }

  /** Makes a change; the errno when it was refused. */
  static @Nullable String make(Change change, PosixTree tree) throws IOException {
    try {
      change.in(tree);
      return null;
    } catch (ProviderException e) {
      return e.errno().map(Object::toString).orElseThrow(() -> new AssertionError(e));
    }
  }

  /** The keys without the prefix. */
  List<String> keys() {
    List<String> keys = new ArrayList<>();
    for (String key : store.keys()) {
      keys.add(key.substring(PREFIX.length()));
    }
    return keys;
  }
}
