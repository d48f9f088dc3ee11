// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorPlan;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and directories that were renamed, and whose attributes changed, between two exports. */
class MovedFilesTest {
  private static final int SIZE = 300 << 10;
  private static final PathBytes D = PathBytes.of("d");

  private final MemoryStore store = MemoryStore.create();
  private PosixTree source;
  private PosixTree target;

  @BeforeEach
  void fill(@TempDir Path directory) throws IOException {
    source = JnaPosix.open(Files.createDirectory(directory.resolve("source")));
    target = JnaPosix.open(Files.createDirectory(directory.resolve("target")));
    try (PosixDirectory root = source.openRoot()) {
      root.makeDirectory(D, 0755);
      root.makeDirectory(PathBytes.of("stays"), 0755);
      try (PosixDirectory d = root.openDirectory(D)) {
        HostileTree.write(d, PathBytes.of("one"), 1, SIZE);
        HostileTree.write(d, PathBytes.of("two"), 2, SIZE);
        HostileTree.write(d, PathBytes.of("small"), 3, 100);
      }
    }
  }

  @AfterEach
  void close() throws IOException {
    source.close();
    target.close();
    assertThat(store.openUploads()).isEmpty();
    store.close();
  }

  private static MirrorTree mirror(ObjectStore in) {
    return MirrorTree.in(in, MirrorFixture.STILL)
        .prefix("tree/")
        .threads(2)
        .partSize(DataSize.ofKib(64))
        .findMoved()
        .removeGone();
  }

  private void rename(String from, String to) throws IOException {
    try (PosixDirectory root = source.openRoot()) {
      root.rename(PathBytes.of(from), root, PathBytes.of(to), RenameMode.REPLACE);
    }
  }

