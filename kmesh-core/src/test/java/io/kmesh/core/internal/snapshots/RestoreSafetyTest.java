// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.ChunkList;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryWriter;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees that nobody took, and targets that change under a restore: nothing outside is touched. */
class RestoreSafetyTest {
  private final MemoryStore store = MemoryStore.create();
  private final SnapshotWorld world = SnapshotWorld.in(store);
  private Path outside;
  private Path target;
  private PosixTree to;
  private Map<String, String> before;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    outside = Files.createDirectory(directory.resolve("outside"));
    Files.createDirectory(outside.resolve("d"));
    Files.writeString(outside.resolve("d/f"), "mine");
    target = Files.createDirectory(outside.resolve("target"));
    to = JnaPosix.open(target);
    before = outsideFacts();
  }

  @AfterEach
  void close() throws IOException {
    assertThat(outsideFacts()).as("what lies outside of the target").isEqualTo(before);
    to.close();
  }

  private Map<String, String> outsideFacts() throws IOException {
    try (PosixTree tree = JnaPosix.open(outside)) {
      Map<String, String> facts = SnapshotWorld.facts(tree);
      facts.keySet().removeIf(path -> path.isEmpty() || path.startsWith("target"));
      return facts;
    }
  }

  private static TreeNode node(String name, FileType type, Content content) {
    return new TreeNode(
        PathBytes.of(name.getBytes(StandardCharsets.ISO_8859_1)),
        type,
        0755,
        0,
        0,
        new FileTime(1, 0),
        new FileTime(1, 0),
        1,
        0,
        1,
        List.of(),
        content);
  }

  private static TreeNode file(String name) {
    return node(name, FileType.REGULAR, new Content.Data(0, ChunkList.EMPTY));
  }

  private interface Making {
    TreeNode root(MetadataWriter writer) throws IOException;
  }

  /** Publishes a tree that no scan made. */
  private void publish(Making making) throws IOException {
    try (Session session =
            Session.begin(
                world.domain(), RandomIds.session(), 0, "h", List.of(), SnapshotWorld.TINY);
        MetadataWriter writer = session.metadataWriter()) {
      TreeNode root = making.root(writer);
      byte[] manifest =
          new Manifest(
                  RandomIds.snapshot(),
                  "bad",
                  Instant.EPOCH,
                  "s",
                  "h",
                  Map.of(),
                  root,
                  1,
                  1,
                  0,
                  0,
                  0)
              .write();
      ChunkName chunk = writer.write(manifest, 0, manifest.length);
      writer.flush();
      session.publishAndEnd(
          h -> h.withRoots(List.of(new Head.Root("snapshot", "bad", "00ff", 0, chunk, Map.of()))));
    }
  }

  private static Content.Directory directory(MetadataWriter writer, TreeNode... entries)
      throws IOException {
    DirectoryWriter pages = new DirectoryWriter(writer);
    for (TreeNode entry : entries) {
      pages.add(entry);
    }
    return pages.end();
  }

  private static TreeNode top(Content.Directory content) {
    return node("", FileType.DIRECTORY, content);
  }

  private void isRefused(TreeRestore.Overwrite overwrite, ErrorKind... kinds) {
    assertThatThrownBy(() -> world.restore("bad", to, overwrite))
        .isInstanceOfSatisfying(
            ProviderException.class,
            e -> assertThat(e.kind()).as(e.getMessage()).isIn((Object[]) kinds));
  }

  @Test
  void names_thatLeadElsewhere_areRefused() throws IOException {
    for (String name : List.of("..", ".", "", "/", "a/b", "../d", "/etc", "d/", "x".repeat(256))) {
      for (boolean isDirectory : new boolean[] {false, true}) {
        publish(
            writer -> {
              Content.Directory below = directory(writer, file("f"));
              return top(
                  directory(
                      writer, isDirectory ? node(name, FileType.DIRECTORY, below) : file(name)));
            });
        isRefused(TreeRestore.Overwrite.CHANGED, ErrorKind.CORRUPT, ErrorKind.INVALID);
        try (var files = Files.list(target)) {
          // What says that a restore was begun is all that there is.
          assertThat(files).allMatch(f -> f.endsWith(".kmesh-restore"));
        }
        assertThat(world.check().damages()).as("the check sees " + name).isNotEmpty();
      }
    }
  }

  @Test
  void namesWithNul_whichLibcWouldCutShort_areRefused() throws IOException {
    // "..\0", which is ".." for libc: one entry of a page, in the place of "..x".
    publish(
        writer -> {
          ByteOutput page = new ByteOutput(100);
          page.ascii("L");
          page.u8(0);
          page.varint(1);
          page.varint(0);
          page.block(new byte[] {'.', '.', 0});
          page.u8(4);
          page.varint(0);
          for (int i = 0; i < 8; i++) {
            page.varint(0);
          }
          return top(new Content.Directory(0, writer.write(page.array(), 0, page.size())));
        });
    isRefused(TreeRestore.Overwrite.CHANGED, ErrorKind.CORRUPT);
    assertThat(world.check().damages()).anyMatch(d -> d.contains("NUL"));
  }

  @Test
  void rootThatIsNoDirectory_withANameThatLeadsElsewhere_isRefused() throws IOException {
    for (String name : List.of("../d/f", "..", "", "../new")) {
      publish(writer -> file(name));
      isRefused(TreeRestore.Overwrite.CHANGED, ErrorKind.CORRUPT, ErrorKind.INVALID);
    }
  }

  @Test
  void linkThenDirectoryOfTheSameName_isRefused() throws IOException {
    publish(
        writer -> {
          // Two pages of one entry each, whose order a single page would not allow.
          Content.Directory link =
              directory(
                  writer, node("x", FileType.SYMLINK, new Content.Link(PathBytes.of("../d"))));
          Content.Directory below = directory(writer, file("f"));
          Content.Directory again = directory(writer, node("x", FileType.DIRECTORY, below));
          ByteOutput inner = new ByteOutput(100);
          inner.ascii("I");
          inner.u8(0);
          inner.varint(2);
          for (int i = 0; i < 2; i++) {
            inner.block((i == 0 ? "a" : "b").getBytes(StandardCharsets.UTF_8));
            (i == 0 ? link : again).page().write(inner);
            inner.varint(1);
          }
          ChunkName page = writer.write(inner.array(), 0, inner.size());
          return top(new Content.Directory(1, page));
        });
    isRefused(TreeRestore.Overwrite.CHANGED, ErrorKind.EXISTS, ErrorKind.CORRUPT);
    assertThat(world.check().damages()).isNotEmpty();
  }

  @Test
  void pageThatNamesItselfHigher_orAnotherForm_isRefused() throws IOException {
    publish(writer -> top(new Content.Directory(3, directory(writer, file("f")).page())));
    isRefused(TreeRestore.Overwrite.NEVER, ErrorKind.CORRUPT);
  }

  private void takeTree() throws IOException {
    Path source = Files.createTempDirectory("kmesh-source");
    try (PosixTree tree = JnaPosix.open(source)) {
      SnapshotWorld.directory(tree, "d");
      SnapshotWorld.write(tree, "d/f", 1, 300_000);
      SnapshotWorld.write(tree, "d/g", 2, 300_000);
      SnapshotWorld.directory(tree, "e");
      Files.createLink(source.resolve("e/h"), source.resolve("d/g"));
      SnapshotWorld.write(tree, "f", 3, 10);
      world.take(tree, "good", "s", 1);
    } finally {
      SnapshotWorld.delete(source);
    }
  }

  @Test
  void targetWithLinksInTheWay_isNotFollowed() throws IOException {
    takeTree();
    Files.createSymbolicLink(target.resolve("d"), Path.of("../d"));
    for (TreeRestore.Overwrite overwrite : TreeRestore.Overwrite.values()) {
      assertThatThrownBy(() -> world.restore("good", to, overwrite))
          .isInstanceOf(ProviderException.class)
          .hasMessageContaining(
              overwrite == TreeRestore.Overwrite.NEVER ? "it is not empty" : "something else");
    }
    Files.delete(target.resolve("d"));
    SnapshotWorld.delete(target);
    Files.createDirectory(target);
    try (PosixTree again = JnaPosix.open(target)) {
      Files.createSymbolicLink(target.resolve("f"), Path.of("../d/f"));
      assertThatThrownBy(() -> world.restore("good", again, TreeRestore.Overwrite.NEVER))
          .isInstanceOf(ProviderException.class);
      world.restore("good", again, TreeRestore.Overwrite.CHANGED);
      assertThat(Files.isSymbolicLink(target.resolve("f"))).isFalse();
      assertThat(Files.size(target.resolve("f"))).isEqualTo(10);
    }
  }

  @Test
  void directoryReplacedByALinkDuringARestore_isNotFollowed() throws IOException {
    takeTree();
    // At each read of the store once: d is there by then, or not.
    int swapped = 0;
    for (int call = 0; call < 12; call++) {
      SnapshotWorld.delete(target);
      Files.createDirectory(target);
      int[] left = {call};
      boolean[] isSwapped = {false};
      HookedStore hooked =
          new HookedStore(
              store,
              (operation, key) -> {
                if (operation.equals("read") && left[0]-- == 0) {
                  try {
                    if (Files.isDirectory(target.resolve("d"))) {
                      Files.move(target.resolve("d"), target.resolve("was-d"));
                      Files.createSymbolicLink(target.resolve("d"), Path.of("../d"));
                      isSwapped[0] = true;
                    }
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                }
              });
      try (PosixTree again = JnaPosix.open(target)) {
        SnapshotWorld.in(hooked).restore("good", again, TreeRestore.Overwrite.CHANGED);
      } catch (IOException e) {
        assertThat(isSwapped[0]).as(e.getMessage()).isTrue();
      }
      swapped += isSwapped[0] ? 1 : 0;
      assertThat(outsideFacts()).isEqualTo(before);
    }
    assertThat(swapped).isPositive();
  }

  @Test
  void namesOfAFileThatIsLeftOut_areLeftOutToo() throws IOException {
    publish(
        writer -> {
          Content.File elsewhere = new Content.Reference(5, new byte[] {'{', '}'});
          TreeNode[] names = new TreeNode[2];
          for (int i = 0; i < 2; i++) {
            names[i] =
                new TreeNode(
                    PathBytes.of("n" + i),
                    FileType.REGULAR,
                    0644,
                    0,
                    0,
                    new FileTime(1, 0),
                    new FileTime(1, 0),
                    7,
                    3,
                    2,
                    List.of(),
                    elsewhere);
          }
          return top(directory(writer, names[0], names[1], file("z")));
        });
    ScanTally tally = world.restore("bad", to, TreeRestore.Overwrite.NEVER);
    assertThat(tally.problems()).extracting(p -> p.path().toString()).containsExactly("n0", "n1");
    assertThat(Files.exists(target.resolve("z"))).isTrue();
  }

  @Test
  void chunkListThatLiesAboutLengths_isRefused() throws IOException {
    publish(
        writer -> {
          byte[] bytes = new byte[100];
          ChunkName chunk = writer.write(bytes, 0, bytes.length);
          ChunkList list = new ChunkList(0, new ChunkName[] {chunk, chunk}, new long[] {10, 1000});
          return top(directory(writer, node("f", FileType.REGULAR, new Content.Data(1010, list))));
        });
    isRefused(TreeRestore.Overwrite.NEVER, ErrorKind.CORRUPT);
  }
}
