// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Snapshots by changelog are what a scan of everything gives, at the cost of what changed. */
class ChangelogScanTest {
  /** A file system of two MDTs whose changelogs are kept, and a repository. */
  private static final class World implements AutoCloseable {
    final ManualTime time = ManualTime.create();
    final MemoryStore store = MemoryStore.create();
    final Path folder;
    final SimulatedLustre lustre;
    final PosixTree tree;
    final Map<Integer, String> users = new TreeMap<>();
    private final Random random;
    private int number;

    World(long seed) throws IOException {
      folder = Files.createTempDirectory("kmesh-changelog");
      lustre =
          SimulatedLustre.builder(folder).mdts(2, DataSize.ofGib(1)).time(time).seed(seed).open();
      tree = lustre.tree();
      random = new Random(seed);
      for (int mdt : lustre.identity().mdts()) {
        users.put(mdt, lustre.changelogAdmin().register(mdt, Optional.empty()));
      }
      try (PosixDirectory root = tree.openRoot()) {
        // On both MDTs, whose changelogs have no record otherwise.
        for (String name : List.of("top", "a", "b", "c")) {
          root.makeDirectory(PathBytes.of(name), 0755);
          write(PathBytes.of(name + "/first"), 10);
        }
      }
    }

    SnapshotStore.Taken take(ObjectStore in, boolean byChangelog, PathBytes path)
        throws IOException {
      return take(in, lustre, byChangelog, path);
    }

    SnapshotStore.Taken take(
        ObjectStore in, LustreBinding from, boolean byChangelog, PathBytes path)
        throws IOException {
      time.advance(Duration.ofSeconds(1));
      return new SnapshotStore(SnapshotWorld.in(in).domain(), time, "here", 1)
          .take(
              new SnapshotStore.Request(
                  tree,
                  path,
                  "s",
                  byChangelog ? "log" : "scan",
                  Map.of(),
                  new LustreGate(from),
                  !byChangelog,
                  List.of(PathGlob.of("*.tmp")),
                  List.of(),
                  byChangelog ? Optional.of(new ChangelogSource(from, users)) : Optional.empty()),
              new ScanTally(),
              Retrier.Check.NONE);
    }

    /** Compares a snapshot by changelog with one of a scan of everything. */
    SnapshotStore.Taken compare(PathBytes path) throws IOException {
      SnapshotStore.Taken log = take(store, true, path);
      Manifest scan = take(store, false, path).manifest();
      Manifest m = log.manifest();
      if (!m.root().equals(scan.root())) {
        Map<String, String> other = tree(scan);
        Map<String, String> mine = tree(m);
        mine.entrySet().removeIf(e -> other.remove(e.getKey(), e.getValue()));
        throw new AssertionError("By changelog " + mine + ", by scan " + other);
      }
      assertThat(List.of(m.files(), m.directories(), m.others(), m.bytes()))
          .isEqualTo(List.of(scan.files(), scan.directories(), scan.others(), scan.bytes()));
      assertThat(log.tally().problems()).isEmpty();
      return log;
    }

    /** The entries, for people who look at a failure. */
    private Map<String, String> tree(Manifest manifest) throws IOException {
      Map<String, String> all = new TreeMap<>();
      SnapshotStore snapshots =
          new SnapshotStore(SnapshotWorld.in(store).domain(), time, "here", 1);
      try (OpenSnapshot open = snapshots.open(manifest.id())) {
        TreeVisit.walk(
            open,
            PathBytes.EMPTY,
            (path, node) ->
                all.put(
                    path.toString(),
                    node.toString().replaceAll("\\[B@[0-9a-f]+", "")
                        + node.attributes().stream()
                            .map(a -> a.name() + "=" + java.util.Arrays.toString(a.value()))
                            .toList()));
      }
      return all;
    }

    List<PathBytes> entries(FileType... types) throws IOException {
      List<PathBytes> found = new ArrayList<>();
      try (PosixDirectory root = tree.openRoot()) {
        list(root, PathBytes.EMPTY, Set.of(types), found);
      }
      return found;
    }

    private void list(
        PosixDirectory directory, PathBytes path, Set<FileType> types, List<PathBytes> found)
        throws IOException {
      List<PathBytes> names = new ArrayList<>();
      try (DirectoryCursor cursor = directory.entries()) {
        for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
          some.forEach(entry -> names.add(entry.name()));
        }
      }
      names.sort(null);
      for (PathBytes name : names) {
        FileStat stat = directory.stat(name);
        PathBytes at = path.resolve(name);
        if (types.contains(stat.type())) {
          found.add(at);
        }
        if (stat.isDirectory()) {
          try (PosixDirectory below = directory.openDirectory(name)) {
            list(below, at, types, found);
          }
        }
      }
    }

    private Optional<PathBytes> any(FileType... types) throws IOException {
      List<PathBytes> all = entries(types);
      return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
    }

    private PathBytes anyDirectory() throws IOException {
      List<PathBytes> all = entries(FileType.DIRECTORY);
      int at = random.nextInt(all.size() + 1);
      return at == all.size() ? PathBytes.EMPTY : all.get(at);
    }