  private void checkImport(MirrorTree mirror) throws IOException {
    assertThat(mirror.importTo(target, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
  }

  private Map<String, Long> requests() {
    Map<String, Long> all = new TreeMap<>();
    for (String kind : new String[] {"put", "copy", "uploadPart", "startUpload", "complete"}) {
      all.put(kind, store.requests(kind));
    }
    return all;
  }

  @Test
  void renamedDirectory_isCopiedAtTheStore_asThePlanSaysFirst() throws IOException {
    mirror(store).export(source, PathBytes.EMPTY);
    rename("d", "e");
    Map<String, Long> before = requests();

    MirrorPlan plan = mirror(store).planExport(source, PathBytes.EMPTY);
    assertThat(requests()).isEqualTo(before);
    MirrorTreeReport out = mirror(store).export(source, PathBytes.EMPTY);

    assertThat(out.failed()).isEmpty();
    assertThat(out.bytes()).isEqualTo(100);
    assertThat(plan.report().bytes()).isEqualTo(100);
    assertThat(out.removed()).isEqualTo(4).isEqualTo(plan.report().removed());
    Map<String, Long> after = requests();
    after.forEach(
        (kind, count) ->
            assertThat(count - before.get(kind))
                .as(kind)
                .isEqualTo(plan.requests().getOrDefault(kind, 0L)));
    assertThat(plan.requests()).containsEntry("copy", 2L).doesNotContainKey("uploadPart");
    assertThat(store.keys()).noneMatch(k -> k.startsWith("tree/d/"));
    checkImport(mirror(store));
    assertThat(mirror(store).export(source, PathBytes.EMPTY).bytes()).isZero();
  }

  @Test
  void objectsThatTheStoreCopied_sayTheCrc32cOfTheirContent_alsoOfThoseThatSaidNone()
      throws IOException {
    mirror(store).partSize(DataSize.ofMib(1)).export(source, PathBytes.EMPTY);
    assertThat(metadata("tree/d/one")).containsEntry("kmesh-crc32c", crc32c("tree/d/one"));
    // Builds before wrote none of what goes in one part.
    for (String key : List.of("tree/d/one", "tree/d/two")) {
      Map<String, String> said = new TreeMap<>(metadata(key));
      said.remove("kmesh-crc32c");
      ByteBuffer body = store.blocking().read(key, 0, SIZE, Condition.none()).data();
      store.blocking().put(key, body, PutOptions.NONE.withMetadata(said));
    }
    rename("d", "e");
    MirrorTree mirror = mirror(store);
    assertThat(mirror.export(source, PathBytes.EMPTY).bytes()).isEqualTo(100);
    String one = crc32c("tree/e/one");
    assertThat(metadata("tree/e/one")).containsEntry("kmesh-crc32c", one);
    assertThat(metadata("tree/e/two")).containsEntry("kmesh-crc32c", crc32c("tree/e/two"));
    try (PosixDirectory e = source.openDirectory(PathBytes.of("e"))) {
      e.setMode(PathBytes.of("one"), 0440);
    }
    mirror.export(source, PathBytes.EMPTY);
    assertThat(metadata("tree/e/one"))
        .containsEntry("kmesh-mode", "0440")
        .containsEntry("kmesh-crc32c", one);
    checkImport(mirror);
  }

  private Map<String, String> metadata(String key) throws IOException {
    return store.blocking().head(key).metadata();
  }

  private String crc32c(String key) throws IOException {
    return Crc32c.of(store.blocking().read(key, 0, SIZE, Condition.none()).data()).toString();
  }

  @Test
  void sameSizeAndTime_withOtherBytes_isSent() throws IOException {
    mirror(store).export(source, PathBytes.EMPTY);
    rename("d", "e");
    try (PosixDirectory e = source.openDirectory(PathBytes.of("e"));
        PosixFile one = e.openFile(PathBytes.of("one"), Set.of(OpenFlag.WRITE))) {
      var stat = one.stat();
      one.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 1000);
      one.setTimes(stat.atime(), stat.mtime());
    }
    MirrorTreeReport out = mirror(store).export(source, PathBytes.EMPTY);
    assertThat(out.failed()).isEmpty();
    assertThat(out.bytes()).isEqualTo(SIZE + 100);
    checkImport(mirror(store));
  }

  @Test
  void whatIsStillThere_isCopiedFromNowhere_andAnotherDialectIsWritten() throws IOException {
    mirror(store).export(source, PathBytes.EMPTY);
    rename("d", "e");
    MirrorTreeReport out = mirror(store).dialect(MirrorDialect.FSX).export(source, PathBytes.EMPTY);
    assertThat(out.bytes()).isEqualTo(100);
    assertThat(store.blocking().head("tree/e/one").metadata()).containsKey("file-mtime");
    try (PosixDirectory e = source.openDirectory(PathBytes.of("e"))) {
      HostileTree.write(e, PathBytes.of("like one"), 1, SIZE);
    }
    assertThat(mirror(store).dialect(MirrorDialect.FSX).export(source, PathBytes.EMPTY).bytes())
        .isEqualTo(SIZE);
    checkImport(mirror(store));
  }

  @Test
  void storeThatCopiesNothing_getsTheBytes_andANote() throws IOException {
    try (MemoryStore plain = MemoryStore.builder().without(StoreCapability.COPY).build()) {
      mirror(plain).export(source, PathBytes.EMPTY);
      rename("d", "e");
      MirrorTreeReport out = mirror(plain).export(source, PathBytes.EMPTY);
      assertThat(out.bytes()).isEqualTo(2 * SIZE + 100);
      assertThat(out.notes()).hasSize(1);
      checkImport(mirror(plain));
    }
  }

  @Test
  void chmodOfADirectoryOfFiles_isPlannedAsCopies() throws IOException {
    mirror(store).export(source, PathBytes.EMPTY);
    try (PosixDirectory d = source.openDirectory(D)) {
      for (String name : new String[] {"one", "two", "small"}) {
        d.setMode(PathBytes.of(name), 0440);
      }
    }
    MirrorPlan plan = mirror(store).planExport(source, PathBytes.EMPTY);
    assertThat(plan.requests()).containsEntry("copy", 3L).doesNotContainKeys("put", "uploadPart");
    assertThat(plan.report().bytes()).isZero();
    assertThat(mirror(store).export(source, PathBytes.EMPTY).bytes()).isZero();
    checkImport(mirror(store));
  }
}
