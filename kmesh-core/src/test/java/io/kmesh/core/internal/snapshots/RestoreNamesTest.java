// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
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
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The names that a restore gives for a while: none is that of an entry, or of two. */
class RestoreNamesTest {
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
}
