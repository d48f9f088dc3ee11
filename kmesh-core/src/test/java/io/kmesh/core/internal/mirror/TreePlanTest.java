// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.MirrorPlan;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans say what the run then does, and change nothing. */
class TreePlanTest {
  private static final List<String> KINDS =
      List.of(
          "head",
          "read",
          "list",
          "put",
          "copy",
          "delete",
          "startUpload",
          "uploadPart",
          "complete",
          "abort",
          "listUploads");

  private final MemoryStore store = MemoryStore.create();
  @TempDir private Path dir;
  private PosixTree source;

  @BeforeEach
  void fill() throws IOException {
    source = JnaPosix.open(Files.createDirectory(dir.resolve("source")));
    HostileTree.fill(source);
  }

  @AfterEach
  void close() throws IOException {
    source.close();
    store.close();
  }

  private MirrorTree mirror() {
    return MirrorTree.in(store, MirrorFixture.STILL)
        .prefix("p/")
        .removeGone()
        .partSize(DataSize.ofKib(64));
  }

  private Map<String, Long> requests() {
    Map<String, Long> all = new LinkedHashMap<>();
    KINDS.forEach(kind -> all.put(kind, store.requests(kind)));
    return all;
  }

  private Map<String, Long> since(Map<String, Long> before) {
    Map<String, Long> made = new LinkedHashMap<>();
    requests()
        .forEach(
            (kind, count) -> {
              if (count > before.get(kind)) {
                made.put(kind, count - before.get(kind));
              }
            });
    return made;
  }

  private void checkExport() throws IOException {
    List<String> keys = List.copyOf(store.keys());
    Map<String, Long> before = requests();
    MirrorPlan plan = mirror().planExport(source, PathBytes.EMPTY);
    assertThat(store.keys()).isEqualTo(keys);
    assertThat(since(before)).containsOnlyKeys(readsOf(since(before)));

    Map<String, Long> begun = requests();
    MirrorTreeReport done = mirror().export(source, PathBytes.EMPTY);
    assertThat(plan.requests()).isEqualTo(since(begun));
    assertThat(plan.report()).isEqualTo(done);
  }

  private static String[] readsOf(Map<String, Long> requests) {
    return requests.keySet().stream()
        .filter(List.of("head", "read", "list", "listUploads")::contains)
        .toArray(String[]::new);
  }

  @Test
  void export_doesWhatItsPlanSaid() throws IOException {
    checkExport();
    checkExport();
    Files.writeString(dir.resolve("source/changed"), "new");
    Files.delete(dir.resolve("source/odd/large"));
    store.blocking().put("p/in-the-way", ByteBuffer.allocate(3), PutOptions.NONE);
    Files.writeString(dir.resolve("source/in-the-way"), "x");
    checkExport();
  }

  private void checkImport(PosixTree target) throws IOException {
    Map<String, String> facts = TreeFacts.of(target);
    Map<String, Long> before = requests();
    MirrorPlan plan = mirror().planImport(target, PathBytes.EMPTY);
    assertThat(TreeFacts.of(target)).isEqualTo(facts);
    assertThat(since(before)).containsOnlyKeys(readsOf(since(before)));

    Map<String, Long> begun = requests();
    MirrorTreeReport done = mirror().importTo(target, PathBytes.EMPTY);
    assertThat(plan.requests()).isEqualTo(since(begun));
    assertThat(plan.report()).isEqualTo(done);
  }

  @Test
  void import_doesWhatItsPlanSaid() throws IOException {
    mirror().export(source, PathBytes.EMPTY);
    try (PosixTree target = JnaPosix.open(Files.createDirectory(dir.resolve("target")))) {
      checkImport(target);
      checkImport(target);
      Files.delete(dir.resolve("target/odd/large"));
      Files.setLastModifiedTime(
          dir.resolve("target/odd"), java.nio.file.attribute.FileTime.fromMillis(5));
      Files.writeString(dir.resolve("target/newer-here"), "x");
      Files.writeString(dir.resolve("source/newer-here"), "older");
      Files.setLastModifiedTime(
          dir.resolve("source/newer-here"), java.nio.file.attribute.FileTime.fromMillis(5));
      mirror().export(source, PathBytes.EMPTY);
      checkImport(target);
    }
  }
}
