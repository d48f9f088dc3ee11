// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorComparison;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorOutcome.Difference;
import io.kmesh.engine.MirrorOutcome.What;
import io.kmesh.engine.MirrorTree;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Trees compared with what is stored of them. */
class TreeVerifyTest {
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

  private MirrorTree mirror() {
    return MirrorTree.in(store, MirrorFixture.STILL)
        .prefix("p/")
        .budget(ByteBudget.of(DataSize.ofMib(1)))
        .partSize(DataSize.ofKib(64));
  }

  private Path at(String path) {
    return dir.resolve("tree").resolve(path);
  }

  private void push() throws IOException {
    assertThat(mirror().export(tree, PathBytes.EMPTY).failed()).isEmpty();
  }

  private MirrorComparison verify() throws IOException {
    return mirror().verify(tree, PathBytes.EMPTY);
  }

  private static Map<String, What> problems(MirrorComparison comparison) {
    return comparison.problems().stream()
        .collect(
            Collectors.toMap(
                o -> o.path().map(PathBytes::toString).orElse(o.key()),
                MirrorOutcome::what,
                (first, second) -> first));
  }

  private static List<Difference> differences(MirrorComparison comparison) {
    return comparison.problems().stream().flatMap(o -> o.differences().stream()).toList();
  }