    private PathBytes fresh() throws IOException {
      String end = random.nextInt(12) == 0 ? ".tmp" : "";
      return anyDirectory().resolve("n" + number++ + end);
    }

    void write(PathBytes path, int size) throws IOException {
      try (PosixFile file = tree.openFile(path, Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
        file.write(ByteBuffer.wrap(HostileTree.random(random.nextInt(), size)), random.nextInt(50));
      }
    }

    void step() throws IOException {
      time.advance(Duration.ofMillis(random.nextInt(1500)));
      Optional<PathBytes> file = any(FileType.REGULAR);
      PathBytes to = fresh();
      try (PosixDirectory into = tree.openDirectory(to.parent())) {
        switch (random.nextInt(15)) {
          case 0, 1, 2 -> write(to, 1 + random.nextInt(3000));
          case 3, 4 -> into.makeDirectory(to.name(), 0755);
          case 5 -> into.makeSymlink(to.name(), PathBytes.of("x" + number));
          case 6, 7 -> {
            Optional<PathBytes> from = any(FileType.DIRECTORY, FileType.REGULAR);
            if (from.isPresent() && !to.isAtOrBelow(from.get())) {
              try (PosixDirectory old = tree.openDirectory(from.get().parent())) {
                old.rename(from.get().name(), into, to.name(), RenameMode.NO_REPLACE);
              }
            }
          }
          case 8 -> {
            if (file.isPresent()) {
              try (PosixDirectory old = tree.openDirectory(file.get().parent())) {
                old.link(file.get().name(), into, to.name());
              }
            }
          }
          case 9 -> {
            Optional<PathBytes> gone = any(FileType.REGULAR, FileType.SYMLINK);
            if (gone.isPresent()) {
              try (PosixDirectory old = tree.openDirectory(gone.get().parent())) {
                old.unlink(gone.get().name());
              }
            }
          }
          case 10 -> removeAll(any(FileType.DIRECTORY));
          case 11 -> {
            if (file.isPresent()) {
              try (PosixDirectory old = tree.openDirectory(file.get().parent())) {
                if (random.nextBoolean()) {
                  old.setMode(file.get().name(), random.nextInt(0777));
                } else {
                  FileTime when = new FileTime(random.nextInt(1 << 30), 0);
                  old.setTimes(file.get().name(), when, when);
                }
              }
            }
          }
          case 12 -> {
            Optional<PathBytes> with = any(FileType.REGULAR, FileType.DIRECTORY);
            if (with.isPresent()) {
              try (PosixDirectory old = tree.openDirectory(with.get().parent())) {
                old.setXattr(
                    with.get().name(),
                    PathBytes.of("user.x"),
                    new byte[] {(byte) random.nextInt()},
                    XattrMode.SET);
              }
            }
          }
          case 13 ->
              lustre
                  .hsm()
                  .importStub(
                      to,
                      ArchiveId.of(1),
                      new ImportAttributes(
                          0644, 0, 0, 5000, new FileTime(7, 0), new FileTime(7, 0)),
                      Layout.plain(1));
          default -> {
            if (file.isPresent()) {
              Fid fid = lustre.identity().fid(file.get());
              if (random.nextBoolean()) {
                lustre.identity().changeProject(fid, 1 + random.nextInt(5));
              } else if (lustre.hsm().state(fid).flags().isEmpty()) {
                write(file.get(), 1 + random.nextInt(2000));
              }
            }
          }
        }
      }
    }

    private void removeAll(Optional<PathBytes> path) throws IOException {
      if (path.isEmpty()) {
        return;
      }
      try (PosixDirectory parent = tree.openDirectory(path.get().parent())) {
        try (PosixDirectory directory = parent.openDirectory(path.get().name())) {
          removeContent(directory);
        }
        parent.removeDirectory(path.get().name());
      }
    }

    private static void removeContent(PosixDirectory directory) throws IOException {
      List<PathBytes> names = new ArrayList<>();
      try (DirectoryCursor cursor = directory.entries()) {
        for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
          some.forEach(entry -> names.add(entry.name()));
        }
      }
      for (PathBytes name : names) {
        if (directory.stat(name).isDirectory()) {
          try (PosixDirectory below = directory.openDirectory(name)) {
            removeContent(below);
          }
          directory.removeDirectory(name);
        } else {
          directory.unlink(name);
        }
      }
    }

    long restores() {
      return lustre.coordinator().statistics().delivered(HsmActionKind.RESTORE);
    }

