// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees that other tools stored, brought into a file system. */
class ForeignImportTest {
  private final MemoryStore store = MemoryStore.create();
  @TempDir private Path dir;
  private PosixTree tree;

  @BeforeEach
  void open() throws IOException {
    tree = JnaPosix.open(Files.createDirectory(dir.resolve("tree")));
  }

  @AfterEach
  void close() throws IOException {
    tree.close();
    store.close();
  }

  private void put(String key, String body, Map<String, String> metadata) throws IOException {
    store
        .blocking()
        .put(
            "p/" + key,
            ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)),
            new PutOptions(Condition.none(), metadata, null));
  }

  private MirrorTreeReport bring() throws IOException {
    return MirrorTree.in(store, MirrorFixture.STILL)
        .prefix("p/")
        .foreign()
        .importTo(tree, PathBytes.EMPTY);
  }

  private FileStat stat(String path) throws IOException {
    PathBytes whole = PathBytes.of(path);
    try (PosixDirectory parent = tree.openDirectory(whole.parent())) {
      return parent.stat(whole.name());
    }
  }

  private Path at(String path) {
    return dir.resolve("tree").resolve(path);
  }

  @Test
  void treeOfSeveralTools_hasItsAttributes() throws Exception {
    put(
        "fsx/file",
        "one",
        Map.of("file-permissions", "0100640", "file-mtime", "1600000000000000007ns"));
    put("fsx/link", "file", Map.of("file-permissions", "0120777"));
    put("fsx/", "", Map.of("file-permissions", "0100711", "file-mtime", "1500000000000000000ns"));
    put(
        "az/file",
        "two",
        Map.of("owner", "0", "group", "0", "permissions", "0600", "hdi_isfolder", "false"));
    put("az", "", Map.of("owner", "0", "hdi_isfolder", "true", "permissions", "0750"));
    put("gs/plain", "three", Map.of());
    put("gs/link", "", Map.of("gcsfuse_symlink_target", "plain"));
    put("rclone/pipe", "", Map.of("mode", "010644"));
    put("100% done %41", "four", Map.of());

    MirrorTreeReport report = bring();

    assertThat(report.failed()).isEmpty();
    assertThat(report.notes()).isEmpty();
    assertThat(at("fsx/file")).hasContent("one");
    assertThat(stat("fsx/file").mode()).isEqualTo(0640);
    assertThat(stat("fsx/file").mtime().nanos()).isEqualTo(7);
    assertThat(Files.readSymbolicLink(at("fsx/link"))).hasToString("file");
    assertThat(stat("fsx").mode()).isEqualTo(0711);
    assertThat(stat("fsx").mtime().seconds()).isEqualTo(1_500_000_000);
    assertThat(at("az/file")).hasContent("two");
    assertThat(stat("az/file").mode()).isEqualTo(0600);
    assertThat(stat("az").mode()).isEqualTo(0750);
    assertThat(at("gs/plain")).hasContent("three");
    assertThat(stat("gs/plain").mode()).isEqualTo(0644);
    assertThat(Files.readSymbolicLink(at("gs/link"))).hasToString("plain");
    assertThat(stat("rclone/pipe").type()).isEqualTo(FileType.FIFO);
    assertThat(at("100% done %41")).hasContent("four");

    MirrorTreeReport again = bring();
    assertThat(again.failed()).isEmpty();
    assertThat(again.bytes()).isZero();
  }

  @Test
  void suid_isNotTaken_andWhatCannotBeRead_isNoted() throws Exception {
    put("suid", "x", Map.of("mode", "0104755"));
    put("odd", "y", Map.of("file-owner", "somebody"));
    MirrorTreeReport report = bring();
    assertThat(report.failed()).isEmpty();
    assertThat(stat("suid").mode()).isEqualTo(0755);
    assertThat(report.notes())
        .extracting(MirrorTreeReport.Problem::name)
        .containsExactly("p/odd", "p/suid");
    assertThat(report.notes().get(0).message()).isEqualTo("fsx: file-owner=somebody");
  }

  @Test
  void keysThatLeadOut_directoriesWithBytes_andDevices_areFailures_andNothingIsThere()
      throws Exception {
    put("../out", "x", Map.of());
    put("a/../../out", "x", Map.of());
    put("a//b", "x", Map.of());
    put("d/", "bytes", Map.of());
    put("disk", "", Map.of("mode", "060666", "rdev", "800"));
    put(".kmesh/root", "x", Map.of());
    MirrorTreeReport report = bring();
    assertThat(report.failed())
        .extracting(MirrorTreeReport.Problem::name)
        .containsExactly("p/../out", "p/.kmesh/root", "p/a/../../out", "p/a//b", "p/d/", "p/disk");
    assertThat(dir.resolve("out")).doesNotExist();
    assertThat(at("")).isEmptyDirectory();
  }

  @Test
  void keyOfAPathThatKmeshHas_isAFailure() throws Exception {
    put("100%", "theirs", Map.of());
    put("100%25", "x", Map.of("kmesh-format", "mirror/0"));
    assertThat(bring().failed())
        .extracting(MirrorTreeReport.Problem::message)
        .anyMatch(m -> m.contains("p/100%25 is of the same path"));
    assertThat(at("100%")).doesNotExist();
  }

  @Test
  void withoutAsking_othersObjectsAreFailures() throws Exception {
    put("file", "x", Map.of());
    MirrorTreeReport report =
        MirrorTree.in(store, MirrorFixture.STILL).prefix("p/").importTo(tree, PathBytes.EMPTY);
    assertThat(report.failedCount()).isEqualTo(1);
  }
}
