// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.detect.TreeSteps;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a pull makes of a prefix, and what it leaves alone. */
class PullTest {
  private static final PathBytes NOT_UTF8 =
      PathBytes.of(new byte[] {'b', 'a', 'd', (byte) 0xff, '\n'});

  private PulledWorld world;
  private TreeSteps steps;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    world = new PulledWorld(folder);
    steps = new TreeSteps(world.source, PathBytes.EMPTY, new Random(1));
  }

  @AfterEach
  void close() throws IOException {
    world.close();
  }

  private static PathBytes path(String text) {
    return PathBytes.of(text);
  }

  private PullReport exported() throws IOException {
    assertThat(world.export().failed()).isEmpty();
    PullReport report = world.pull();
    assertThat(report.problems()).isEmpty();
    assertThat(TreeManifest.of(world.tree)).isEqualTo(TreeManifest.of(world.source));
    return report;
  }

  /** Every type of entry, names of all kinds. */
  private void fill() throws IOException {
    steps.makeDirectory(path("d"));
    steps.makeDirectory(path("d/empty"));
    steps.write(path("d/file"), 300);
    steps.write(path("d/large"), 300_000);
    steps.write(path("none"), 0);
    steps.write(path("100% \\ \u00e9 ."), 7);
    steps.write(NOT_UTF8, 9);
    steps.link(path("d/file"), path("zz"));
    steps.setXattr(path("d/file"), "value");
    steps.setMode(path("d/file"), 04750);
    steps.setTime(path("d/large"), new FileTime(-7, 123_456_789));
    try (PosixDirectory root = world.source.openRoot()) {
      root.makeSymlink(path("link"), path("d/file"));
      root.makeSymlink(path("broken"), NOT_UTF8);
      root.makeNode(path("fifo"), FileType.FIFO, 0620, 0);
      root.makeNode(path("socket"), FileType.SOCKET, 0600, 0);
      if (root.stat().uid() == 0) {
        root.makeNode(path("char"), FileType.CHARACTER_DEVICE, 0600, 1L << 32 | 3);
        root.makeNode(path("block"), FileType.BLOCK_DEVICE, 0600, 7L << 32 | 200);
        root.setOwner(path("none"), 1000, 100);
      }
    }
  }

  @Test
  void pull_ofAnExportedTree_showsTheSameTree() throws IOException {
    fill();
    exported();
    world.reopen();
    assertThat(TreeManifest.of(world.tree)).isEqualTo(TreeManifest.of(world.source));
  }

  @Test
  void pull_ofATreeInTheWordsOfOthers_showsItWithFurtherNamesAsFilesOfTheirOwn()
      throws IOException {
    fill();
    assertThat(world.export(MirrorDialect.AMLFS).failed()).isEmpty();
    PullReport report = world.pull();
    assertThat(report.problems()).isEmpty();
    Map<String, String> expected = TreeManifest.of(world.source);
    assertThat(expected.remove("group d/file zz")).isNotNull();
    Map<String, String> found = TreeManifest.of(world.tree);
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    for (String name : new String[] {"d/file", "zz"}) {
      assertThat(world.tree.stat(path(name)).links()).isEqualTo(1);
      assertThat(world.tree.stat(path(name)).size()).isEqualTo(300);
      expected.remove(name);
      found.remove(name);
    }
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void pull_ofLongPaths_showsThem() throws IOException {
    PathBytes deep = PathBytes.EMPTY;
    for (int i = 0; i < 6; i++) {
      deep = deep.resolve("x".repeat(250));
      steps.makeDirectory(deep);
    }
    steps.write(deep.resolve("file"), 10);
    exported();
    assertThat(world.store.keys().stream().filter(k -> k.contains(".kmesh/long/"))).hasSize(3);
    steps.write(deep.resolve("file"), 20);
    exported();
  }

  @Test
  void pull_ofSparseFiles_keepsTheHoles() throws IOException {
    try (PosixFile file =
        world.source.openFile(path("s"), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 1 << 20);
      file.truncate(5 << 20);
    }
    try (PosixFile file =
        world.source.openFile(path("hole"), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.truncate(1 << 20);
    }
    exported();
    try (PosixFile file = world.tree.openFile(path("s"), Set.of(OpenFlag.READ))) {
      long data = file.nextData(0).orElseThrow();
      assertThat(data).isBetween(1L, 1L << 20);
      assertThat(file.nextHole(0)).isZero();
      long hole = file.nextHole(data);
      assertThat(hole).isBetween((1L << 20) + 3, 2L << 20);
      assertThat(file.nextData(hole)).isEmpty();
      assertThat(file.stat().blocks() * 512).isLessThan(1 << 20);
    }
    try (PosixFile file = world.tree.openFile(path("hole"), Set.of(OpenFlag.READ))) {
      assertThat(file.nextData(0)).isEmpty();
      assertThat(file.nextHole(5)).isEqualTo(5);
    }
  }

  @Test
  void pull_ofManyAttributes_readsTheSideObject() throws IOException {
    steps.write(path("f"), 5);
    try (PosixDirectory root = world.source.openRoot()) {
      root.setXattr(path("f"), path("user.large"), new byte[3000], XattrMode.SET);
    }
    exported();
    assertThat(world.store.keys().toString()).contains(".kmesh/side/");
  }

  @Test
  void pull_whenNothingChanged_asksForNothing() throws IOException {
    fill();
    PullReport first = exported();
    Map<String, Long> before = world.store.requests();
    PullReport second = world.pull();
    assertThat(second.listed()).isEqualTo(first.listed());
    assertThat(second.asked()).isZero();
    assertThat(second.changed()).isZero();
    assertThat(world.store.requests("head")).isEqualTo(before.getOrDefault("head", 0L));
    assertThat(world.store.requests("list")).isEqualTo(before.get("list") + 1);
  }

  @Test
  void pull_whenFilesChanged_asksForTheseAlone_andGivesANewCtime() throws IOException {
    fill();
    exported();
    FileStat file = world.tree.stat(path("d/file"));
    FileStat large = world.tree.stat(path("d/large"));
    steps.write(path("d/file"), 301);
    world.export();
    PullReport report = world.pull();
    assertThat(report.asked()).isEqualTo(1);
    assertThat(report.changed()).isEqualTo(1);
    assertThat(world.tree.stat(path("d/file")).inode()).isEqualTo(file.inode());
    assertThat(world.tree.stat(path("d/file")).ctime()).isGreaterThan(file.ctime());
    assertThat(world.tree.stat(path("d/large"))).isEqualTo(large);
    assertThat(TreeManifest.of(world.tree)).isEqualTo(TreeManifest.of(world.source));
  }

  @Test
  void pull_whenRemoved_takesNamesAndEmptyDirectoriesAway() throws IOException {
    fill();
    exported();
    steps.removeAll(path("d"));
    exported();
    assertThat(world.tree.stat(path("zz")).links()).isEqualTo(1);
    assertThat(world.pull().asked()).isZero();
  }

  @Test
  void pull_whenATypeChanged_givesANewInode() throws IOException {
    steps.write(path("a"), 5);
    steps.makeDirectory(path("b"));
    steps.write(path("b/c"), 5);
    exported();
    long file = world.tree.stat(path("a")).inode();
    long directory = world.tree.stat(path("b")).inode();
    steps.unlink(path("a"));
    steps.removeAll(path("b"));
    steps.makeDirectory(path("a"));
    steps.write(path("a/c"), 5);
    steps.write(path("b"), 6);
    exported();
    assertThat(world.tree.stat(path("a")).inode()).isNotEqualTo(file);
    assertThat(world.tree.stat(path("b")).inode()).isNotEqualTo(directory);
  }

  private static Map<String, String> file(String fid, int size) {
    return Map.of(
        "kmesh-format",
        "mirror/0",
        "kmesh-type",
        "file",
        "kmesh-size",
        String.valueOf(size),
        "kmesh-fid",
        fid);
  }

  private static final String FID_1 = "[0x200000401:0x1:0x0]";
  private static final String FID_2 = "[0x200000401:0x2:0x0]";

  @Test
  void pull_whenAFileWasMoved_keepsItsInode() throws IOException {
    world.put("a", "1", file(FID_1, 1));
    world.put("b", "22", file(FID_2, 2));
    world.pull();
    long one = world.tree.stat(path("a")).inode();
    long two = world.tree.stat(path("b")).inode();

    // Both change places.
    world.put("a", "22", file(FID_2, 2));
    world.put("b", "1", file(FID_1, 1));
    world.pull();
    assertThat(world.tree.stat(path("a")).inode()).isEqualTo(two);
    assertThat(world.tree.stat(path("b")).inode()).isEqualTo(one);

    // One goes to a new directory, and another one takes its place.
    world.put("d/x", "1", file(FID_1, 1));
    world.put("b", "3", file("[0x200000401:0x3:0x0]", 1));
    world.pull();
    assertThat(world.tree.stat(path("d/x")).inode()).isEqualTo(one);
    assertThat(world.tree.stat(path("b")).inode()).isNotIn(one, two);

    // One takes the place of another.
    world.delete("d/x");
    world.put("a", "1", file(FID_1, 1));
    world.pull();
    assertThat(world.tree.stat(path("a")).inode()).isEqualTo(one);
    assertThat(world.tree.stat(path("a")).links()).isEqualTo(1);
    assertThat(TreeManifest.of(world.tree).keySet()).containsExactly("", "a", "b");
  }

  @Test
  void pull_whenAFileWasMoved_andItsKeyCannotBeUsed_leavesTheNameAsItWas() throws IOException {
    world.put("a", "1", file(FID_1, 1));
    world.pull();
    FileStat before = world.tree.stat(path("a"));
    world.put("b", "22", file(FID_1, 2));
    world.put("a", "", hardLink("none"));
    assertThat(world.pull().problems())
        .extracting(PullReport.Problem::key)
        .containsExactly("tree/a");
    assertThat(world.tree.stat(path("b")).inode()).isEqualTo(before.inode());
    assertThat(world.tree.stat(path("b")).links()).isEqualTo(1);
    assertThat(world.tree.stat(path("a")).size()).isEqualTo(1);
    assertThat(world.tree.stat(path("a")).mtime()).isEqualTo(before.mtime());
    IndexCheck.requireConsistent(world.tree.index());
    world.put("a", "", hardLink("b"));
    assertThat(world.pull().problems()).isEmpty();
    assertThat(world.tree.stat(path("a"))).isEqualTo(world.tree.stat(path("b")));
  }

  @Test
  void pull_whenAFileWasMovedByItsAttempt_keepsItsInode() throws IOException {
    Map<String, String> file =
        Map.of(
            "kmesh-format", "mirror/0",
            "kmesh-type", "file",
            "kmesh-size", "1",
            "kmesh-attempt", "0123456789abcdef0123456789abcdef");
    world.put("a", "1", file);
    world.pull();
    long inode = world.tree.stat(path("a")).inode();
    world.delete("a");
    world.put("b", "1", file);
    world.pull();
    assertThat(world.tree.stat(path("b")).inode()).isEqualTo(inode);
  }

  @Test
  void pull_ofForeignObjects_showsThemAsFiles() throws IOException {
    world.put("dir/sub/foreign", "hello", Map.of("who", "me"));
    world.put("marker/", "", Map.of());
    PullReport report = world.pull();
    assertThat(report.problems()).isEmpty();
    FileStat stat = world.tree.stat(path("dir/sub/foreign"));
    assertThat(stat.mode()).isEqualTo(0644);
    assertThat(stat.size()).isEqualTo(5);
    assertThat(stat.mtime().seconds()).isPositive();
    assertThat(world.tree.stat(path("dir/sub")).mode()).isEqualTo(0755);
    assertThat(world.tree.stat(path("marker")).isDirectory()).isTrue();
    assertThat(world.pull().asked()).isZero();
    world.put("dir/sub/foreign", "hello", Map.of());
    world.pull();
    assertThat(world.tree.stat(path("dir/sub/foreign")).inode()).isEqualTo(stat.inode());
    world.delete("dir/sub/foreign");
    world.delete("marker/");
    world.pull();
    assertThat(TreeManifest.of(world.tree).keySet()).containsExactly("");
  }

  @Test
  void pull_ofForeignObjects_showsWhatTheirToolsSayOfThem() throws IOException {
    world.put("f", "x", Map.of("file-permissions", "0100600", "file-mtime", "7ns"));
    world.put("l", "f", Map.of("goog-reserved-file-is-symlink", "true"));
    world.put("m", "", Map.of("gcsfuse_symlink_target", "f"));
    world.pull();
    assertThat(world.tree.stat(path("f")).mode()).isEqualTo(0600);
    assertThat(world.tree.stat(path("f")).mtime()).isEqualTo(new FileTime(0, 7));
    assertThat(world.tree.stat(path("l")).type()).isEqualTo(FileType.SYMLINK);
    try (PosixDirectory root = world.tree.openRoot()) {
      assertThat(root.readSymlink(PathBytes.of("l"))).isEqualTo(PathBytes.of("f"));
      assertThat(root.readSymlink(PathBytes.of("m"))).isEqualTo(PathBytes.of("f"));
    }
  }

  @Test
  void pull_ofKeysThatAreNoEntries_namesThem_andTakesTheOthers() throws IOException {
    world.put("good", "1", Map.of());
    for (String key :
        new String[] {
          "../x",
          "a//b",
          "p%zz",
          "a%2Fb",
          "n".repeat(300),
          "full/",
          ".kmesh/long/00",
          "k/".repeat(505) + "aaaaaaaa"
        }) {
      world.put(key, "1", Map.of());
    }
    world.put("new", "1", Map.of("kmesh-format", "mirror/9", "kmesh-type", "file"));
    world.put("bad", "1", file("nonsense", 1));
    world.put("short", "1", file(FID_1, 2));
    world.put("odd", "1", Map.of("kmesh-format", "mirror/0", "kmesh-type", "odd"));
    world.put("lnk", "", Map.of("kmesh-format", "mirror/0", "kmesh-type", "symlink"));
    world.put(".kmesh-flow-1/x", "1", Map.of());
    world.put("tty", "", Map.of("is_char_dev", "true", "posix_rdev", "1280"));
    PullReport report = world.pull();
    assertThat(report.failed()).isEqualTo(report.problems().size()).isEqualTo(13);
    assertThat(report.problems())
        .allSatisfy(
            p -> {
              assertThat(p.key()).startsWith("tree/");
              assertThat(p.message()).startsWith("Cannot ").endsWith(".");
            });
    assertThat(TreeManifest.of(world.tree)).containsKeys("", "good");
    assertThat(TreeManifest.of(world.tree).keySet()).filteredOn(k -> !k.startsWith("k")).hasSize(2);
  }

  @Test
  void pull_ofAFileThatIsAlsoADirectory_keepsWhatItKnew() throws IOException {
    world.put("a/b", "1", Map.of());
    world.pull();
    world.put("a", "1", Map.of());
    PullReport report = world.pull();
    assertThat(report.problems()).extracting(PullReport.Problem::key).containsExactly("tree/a");
    assertThat(world.tree.stat(path("a/b")).isRegular()).isTrue();
    assertThat(world.pull().failed()).isEqualTo(1);
    world.delete("a/b");
    assertThat(world.pull().failed()).isZero();
    assertThat(world.tree.stat(path("a")).isRegular()).isTrue();
    world.put("a/b", "1", Map.of());
    assertThat(world.pull().problems())
        .extracting(PullReport.Problem::key)
        .containsExactly("tree/a/b");
    world.delete("a");
    assertThat(world.pull().failed()).isZero();
    assertThat(world.tree.stat(path("a/b")).isRegular()).isTrue();
  }

  private static Map<String, String> hardLink(String target) {
    return Map.of(
        "kmesh-format",
        "mirror/0",
        "kmesh-type",
        "hardlink",
        "kmesh-target",
        Base64.getEncoder().encodeToString(target.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void pull_ofHardLinks_followsTheirTargets() throws IOException {
    world.put("a", "", hardLink("b"));
    world.put("b", "1", file(FID_1, 1));
    world.put("c", "", hardLink("b"));
    assertThat(world.pull().problems()).isEmpty();
    FileStat stat = world.tree.stat(path("b"));
    assertThat(stat.links()).isEqualTo(3);
    assertThat(world.tree.stat(path("a"))).isEqualTo(stat);

    // Another file at the target's key: the other names, which did not change, lead to it.
    world.put("b", "22", file(FID_2, 2));
    world.put("d", "1", file(FID_1, 1));
    assertThat(world.pull().problems()).isEmpty();
    assertThat(world.tree.stat(path("d")).inode()).isEqualTo(stat.inode());
    assertThat(world.tree.stat(path("d")).links()).isEqualTo(1);
    assertThat(world.tree.stat(path("a")).size()).isEqualTo(2);
    assertThat(world.tree.stat(path("a")).links()).isEqualTo(3);

    // The target goes: its other names are damaged, which takes nothing away.
    world.delete("b");
    PullReport report = world.pull();
    assertThat(report.problems())
        .extracting(PullReport.Problem::key)
        .containsExactly("tree/a", "tree/c");
    assertThat(TreeManifest.names(world.tree).keySet()).contains("", "a", "c", "d");
    assertThat(world.pull().failed()).isEqualTo(2);
    world.delete("a");
    assertThat(world.pull().failed()).isEqualTo(1);
    assertThat(TreeManifest.names(world.tree).keySet()).containsExactly("", "c", "d");
    world.put("b", "22", file(FID_2, 2));
    assertThat(world.pull().failed()).isZero();
    assertThat(world.tree.stat(path("c")).links()).isEqualTo(2);
    IndexCheck.requireConsistent(world.tree.index());
  }

  @Test
  void pull_ofWhatIsToBePushed_leavesItAlone() throws IOException {
    world.put("changed", "1", file(FID_1, 1));
    world.put("gone", "1", file(FID_2, 1));
    world.put("d/", "", Map.of("kmesh-format", "mirror/0", "kmesh-type", "dir"));
    world.pull();
    TreeIndex index = world.tree.index();
    for (String name : new String[] {"changed", "gone", "d"}) {
      index.addChanges(index.entry(path(name)).inode(), Change.ATTRIBUTES);
    }
    Map<String, String> before = TreeManifest.names(world.tree);
    world.put("changed", "22", file(FID_1, 2));
    world.delete("gone");
    world.put(
        "d/", "", Map.of("kmesh-format", "mirror/0", "kmesh-type", "dir", "kmesh-mode", "0700"));
    PullReport report = world.pull();
    assertThat(report.problems())
        .extracting(PullReport.Problem::key)
        .containsExactly("tree/gone", "tree/changed");
    assertThat(index.object("changed").size()).isEqualTo(1);
    assertThat(index.object("d/").etag()).isEqualTo(world.store.blocking().head("tree/d/").etag());
    assertThat(world.tree.stat(path("d")).mode()).isEqualTo(0755);
    assertThat(world.tree.stat(path("gone")).isRegular()).isTrue();
    assertThat(TreeManifest.names(world.tree).keySet()).isEqualTo(before.keySet());
  }

  @Test
  void pull_ofWhatWasMadeHere_leavesItAlone() throws IOException {
    TreeIndex index = world.tree.index();
    for (FileType type : new FileType[] {FileType.REGULAR, FileType.DIRECTORY}) {
      Inode made = Inode.of(index.newInode(), type, 0600, new FileTime(1, 0)).withLinks(1);
      index.put(made);
      index.link(new Entry(TreeIndex.ROOT, path(type.name()), made.number(), type), "");
      index.addChanges(made.number(), Change.BYTES, Change.ATTRIBUTES, Change.NAMES);
    }
    world.put("REGULAR", "1", Map.of());
    world.put("DIRECTORY", "1", Map.of());
    world.put("other", "1", Map.of());
    PullReport report = world.pull();
    assertThat(report.problems())
        .extracting(PullReport.Problem::key)
        .containsExactly("tree/DIRECTORY", "tree/REGULAR");
    assertThat(world.tree.stat(path("REGULAR")).mode()).isEqualTo(0600);
    assertThat(world.tree.stat(path("DIRECTORY")).isDirectory()).isTrue();
    assertThat(world.tree.stat(path("other")).isRegular()).isTrue();
    world.delete("DIRECTORY");
    world.put("DIRECTORY/below", "1", Map.of());
    assertThat(world.pull().failed()).isEqualTo(1);
    assertThat(world.tree.stat(path("DIRECTORY/below")).isRegular()).isTrue();
  }

  @Test
  void pull_belowAPath_takesThatAlone() throws IOException {
    for (String key : new String[] {"d/a", "d/e/b", "da", "d-", "z"}) {
      world.put(key, "1", Map.of());
    }
    world.tree.pull(path("d"), Retrier.Check.NONE);
    assertThat(TreeManifest.names(world.tree).keySet())
        .containsExactly("", "d", "d/a", "d/e", "d/e/b");
    world.pull();
    world.delete("d/a");
    world.delete("z");
    world.put("d/c", "1", Map.of());
    world.tree.pull(path("d"), Retrier.Check.NONE);
    assertThat(TreeManifest.names(world.tree).keySet())
        .containsExactly("", "d", "d-", "d/c", "d/e", "d/e/b", "da", "z");
    world.put("z", "22", Map.of());
    world.tree.pull(path("z"), Retrier.Check.NONE);
    assertThat(world.tree.stat(path("z")).size()).isEqualTo(2);
    world.delete("z");
    world.tree.pull(path("z"), Retrier.Check.NONE);
    assertThat(world.tree.openRoot().find(path("z"))).isEmpty();
    assertThat(world.pull().asked()).isZero();
  }

  private void putLong(String key, String path, String body) throws IOException {
    Map<String, String> attributes = new java.util.HashMap<>(file(FID_1, body.length()));
    attributes.remove("kmesh-fid");
    attributes.put(
        "kmesh-path", Base64.getEncoder().encodeToString(path.getBytes(StandardCharsets.UTF_8)));
    world.put(".kmesh/long/" + key, body, attributes);
  }

  @Test
  void pull_belowAPath_takesLongNamesThereAlone() throws IOException {
    putLong("1", "d/long", "1");
    putLong("2", "e/long", "1");
    putLong("3", "d/gone", "1");
    putLong("4", "e/gone", "1");
    world.pull();
    putLong("1", "d/long", "22");
    putLong("2", "e/long", "22");
    putLong("5", "d/new", "22");
    putLong("6", "e/new", "22");
    world.delete(".kmesh/long/3");
    world.delete(".kmesh/long/4");
    world.tree.pull(path("d"), Retrier.Check.NONE);
    assertThat(TreeManifest.names(world.tree).keySet())
        .containsExactly("", "d", "d/long", "d/new", "e", "e/gone", "e/long");
    assertThat(world.tree.stat(path("d/long")).size()).isEqualTo(2);
    assertThat(world.tree.stat(path("e/long")).size()).isEqualTo(1);
    // Whoever looks at what changed is told of the rest by the next one.
    PullReport rest = world.pull();
    assertThat(rest.changed()).isEqualTo(2);
    assertThat(rest.removed()).isEqualTo(1);
    assertThat(TreeManifest.names(world.tree).keySet())
        .containsExactly("", "d", "d/long", "d/new", "e", "e/long", "e/new");
  }

  @Test
  void pull_ofSeveralPages_findsAllThatDiffers() throws IOException {
    for (int i = 0; i < 2500; i++) {
      world.put("f" + i, "1", Map.of());
    }
    assertThat(world.pull().changed()).isEqualTo(2500);
    assertThat(world.pull().asked()).isZero();
    for (int i = 0; i < 2500; i += 2) {
      world.delete("f" + i);
    }
    world.put("f1", "22", Map.of());
    PullReport report = world.pull();
    assertThat(report.removed()).isEqualTo(1250);
    assertThat(report.asked()).isEqualTo(1);
    assertThat(TreeManifest.of(world.tree)).hasSize(1251);
  }

  @Test
  void pull_whenRepeatedAfterAnyFailure_changedNothingOrAll() throws IOException {
    fill();
    exported();
    steps.removeAll(path("d/empty"));
    steps.rename(path("d/file"), path("moved"), RenameMode.REPLACE);
    steps.write(path("new"), 12);
    world.export();
    Map<String, String> before = TreeManifest.names(world.tree);
    int failed = 0;
    for (String operation : new String[] {"list", "head", "read"}) {
      for (int after = 0; ; after++) {
        FaultPlan plan = FaultPlan.on(operation).after(after).fail(1, ErrorKind.TRANSIENT);
        MemoryOrdered copy = world.rows.copy();
        FaultyObjectStore store = FaultyObjectStore.of(world.store, plan, world.time);
        try (ObjectTree tree = world.open(copy, store)) {
          try {
            tree.pull(Retrier.Check.NONE);
          } catch (ProviderException e) {
            failed++;
            assertThat(TreeManifest.names(over(copy))).as(plan.toString()).isEqualTo(before);
            tree.pull(Retrier.Check.NONE);
          }
        }
        assertThat(TreeManifest.of(over(copy))).isEqualTo(TreeManifest.of(world.source));
        if (store.faults().injected() == 0) {
          break;
        }
      }
    }
    assertThat(failed).isGreaterThan(4);
  }

  private ObjectTree over(MemoryOrdered rows) throws IOException {
    return world.open(rows.copy(), world.store);
  }

  @Test
  void pull_whenTheIndexFails_goesBack() throws IOException {
    fill();
    exported();
    steps.write(path("d/file"), 301);
    world.export();
    assertThatThrownBy(
            () ->
                world.tree.pull(
                    () -> {
                      throw new ProviderException(ErrorKind.CANCELLED, "Cannot go on: cancelled.");
                    }))
        .isInstanceOf(ProviderException.class);
    assertThat(world.pull().changed()).isEqualTo(1);
  }
}
