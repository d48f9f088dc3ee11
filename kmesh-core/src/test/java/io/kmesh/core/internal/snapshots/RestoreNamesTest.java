// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The names that a restore gives for a while: none is that of an entry, or of two. */
class RestoreNamesTest {
  private static final String MARK = ".kmesh-restore";
  private static final String PART = ".kmesh-restore-";

  private final SnapshotWorld world = SnapshotWorld.in(MemoryStore.create());

  private static TreeNode directory(int height, ChunkName page) {
    return new TreeNode(
        PathBytes.EMPTY,
        FileType.DIRECTORY,
        0755,
        0,
        0,
        new FileTime(1, 0),
        new FileTime(1, 0),
        1,
        0,
        1,
        List.of(),
        new Content.Directory(height, page));
  }

  private static PathBytes part(TreeNode directory, String name) {
    return PartNames.in(directory).of(PART, PathBytes.of(name));
  }

  private TreeNode take(PosixTree tree) throws IOException {
    return world.take(tree).manifest().root();
  }

  @Test
  void parts_areOfOneNameInOneStoredDirectory() {
    TreeNode one = directory(0, new ChunkName(1, 2, 3));
    PathBytes part = part(one, "f");
    assertThat(part).isEqualTo(part(directory(0, new ChunkName(1, 2, 3)), "f"));
    assertThat(part.toString()).matches("\\.kmesh-restore-[0-9a-f]{32}");
    assertThat(part)
        .isNotIn(
            part(one, "g"),
            part(directory(1, new ChunkName(1, 2, 3)), "f"),
            part(directory(0, new ChunkName(1, 2, 4)), "f"));
  }

  @Test
  void names_ofOneChecksum_haveTheirOwnParts() {
    Map<Long, String> seen = new HashMap<>();
    String one = null;
    String two = "";
    for (int i = 0; one == null; i++) {
      two = "file " + i * 2654435761L % 1000003 + " " + i;
      CRC32C sum = new CRC32C();
      sum.update(two.getBytes(StandardCharsets.US_ASCII));
      one = seen.put(sum.getValue(), two);
    }
    TreeNode directory = directory(0, new ChunkName(1, 2, 3));
    assertThat(part(directory, one)).isNotEqualTo(part(directory, two));
  }

  /** What a cut restore left is taken with the rest, and stays when that is restored. */
  @Test
  void entry_namedAsAPart_staysWhenItsFileIsReplaced(@TempDir Path folder, @TempDir Path to)
      throws IOException {
    try (PosixTree tree = JnaPosix.open(folder);
        PosixTree target = JnaPosix.open(to)) {
      Files.writeString(folder.resolve("f"), "f");
      String left = part(take(tree), "f").toString();
      Files.writeString(folder.resolve(left), "part");
      String id = world.take(tree).manifest().id();
      Files.writeString(to.resolve("f"), "other");
      world.restore(id, target, TreeRestore.Overwrite.CHANGED);
      Files.writeString(to.resolve("f"), "another");
      world.restore(id, target, TreeRestore.Overwrite.CHANGED);
      assertThat(SnapshotWorld.facts(target)).isEqualTo(SnapshotWorld.facts(tree));
      assertThat(to.resolve(left)).hasContent("part");
    }
  }

  @Test
  void part_isTakenOverByTheRestoreThatGoesOn(@TempDir Path folder, @TempDir Path to)
      throws IOException {
    try (PosixTree tree = JnaPosix.open(folder);
        PosixTree target = JnaPosix.open(to)) {
      Files.writeString(folder.resolve("f"), "f");
      SnapshotStore.Taken taken = world.take(tree);
      String left = part(taken.manifest().root(), "f").toString();
      Files.writeString(to.resolve(left), "a longer part that was cut");
      Files.writeString(to.resolve("f"), "other");
      world.restore(taken.manifest().id(), target, TreeRestore.Overwrite.CHANGED);
      assertThat(SnapshotWorld.facts(target)).isEqualTo(SnapshotWorld.facts(tree));
    }
  }

  @Test
  void markerThatWasTaken_isLeftOut_withAWord(@TempDir Path folder, @TempDir Path to)
      throws IOException {
    try (PosixTree tree = JnaPosix.open(folder);
        PosixTree target = JnaPosix.open(to)) {
      Files.writeString(folder.resolve("f"), "f");
      Files.writeString(folder.resolve(MARK), "kmesh restore 0 0 abc\n");
      String id = world.take(tree).manifest().id();
      Map<String, String> facts = SnapshotWorld.facts(tree);
      facts.remove(MARK);
      try (OpenSnapshot open = world.snapshots().open(id)) {
        for (PosixTree there : new PosixTree[] {null, target}) {
          assertThat(
                  new RestorePlanner(open, Retrier.Check.NONE).plan(PathBytes.EMPTY, there).steps())
              .extracting(step -> step.path().toString())
              .containsExactly("f");
        }
      }
      for (TreeRestore.Overwrite overwrite : TreeRestore.Overwrite.values()) {
        ScanTally tally = world.restore(id, target, overwrite);
        assertThat(tally.problems())
            .extracting(p -> p.path().toString() + " " + p.reason())
            .singleElement()
            .asString()
            .startsWith(MARK + " is left out: it only marked a restore");
        assertThat(SnapshotWorld.facts(target)).isEqualTo(facts);
      }
    }
  }