  private void put(String key, String body, Map<String, String> metadata) throws IOException {
    store
        .blocking()
        .put(
            "p/" + key,
            ByteBuffer.wrap(body.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
            new PutOptions(Condition.none(), metadata, null));
  }

  @Test
  void anyTree_thatWasPushed_isEqual_andNothingIsChanged() throws IOException {
    HostileTree.fill(tree);
    push();
    long puts = store.requests("put");
    long deletes = store.requests("delete");
    MirrorComparison comparison = mirror().deep().verify(tree, PathBytes.EMPTY);
    assertThat(comparison.problems()).isEmpty();
    assertThat(comparison.isEqual()).isTrue();
    assertThat(comparison.equal()).isEqualTo(comparison.entries()).isGreaterThan(50);
    assertThat(comparison.bytes()).isGreaterThan(HostileTree.LARGE_SIZE);
    assertThat(store.requests("put")).isEqualTo(puts);
    assertThat(store.requests("delete")).isEqualTo(deletes);

    try (PosixTree copy = JnaPosix.open(Files.createDirectory(dir.resolve("copy")))) {
      mirror().importTo(copy, PathBytes.EMPTY);
      MirrorComparison pulled = mirror().verify(copy, PathBytes.EMPTY);
      assertThat(pulled.problems()).isEmpty();
      assertThat(pulled.equal()).isEqualTo(comparison.equal());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = MirrorDialect.class,
      names = {"FSX", "AMLFS"})
  void treeInTheWordsOfADialect_isEqual(MirrorDialect dialect) throws IOException {
    HostileTree.fill(tree);
    assertThat(mirror().dialect(dialect).export(tree, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(mirror().dialect(dialect).verify(tree, PathBytes.EMPTY).problems()).isEmpty();
    assertThat(verify().problems()).isEmpty();
  }

  @Test
  void everyAttribute_thatDiffers_isNamed() throws IOException {
    for (String name : List.of("mode", "mtime", "size", "bytes", "type", "same")) {
      Files.writeString(at(name), "12345");
      Files.setLastModifiedTime(at(name), FileTime.fromMillis(1_600_000_000_000L));
    }
    Files.createSymbolicLink(at("link"), Path.of("same"));
    Files.createDirectory(at("dir"));
    push();
    Files.setPosixFilePermissions(at("mode"), PosixFilePermissions.fromString("r--------"));
    Files.setLastModifiedTime(at("mtime"), FileTime.fromMillis(1_600_000_000_001L));
    Files.writeString(at("size"), "123456");
    Files.setLastModifiedTime(at("size"), FileTime.fromMillis(1_600_000_000_000L));
    Files.writeString(at("bytes"), "1234X");
    Files.setLastModifiedTime(at("bytes"), FileTime.fromMillis(1_600_000_000_000L));
    Files.delete(at("type"));
    Files.createDirectory(at("type"));
    Files.setPosixFilePermissions(at("dir"), PosixFilePermissions.fromString("rwx------"));

    MirrorComparison comparison = verify();

    Map<String, List<String>> byPath =
        comparison.problems().stream()
            .filter(o -> o.what() == What.DIFFERENT)
            .collect(
                Collectors.toMap(
                    o -> o.path().orElseThrow().toString(),
                    o -> o.differences().stream().map(Difference::attribute).toList()));
    assertThat(byPath)
        .containsEntry("mode", List.of("mode"))
        .containsEntry("mtime", List.of("mtime"))
        .containsEntry("size", List.of("size"))
        .containsEntry("bytes", List.of("sha256"))
        .containsEntry("dir", List.of("mode"))
        .doesNotContainKeys("same", "link");
    assertThat(differences(comparison))
        .contains(new Difference("mtime", "1600000000001000000", "1600000000000000000"))
        .contains(new Difference("size", "6", "5"));
    assertThat(comparison.problems())
        .filteredOn(o -> o.path().filter(PathBytes.of("type")::equals).isPresent())
        .extracting(MirrorOutcome::what)
        .containsExactlyInAnyOrder(What.ONLY_IN_TREE, What.ONLY_IN_STORE);
    assertThat(comparison.isEqual()).isFalse();
  }

  @Test
  void linkText_thatDiffers_isNamed() throws IOException {
    Files.createSymbolicLink(at("link"), Path.of("same"));
    push();
    FileTime time = Files.getLastModifiedTime(at("link"), java.nio.file.LinkOption.NOFOLLOW_LINKS);
    Files.delete(at("link"));
    Files.createSymbolicLink(at("link"), Path.of("SAME"));
    assertThat(time).isNotNull();
    assertThat(differences(verify())).contains(new Difference("target", "SAME", "same"));
  }

  @Test
  void whatIsOnOneSideAlone_isNamed() throws IOException {
    Files.createDirectory(at("d"));
    Files.writeString(at("d/gone"), "x");
    Files.writeString(at("kept"), "x");
    push();
    Files.delete(at("d/gone"));
    Files.writeString(at("new"), "x");
    Files.writeString(at(".kmesh-copy.00"), "x");
    put("theirs", "x", Map.of());
    put("a//b", "x", Map.of());
    put("%zz", "x", Map.of());

    MirrorComparison comparison = verify();

    assertThat(problems(comparison))
        .containsEntry("d/gone", What.ONLY_IN_STORE)
        .containsEntry("new", What.ONLY_IN_TREE)
        .containsEntry("theirs", What.ONLY_IN_STORE)
        .containsEntry("p/a//b", What.ONLY_IN_STORE)
        .containsEntry("p/%zz", What.ONLY_IN_STORE)
        .doesNotContainKey("kept");
    assertThat(comparison.onlyInStore()).isEqualTo(4);
    assertThat(comparison.problems())
        .filteredOn(o -> o.what() == What.ONLY_IN_STORE)
        .allSatisfy(o -> assertThat(o.remedy()).isNotEmpty());
  }

  @Test
  void hardLinks_thatAreOthersThanStored_areNamed() throws IOException {
    Files.writeString(at("a"), "x");
    Files.createLink(at("b"), at("a"));
    Files.writeString(at("c"), "x");
    Files.setLastModifiedTime(at("c"), Files.getLastModifiedTime(at("a")));
    push();
    assertThat(verify().problems()).isEmpty();
    Files.delete(at("b"));
    Files.createLink(at("b"), at("c"));
    assertThat(differences(verify())).extracting(Difference::attribute).contains("links", "target");
    Files.delete(at("b"));
    Files.writeString(at("b"), "x");
    assertThat(differences(verify())).extracting(Difference::attribute).contains("target");
  }

  @Test
  void namesOfOneFile_thatAreStoredAsTwo_areNamed() throws IOException {
    Files.writeString(at("a"), "x");
    Files.createLink(at("b"), at("a"));
    push();
    String holder = store.blocking().head("p/a").size() > 0 ? "a" : "b";
    ObjectInfo info = store.blocking().head("p/" + holder);
    put(holder.equals("a") ? "b" : "a", "x", new TreeMap<>(info.metadata()));
    assertThat(differences(verify())).extracting(Difference::attribute).containsExactly("links");
  }

  @Test
  void bytesOfTheStore_areReadWhenAsked() throws IOException {
    Files.write(at("large"), MirrorFixture.random(1, 200_000));
    push();
    Map<String, String> metadata = store.blocking().head("p/large").metadata();
    ByteBuffer damaged = ByteBuffer.wrap(MirrorFixture.random(1, 200_000));
    damaged.put(150_000, (byte) (damaged.get(150_000) + 1));
    store.blocking().put("p/large", damaged, new PutOptions(Condition.none(), metadata, null));

    assertThat(verify().isEqual()).isTrue();
    MirrorComparison deep = mirror().deep().verify(tree, PathBytes.EMPTY);
    assertThat(differences(deep)).extracting(Difference::attribute).containsExactly("content");

    store
        .blocking()
        .put("p/large", ByteBuffer.allocate(5), new PutOptions(Condition.none(), metadata, null));
    MirrorComparison cut = mirror().deep().verify(tree, PathBytes.EMPTY);
    assertThat(cut.failedCount()).isEqualTo(1);
    assertThat(cut.problems().get(0).reason()).contains("it has 5 bytes, not 200000");
  }

  @Test
  void objectsOfOthers_areComparedWithWhatTheySay() throws IOException {
    put("d/file", "hello", Map.of("file-permissions", "0100640", "file-owner", "0"));
    put("100% done %41", "x", Map.of());
    put("az", "", Map.of("owner", "0", "hdi_isfolder", "true", "permissions", "0750"));
    mirror().foreign().importTo(tree, PathBytes.EMPTY);

    MirrorComparison comparison = mirror().foreign().deep().verify(tree, PathBytes.EMPTY);
    assertThat(comparison.problems()).isEmpty();
    assertThat(comparison.entries()).isEqualTo(5);
    assertThat(comparison.unchecked()).isZero();

    Files.setPosixFilePermissions(at("d/file"), PosixFilePermissions.fromString("rw-------"));
    assertThat(differences(mirror().foreign().verify(tree, PathBytes.EMPTY)))
        .containsExactly(new Difference("mode", "0600", "0640"));
    MirrorComparison without = verify();
    assertThat(problems(without))
        .containsEntry("d/file", What.ONLY_IN_TREE)
        .containsEntry("d", What.ONLY_IN_TREE);
    assertThat(without.problems())
        .filteredOn(o -> o.key().equals("p/d/file"))
        .singleElement()
        .extracting(MirrorOutcome::remedy)
        .isEqualTo("Compare what others stored too, or push to another prefix.");
  }

  @Test
  void whatCantBeLookedAt_isNamed_andTheRestIsCompared() throws IOException {
    Files.writeString(at("a"), "x");
    Files.writeString(at("b"), "y");
    push();
    Map<String, String> metadata = new TreeMap<>(store.blocking().head("p/a").metadata());
    metadata.put("kmesh-format", "mirror/99");
    put("a", "x", metadata);
    MirrorComparison comparison = verify();
    assertThat(comparison.failedCount()).isEqualTo(1);
    assertThat(comparison.equal()).isEqualTo(2);
    assertThat(problems(comparison)).containsOnly(Map.entry("a", What.FAILED));
  }

  @Test
  void emptyFolder_thatWasNeverPushed_hasNoObject() throws IOException {
    assertThat(problems(verify())).containsOnly(Map.entry("", What.ONLY_IN_TREE));
  }
}