    @Override
    public void close() throws IOException {
      lustre.close();
      SnapshotWorld.delete(folder);
    }
  }

  @Property(tries = 6)
  void randomChanges_byChangelog_areWhatAScanGives(@ForAll long seed) throws IOException {
    try (World world = new World(seed)) {
      Random random = new Random(seed);
      boolean isPart = random.nextInt(3) == 0;
      PathBytes path = isPart ? PathBytes.of("top") : PathBytes.EMPTY;
      for (int round = 0; round < 5; round++) {
        int steps = random.nextInt(18);
        for (int i = 0; i < steps; i++) {
          world.step();
        }
        if (isPart && world.entries(FileType.DIRECTORY).stream().noneMatch(path::equals)) {
          break;
        }
        SnapshotStore.Taken taken = world.compare(path);
        assertThat(taken.tally().scanReason().isPresent()).isEqualTo(round == 0);
      }
      assertThat(world.restores()).isZero();
    }
  }

  @Test
  void changes_costWhatTheyAre_notWhatTheTreeIs() throws IOException {
    try (World world = new World(1)) {
      for (int d = 0; d < 20; d++) {
        PathBytes directory = PathBytes.of("d" + d);
        try (PosixDirectory root = world.tree.openRoot()) {
          root.makeDirectory(directory, 0755);
        }
        for (int i = 0; i < 100; i++) {
          world.write(directory.resolve("f" + i), 100);
        }
      }
      world.compare(PathBytes.EMPTY);
      for (int i = 0; i < 8; i++) {
        world.write(PathBytes.of("d" + i + "/f7"), 200);
      }
      try (PosixDirectory root = world.tree.openRoot()) {
        root.rename(PathBytes.of("d9"), root, PathBytes.of("moved"), RenameMode.REPLACE);
      }
      world.write(PathBytes.of("moved/f3"), 300);
      long[] calls = new long[1];
      LustreIdentity identity = counted(LustreIdentity.class, world.lustre.identity(), calls);
      LustreBinding counting =
          new ForwardingLustreBinding() {
            @Override
            protected LustreBinding delegate() {
              return world.lustre;
            }

            @Override
            public LustreIdentity identity() {
              return identity;
            }
          };
      long reads = world.store.requests("read");
      SnapshotStore.Taken taken = world.take(world.store, counting, true, PathBytes.EMPTY);
      assertThat(taken.tally().scanReason()).isEmpty();
      assertThat(taken.tally().readFiles()).isEqualTo(9);
      assertThat(taken.manifest().files()).isEqualTo(2004);
      assertThat(calls[0]).isLessThan(200);
      assertThat(world.store.requests("read") - reads).isLessThan(60);
      assertThat(world.restores()).isZero();
    }
  }

  private static <T> T counted(Class<T> type, T real, long[] calls) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              calls[0]++;
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private static void isScanned(World world, String reason) throws IOException {
    SnapshotStore.Taken taken = world.compare(PathBytes.EMPTY);
    assertThat(taken.tally().scanReason().orElse("")).contains(reason);
    world.step();
    assertThat(world.compare(PathBytes.EMPTY).tally().scanReason()).isEmpty();
  }

  @Test
  void whatChangelogsCanNotTell_isScanned_andWhyIsSaid() throws IOException {
    try (World world = new World(2)) {
      world.write(PathBytes.of("f"), 100);
      isScanned(world, "no snapshot before");
      // The user was removed, and with it what it kept.
      world.lustre.changelogAdmin().deregister(0, world.users.get(0));
      world.write(PathBytes.of("g"), 100);
      world.users.put(0, world.lustre.changelogAdmin().register(0, Optional.empty()));
      world.write(PathBytes.of("h"), 100);
      SnapshotStore.Taken taken = world.compare(PathBytes.EMPTY);
      assertThat(taken.tally().scanReason().orElse("")).contains("changelog user");
      world.write(PathBytes.of("i"), 100);
      assertThat(world.compare(PathBytes.EMPTY).tally().scanReason()).isEmpty();
      // A type of record that says too little.
      world
          .lustre
          .changelogAdmin()
          .inject(
              0,
              ChangelogType.MIGRT,
              world.lustre.identity().fid(PathBytes.of("i")),
              Fid.ZERO,
              PathBytes.EMPTY,
              Optional.empty());
      isScanned(world, "MIGRT");
      // The snapshot that it goes by was forgotten; the one before is too old.
      world.write(PathBytes.of("j"), 100);
      SnapshotStore.Taken last = world.compare(PathBytes.EMPTY);
      world.write(PathBytes.of("k"), 100);
      new SnapshotStore(SnapshotWorld.in(world.store).domain(), world.time, "here", 1)
          .forget(List.of(last.manifest().id()));
      isScanned(world, "does not go back");
    }
  }

  @Test
  @Tag("crash")
  void crashAnywhere_theNextSnapshotIsWhole() throws IOException {
    CrashPoints.Report report =
        CrashPoints.enumerate(
            () ->
                new CrashPoints.Scenario() {
                  private final World world = world();

                  private World world() {
                    try {
                      World made = new World(3);
                      for (int i = 0; i < 4; i++) {
                        made.step();
                      }
                      made.take(made.store, true, PathBytes.EMPTY);
                      for (int i = 0; i < 4; i++) {
                        made.step();
                      }
                      return made;
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  }

                  @Override
                  public void run(CrashPoint point) throws IOException {
                    world.take(CrashableStore.of(world.store, point), true, PathBytes.EMPTY);
                  }

                  @Override
                  public void recoverAndCheck(long seed) throws IOException {
                    try (World w = world) {
                      w.step();
                      assertThat(w.compare(PathBytes.EMPTY).tally().scanReason()).isEmpty();
                    }
                  }
                },
            1);
    assertThat(report.operations()).isGreaterThan(5);
  }
}