  /** Files of each kind with the names, and some that a marker may begin like. */
  @Test
  void entries_namedAsTheMarker_areRestored(@TempDir Path folder, @TempDir Path to)
      throws IOException {
    Files.writeString(folder.resolve(MARK), "kmesh restore --all");
    Files.createDirectory(folder.resolve(MARK + "~1"));
    Files.writeString(folder.resolve(MARK + "~1/f"), "f");
    Files.writeString(folder.resolve(MARK + "~2"), "");
    Files.createSymbolicLink(folder.resolve("link"), Path.of(MARK));
    try (PosixTree tree = JnaPosix.open(folder);
        PosixTree target = JnaPosix.open(to)) {
      SnapshotStore.Taken taken = world.take(tree);
      for (TreeRestore.Overwrite overwrite : TreeRestore.Overwrite.values()) {
        assertThat(world.restore(taken.manifest().id(), target, overwrite).problems()).isEmpty();
        assertThat(SnapshotWorld.facts(target)).isEqualTo(SnapshotWorld.facts(tree));
        Files.writeString(to.resolve(MARK), "changed");
      }
      Files.writeString(folder.resolve(MARK + "~3"), "user's");
      String full = world.take(tree).manifest().id();
      assertThatThrownBy(() -> world.restore(full, target, TreeRestore.Overwrite.CHANGED))
          .isInstanceOf(ProviderException.class)
          .hasMessageContaining("entries of all names that can mark a restore");
    }
  }

  @Test
  void usersFileInTheTarget_namedAsTheMarker_stays(@TempDir Path folder, @TempDir Path to)
      throws IOException {
    try (PosixTree tree = JnaPosix.open(folder);
        PosixTree target = JnaPosix.open(to)) {
      Files.writeString(folder.resolve("f"), "f");
      String id = world.take(tree).manifest().id();
      Files.writeString(to.resolve(MARK), "mine");
      assertThatThrownBy(() -> world.restore(id, target, TreeRestore.Overwrite.NEVER))
          .isInstanceOf(ProviderException.class)
          .hasMessageContaining("it is not empty, there is " + MARK);
      world.restore(id, target, TreeRestore.Overwrite.CHANGED);
      assertThat(to.resolve(MARK)).hasContent("mine");
      assertThat(to.resolve("f")).hasContent("f");
      try (var all = Files.list(to)) {
        assertThat(all).hasSize(2);
      }
    }
  }

  /** Whose marker has which name: the one that began last is trusted, no other. */
  @Test
  void markerOfAnother_ofAnyName_goesBeforeAnythingIsWritten(@TempDir Path to) throws IOException {
    try (PosixTree target = JnaPosix.open(to)) {
      RestoreMarker usual =
          new RestoreMarker(
              target,
              directory(0, new ChunkName(1, 2, 3)),
              new MarkerNames(MarkerNames.ALL, Set.of()));
      RestoreMarker other =
          new RestoreMarker(
              target,
              directory(0, new ChunkName(4, 5, 6)),
              new MarkerNames(MarkerNames.ALL.subList(1, 4), Set.of()));
      usual.begin(TreeRestore.Overwrite.NEVER);
      usual.synced(PathBytes.of("f"));
      String first = Files.readString(to.resolve(MARK));
      assertThat(other.find()).isEqualTo(new RestoreMarker.Found(true, false, null));
      other.begin(TreeRestore.Overwrite.NEVER);
      assertThat(to.resolve(MARK)).doesNotExist();
      other.synced(PathBytes.of("g"));
      assertThat(usual.find()).isEqualTo(new RestoreMarker.Found(true, false, null));
      // Cut between its own marker and the end of the other.
      Files.writeString(to.resolve(MARK), first);
      assertThat(other.find()).isEqualTo(new RestoreMarker.Found(true, true, PathBytes.of("g")));
      other.goOn();
      assertThat(to.resolve(MARK)).doesNotExist();
      // Torn, in the place of its user's file: stays.
      Files.writeString(to.resolve(MARK), "kmesh re");
      other.goOn();
      assertThat(to.resolve(MARK)).exists();
      usual.begin(TreeRestore.Overwrite.NEVER);
      assertThat(usual.find()).isEqualTo(new RestoreMarker.Found(true, true, null));
      assertThat(to.resolve(MARK + "~1")).doesNotExist();
    }
  }
}
