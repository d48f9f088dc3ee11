// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.chunk.TarBuilder;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees with all that a tree can have, taken and brought back. */
class SnapshotRoundTripTest {
  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;
  private static final Set<OpenFlag> NEW = Set.of(OpenFlag.WRITE, OpenFlag.CREATE);

  private final MemoryStore store = MemoryStore.create();
  private final SnapshotWorld world = SnapshotWorld.in(store);
  private PosixTree source;
  private long handles;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    handles = JnaPosix.openHandles();
    source = JnaPosix.open(Files.createDirectory(directory.resolve("source")));
  }

  @AfterEach
  void nothingIsLeftOpen() throws IOException {
    source.close();
    assertThat(JnaPosix.openHandles()).isEqualTo(handles);
    assertThat(world.domain().heads().newest().sessions()).isEmpty();
  }

  private void comesBack(SnapshotStore.Taken taken) throws IOException {
    assertThat(taken.tally().problems()).isEmpty();
    assertThat(world.restored(taken.manifest().id())).isEqualTo(SnapshotWorld.facts(source));
    assertThat(world.check().damages()).isEmpty();
  }

  private SnapshotStore.Taken take() throws IOException {
    return world.take(source, "s", "src", 3);
  }

  @Test
  void take_hostileTree_comesBackAsItWas() throws IOException {
    HostileTree.fill(source);
    try (PosixFile file = source.openFile(PathBytes.of("odd/xattrs"), Set.of())) {
      file.setXattr(PathBytes.of("user.large"), HostileTree.random(5, 1025), XattrMode.SET);
      file.setXattr(PathBytes.of("user.edge"), HostileTree.random(6, 1024), XattrMode.SET);
    }
    try (PosixDirectory odd = source.openDirectory(PathBytes.of("odd"))) {
      odd.setTimes(new FileTime(5, 0), new FileTime(2_000_000_001, 1));
    }

    SnapshotStore.Taken taken = take();

    comesBack(taken);
    assertThat(taken.manifest().files()).isEqualTo(taken.tally().files()).isGreaterThan(20);
    assertThat(store.keys().stream().filter(k -> k.contains("/packs/"))).hasSizeGreaterThan(1);
  }

  @Test
  void take_filesAtTheBoundsOfChunks_comeBackAsTheyWere() throws IOException {
    int seed = 0;
    for (int size :
        new int[] {
          0, 1, 63, 64, 256 * KIB - 1, 256 * KIB, 256 * KIB + 1, MIB, 4 * MIB, 4 * MIB + 1, 9 * MIB
        }) {
      SnapshotWorld.write(source, "f" + size, seed++, size);
      // What never meets a boundary is cut at the largest size.
      try (PosixFile zeros = source.openFile(PathBytes.of("z" + size), NEW)) {
        zeros.write(ByteBuffer.allocate(size), 0);
      }
    }

    comesBack(take());
  }

  @Test
  void take_tarOfATree_storesLittleBesidesTheTree_andComesBack() throws IOException {
    TarBuilder tar = new TarBuilder();
    long bytes = 0;
    SnapshotWorld.directory(source, "tree");
    for (int i = 0; i < 40; i++) {
      byte[] content = HostileTree.random(i, i == 39 ? 3 * MIB : 5_000 + 7_001 * i);
      bytes += content.length;
      try (PosixFile file = source.openFile(PathBytes.of("tree/f" + i), NEW)) {
        file.write(ByteBuffer.wrap(content), 0);
      }
      tar.file("tree/f" + i, content);
    }
    try (PosixFile file = source.openFile(PathBytes.of("tree.tar"), NEW)) {
      file.write(ByteBuffer.wrap(tar.end()), 0);
    }

    SnapshotStore.Taken taken = take();

    assertThat(taken.manifest().bytes()).isGreaterThan(2 * bytes);
    long stored = 0;
    for (String key : store.keys()) {
      stored += store.blocking().head(key).size();
    }
    assertThat(stored).isLessThan(bytes + 64 * KIB);
    comesBack(taken);
  }

  @Test
  void take_sparseFiles_keepTheirHoles() throws IOException {
    try (PosixFile many = source.openFile(PathBytes.of("many"), NEW)) {
      for (int i = 0; i < 400; i++) {
        many.write(ByteBuffer.wrap(HostileTree.random(i, 4096)), i * 12_288L);
      }
      many.truncate(6 * MIB);
    }
    try (PosixFile large = source.openFile(PathBytes.of("large"), NEW)) {
      large.write(ByteBuffer.wrap(HostileTree.random(1, 3 * MIB)), 40L << 30);
      large.write(ByteBuffer.wrap(HostileTree.random(2, 10)), 0);
    }
    try (PosixFile begins = source.openFile(PathBytes.of("begins-with-a-hole"), NEW)) {
      begins.write(ByteBuffer.wrap(HostileTree.random(3, 100)), MIB);
    }
    long[] blocks = new long[3];
    List<PathBytes> names =
        List.of(PathBytes.of("many"), PathBytes.of("large"), PathBytes.of("begins-with-a-hole"));
    for (int i = 0; i < 3; i++) {
      blocks[i] = source.stat(names.get(i)).blocks();
    }
    Path target = Files.createTempDirectory("kmesh-sparse");
    SnapshotStore.Taken taken = take();

    try (PosixTree back = JnaPosix.open(target)) {
      world.restore(taken.manifest().id(), back, TreeRestore.Overwrite.NEVER);
      for (int i = 0; i < 3; i++) {
        // A file system's own blocks for many extents count, and come when it likes.
        assertThat(back.stat(names.get(i)).blocks()).isBetween(blocks[i] - 64, blocks[i] + 64);
        assertThat(back.stat(names.get(i)).size()).isEqualTo(source.stat(names.get(i)).size());
        assertThat(data(back, names.get(i))).isEqualTo(data(source, names.get(i)));
      }
    } finally {
      SnapshotWorld.delete(target);
    }
  }

  /** Where the data of a file is, and what: its holes are not read. */
  private static String data(PosixTree tree, PathBytes name) throws IOException {
    StringBuilder text = new StringBuilder();
    try (PosixFile file = tree.openFile(name, Set.of(OpenFlag.READ))) {
      long size = file.stat().size();
      for (var at = file.nextData(0); at.isPresent(); ) {
        long end = Math.min(size, file.nextHole(at.getAsLong()));
        ByteBuffer bytes = ByteBuffer.allocate((int) (end - at.getAsLong()));
        while (bytes.hasRemaining() && file.read(bytes, at.getAsLong() + bytes.position()) > 0) {
          // Reads on.
        }
        java.util.zip.CRC32 crc = new java.util.zip.CRC32();
        crc.update(bytes.flip());
        text.append(at.getAsLong()).append('-').append(end).append(' ').append(crc.getValue());
        text.append('\n');
        at = end < size ? file.nextData(end) : java.util.OptionalLong.empty();
      }
    }
    return text.toString();
  }

  @Test
  void take_largeAndDeepDirectories_comeBackAsTheyWere() throws IOException {
    SnapshotWorld.directory(source, "wide");
    try (PosixDirectory wide = source.openDirectory(PathBytes.of("wide"))) {
      for (int i = 0; i < 1500; i++) {
        wide.makeSymlink(PathBytes.of("entry-" + i * 7919 % 1500), PathBytes.of("x" + i));
      }
    }
    for (int size : new int[] {63, 64, 65}) {
      SnapshotWorld.directory(source, "d" + size);
      for (int i = 0; i < size; i++) {
        SnapshotWorld.write(source, "d" + size + "/f" + i, i, i);
      }
    }
    StringBuilder path = new StringBuilder("deep");
    SnapshotWorld.directory(source, "deep");
    for (int i = 0; i < 70; i++) {
      path.append("/").append("d".repeat(30));
      SnapshotWorld.directory(source, path.toString());
    }
    SnapshotWorld.write(source, path + "/f", 1, 10);
    Path target = Files.createTempDirectory("kmesh-deep");
    SnapshotStore.Taken taken = take();

    try (PosixTree back = JnaPosix.open(target)) {
      world.restore(taken.manifest().id(), back, TreeRestore.Overwrite.NEVER);
      assertThat(SnapshotWorld.facts(back)).isEqualTo(SnapshotWorld.facts(source));
    } finally {
      SnapshotWorld.delete(target);
    }
    assertThat(taken.manifest().others()).isEqualTo(1500);
  }

  private void someTree() throws IOException {
    for (int d = 0; d < 4; d++) {
      SnapshotWorld.directory(source, "d" + d);
      for (int f = 0; f < 10; f++) {
        SnapshotWorld.write(source, "d" + d + "/f" + f, 10 * d + f, 3000);
      }
    }
    SnapshotWorld.write(source, "large", 1000, 3 * MIB);
  }

  @Test
  void take_unchanged_writesOnlyAManifest() throws IOException {
    someTree();
    take();
    List<String> before = store.keys();
    long puts = store.requests("put");
    long reads = store.requests("read");

    SnapshotStore.Taken second = take();

    assertThat(second.tally().readFiles()).isZero();
    List<String> more = store.keys().stream().filter(k -> !before.contains(k)).toList();
    // The session's head, a pack with the manifest, its run, the head that publishes.
    assertThat(more).hasSize(4);
    assertThat(more.stream().filter(k -> k.contains("/packs/"))).hasSize(1);
    assertThat(more.stream().filter(k -> k.contains("/index/"))).hasSize(1);
    assertThat(store.requests("put") - puts).isEqualTo(4);
    assertThat(second.stored()).isEqualTo(4096);
    assertThat(store.requests("read") - reads).isLessThan(20);
    comesBack(second);
  }

  @Test
  void take_oneFileChanged_writesOnlyWhatChanged() throws IOException {
    someTree();
    take();
    SnapshotWorld.write(source, "d2/f3", 777, 3000);

    SnapshotStore.Taken second = take();

    assertThat(second.tally().readFiles()).isEqualTo(1);
    // 3,000 random bytes; the pages of d2 and of the top, and the manifest.
    assertThat(second.stored()).isEqualTo(4096 + 4096);
    comesBack(second);
  }

  @Test
  void take_changesThatNamesAndSizesHide_areSeen() throws IOException {
    someTree();
    SnapshotStore.Taken first = take();
    Map<String, String> before = SnapshotWorld.facts(source);
    FileTime mtime = source.stat(PathBytes.of("d0/f1")).mtime();
    try (PosixDirectory d0 = source.openDirectory(PathBytes.of("d0"));
        PosixDirectory d1 = source.openDirectory(PathBytes.of("d1"))) {
      d0.setMode(PathBytes.of("f0"), 0600);
      // Of the same size and modification time.
      SnapshotWorld.write(source, "d0/f1", 4711, 3000);
      d0.setTimes(PathBytes.of("f1"), mtime, mtime);
      // One takes the other's name.
      d0.rename(PathBytes.of("f2"), d0, PathBytes.of("f3"), RenameMode.REPLACE);
      d0.rename(PathBytes.of("f4"), d1, PathBytes.of("moved"), RenameMode.NO_REPLACE);
      d1.unlink(PathBytes.of("f5"));
      d1.makeDirectory(PathBytes.of("f5"), 0700);
      d1.link(PathBytes.of("f6"), d0, PathBytes.of("second-name"));
      try (PosixFile file = d1.openFile(PathBytes.of("f7"), Set.of(OpenFlag.WRITE))) {
        file.setXattr(PathBytes.of("user.new"), new byte[] {1}, XattrMode.SET);
      }
    }
    try (PosixDirectory root = source.openRoot()) {
      root.rename(PathBytes.of("d2"), root, PathBytes.of("renamed"), RenameMode.NO_REPLACE);
    }

    SnapshotStore.Taken second = take();

    // Those of the renamed directory are read again, and found to be there.
    assertThat(second.tally().readFiles()).isEqualTo(10 + 7);
    assertThat(second.stored()).isLessThanOrEqualTo(2 * 8192);
    comesBack(second);
    assertThat(world.restored(first.manifest().id())).isEqualTo(before);
  }

  @Test
  void restore_ontoWhatChanged_bringsItBack_andLeavesWhatIsTheSame() throws IOException {
    someTree();
    Map<String, String> before = SnapshotWorld.facts(source);
    SnapshotStore.Taken taken = take();
    SnapshotWorld.write(source, "d2/f3", 777, 3000);
    try (PosixDirectory d3 = source.openDirectory(PathBytes.of("d3"))) {
      d3.unlink(PathBytes.of("f0"));
    }

    ScanTally tally = world.restore(taken.manifest().id(), source, TreeRestore.Overwrite.CHANGED);

    assertThat(SnapshotWorld.facts(source)).isEqualTo(before);
    assertThat(tally.readFiles()).isEqualTo(2);
  }

  @Test
  void take_byManyThreadsWithALargePackTarget_comesBack() throws IOException {
    HostileTree.fill(source);
    SnapshotWorld large = SnapshotWorld.in(store, 32 * MIB, null);

    SnapshotStore.Taken taken = large.take(source, "s", "src", 8);

    comesBack(taken);
    assertThat(store.keys().stream().filter(k -> k.contains("/packs/"))).hasSize(2);
  }

  @Test
  void snapshotOfAnId_isFoundByIt_whateverOthersAreCalled(@TempDir Path folder) throws IOException {
    SnapshotWorld other = SnapshotWorld.in(MemoryStore.create());
    try (PosixTree tree = JnaPosix.open(folder)) {
      String id = other.take(tree, "one", "src", 1).manifest().id();
      other.take(tree, id, "src", 1);
      assertThat(other.snapshots().find(id).name()).isEqualTo("one");
      other.snapshots().open(id).close();
    }
  }
}
