// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.posix.NioPosixTreeProvider;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MirrorTreeTest {
  private static final int PART = 64 << 10;

  private final MemoryStore store = MemoryStore.create();
  private PosixTree source;
  private PosixTree target;
  private Path outside;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    Files.createDirectories(directory.resolve("source"));
    Files.createDirectories(directory.resolve("target"));
    outside = Files.createDirectories(directory.resolve("outside"));
    source = new NioPosixTreeProvider().open(directory.resolve("source"));
    target = new NioPosixTreeProvider().open(directory.resolve("target"));
  }

  private MirrorTree mirror() {
    return MirrorTree.in(store, MirrorFixture.STILL)
        .prefix("tree/")
        .partSize(DataSize.ofBytes(PART));
  }

  private static void write(PosixTree tree, String path, byte[] bytes) throws IOException {
    try (PosixFile file =
        tree.openFile(PathBytes.of(path), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(bytes), 0);
      // The tree on java.nio keeps microseconds and refuses more.
      FileTime time = new FileTime(1_600_000_000 + bytes.length, 5000);
      file.setTimes(time, time);
    }
  }

  private void fill() throws IOException {
    try (PosixDirectory root = source.openRoot()) {
      root.makeDirectory(PathBytes.of("d"), 0755);
      root.makeDirectory(PathBytes.of("empty"), 0711);
      write(source, "d/small", "hello".getBytes(StandardCharsets.UTF_8));
      write(source, "d/large", MirrorFixture.random(1, 3 * PART + 7));
      write(source, "d/nothing", new byte[0]);
      write(source, "d/100% \\new\nline", MirrorFixture.random(2, 10));
      write(source, ".kmesh-mine", MirrorFixture.random(3, 10));
      try (PosixDirectory d = root.openDirectory(PathBytes.of("d"))) {
        d.makeSymlink(PathBytes.of("out"), PathBytes.of(outside.toString()));
        d.makeSymlink(PathBytes.of("loop"), PathBytes.of("loop"));
        d.setMode(PathBytes.of("small"), 0640);
        d.setTimes(
            PathBytes.of("small"),
            new FileTime(1_000_000_000, 1000),
            new FileTime(1_700_000_000, 123_456_000));
        d.link(PathBytes.of("small"), root, PathBytes.of("zz-second"));
        if (source.capabilities().contains(PosixCapability.USER_XATTRS)) {
          d.setXattr(
              PathBytes.of("large"), PathBytes.of("user.k"), new byte[] {1, 2}, XattrMode.SET);
        }
        d.setTimes(PathBytes.of("out"), new FileTime(1, 0), new FileTime(2, 0));
        d.setTimes(PathBytes.of("loop"), new FileTime(1, 0), new FileTime(3, 0));
      }
      root.setTimes(PathBytes.of("d"), new FileTime(3, 0), new FileTime(4, 5000));
      root.setTimes(PathBytes.of("empty"), new FileTime(5, 0), new FileTime(6, 0));
      root.setTimes(new FileTime(7, 0), new FileTime(8, 0));
    }
  }

  /** What is compared of each entry. */
  private Map<String, String> manifest(PosixTree tree) throws IOException {
    Map<String, String> manifest = new TreeMap<>();
    try (PosixDirectory root = tree.openRoot()) {
      add(tree, root, PathBytes.EMPTY, manifest);
    }
    return manifest;
  }

  private void add(
      PosixTree tree, PosixDirectory directory, PathBytes path, Map<String, String> manifest)
      throws IOException {
    List<io.kmesh.spi.posix.DirectoryEntry> entries = new java.util.ArrayList<>();
    try (io.kmesh.spi.posix.DirectoryCursor cursor = directory.entries()) {
      for (var batch = cursor.next(); !batch.isEmpty(); batch = cursor.next()) {
        entries.addAll(batch);
      }
    }
    for (io.kmesh.spi.posix.DirectoryEntry entry : entries) {
      PathBytes below = path.resolve(entry.name());
      FileStat stat = directory.stat(entry.name());
      String text = stat.type() + " " + stat.mode() + " " + stat.uid() + " " + stat.mtime();
      if (stat.isDirectory()) {
        try (PosixDirectory d = directory.openDirectory(entry.name())) {
          add(tree, d, below, manifest);
        }
      } else if (stat.type() == FileType.SYMLINK) {
        text += " " + directory.readSymlink(entry.name());
      } else {
        text += " " + stat.links() + " " + Arrays.hashCode(read(tree, below));
        for (PathBytes xattr : directory.xattrNames(entry.name())) {
          text += " " + xattr + Arrays.toString(directory.xattr(entry.name(), xattr).orElseThrow());
        }
      }
      manifest.put(below.toString(), text);
    }
  }

  private static byte[] read(PosixTree tree, PathBytes path) throws IOException {
    try (PosixFile file = tree.openFile(path, Set.of(OpenFlag.READ))) {
      ByteBuffer buffer = ByteBuffer.allocate((int) file.stat().size());
      while (buffer.hasRemaining() && file.read(buffer, buffer.position()) > 0) {
        continue;
      }
      return buffer.array();
    }
  }

  @Test
  void importTo_whenExported_givesAnEqualTree() throws IOException {
    fill();

    MirrorTreeReport out = mirror().export(source, PathBytes.EMPTY);
    MirrorTreeReport in = mirror().importTo(target, PathBytes.EMPTY);

    assertThat(out.failed()).isEmpty();
    assertThat(in.failed()).isEmpty();
    assertThat(manifest(target)).isEqualTo(manifest(source));
    assertThat(out.files()).isEqualTo(5);
    assertThat(out.hardLinks()).isEqualTo(1);
    assertThat(in.files()).isEqualTo(5);
    assertThat(in.directories()).isEqualTo(3);
    assertThat(in.symlinks()).isEqualTo(2);
    assertThat(store.keys())
        .contains("tree/d/", "tree/empty/", "tree/.kmesh/root", "tree/%2Ekmesh-mine");
    assertThat(store.openUploads()).isEmpty();
  }

  @Test
  void export_whenRepeated_sendsNothingAgain() throws IOException {
    fill();
    MirrorTreeReport first = mirror().export(source, PathBytes.EMPTY);
    long puts = store.requests("put");
    MirrorTreeReport second = mirror().export(source, PathBytes.EMPTY);
    assertThat(store.requests("put")).isEqualTo(puts);
    assertThat(second.bytes()).isZero();
    assertThat(second.files()).isEqualTo(first.files());
    write(source, "d/large", MirrorFixture.random(9, (3 * PART) + 8));
    assertThat(mirror().export(source, PathBytes.EMPTY).bytes()).isPositive();
    mirror().importTo(target, PathBytes.EMPTY);
    assertThat(mirror().importTo(target, PathBytes.EMPTY).bytes()).isZero();
    assertThat(manifest(target)).isEqualTo(manifest(source));
    assertThat(store.keys().stream().filter(k -> k.contains("/side/"))).hasSize(1);
  }

  @Test
  void importTo_whenKeysEscape_refusesThemByName() throws IOException {
    Map<String, String> file =
        Map.of(
            "kmesh-format", "mirror/0",
            "kmesh-type", "file",
            "kmesh-size", "1",
            "kmesh-sha256", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
    for (String key :
        List.of("tree/../x", "tree/a/%2E%2E/y", "tree//abs", "tree/a%2Fb", "tree/a%00")) {
      store
          .blocking()
          .put(
              key, ByteBuffer.wrap(new byte[] {'x'}), new PutOptions(Condition.none(), file, null));
    }
    Map<String, String> link = Map.of("kmesh-format", "mirror/0", "kmesh-type", "symlink");
    store
        .blocking()
        .put(
            "tree/link",
            ByteBuffer.wrap(outside.toString().getBytes(StandardCharsets.UTF_8)),
            new PutOptions(Condition.none(), link, null));
    store
        .blocking()
        .put(
            "tree/link/planted",
            ByteBuffer.wrap(new byte[] {'x'}),
            new PutOptions(Condition.none(), file, null));
    Map<String, String> withPath = new TreeMap<>(file);
    withPath.put("kmesh-path", "Li4vLi4vZXRjL3g=");
    store
        .blocking()
        .put(
            "tree/.kmesh/long/00",
            ByteBuffer.wrap(new byte[] {'x'}),
            new PutOptions(Condition.none(), withPath, null));

    MirrorTreeReport report = mirror().importTo(target, PathBytes.EMPTY);

    assertThat(report.failed()).as("%s", report.failed()).hasSize(7);
    assertThat(report.files()).isZero();
    assertThat(report.symlinks()).isEqualTo(1);
    try (Stream<Path> left = Files.list(outside)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void importTo_whenContentIsDamaged_isRefused() throws IOException {
    fill();
    mirror().export(source, PathBytes.EMPTY);
    Map<String, String> metadata = store.blocking().head("tree/%2Ekmesh-mine").metadata();
    store
        .blocking()
        .put(
            "tree/%2Ekmesh-mine",
            ByteBuffer.wrap(new byte[10]), new PutOptions(Condition.none(), metadata, null));
    MirrorTreeReport report = mirror().importTo(target, PathBytes.EMPTY);
    assertThat(report.failed()).extracting("name").contains("tree/%2Ekmesh-mine");
    assertThat(manifest(target)).doesNotContainKey(".kmesh-mine").containsKey("d/large");
  }

  @Test
  void export_whenForeignObjectIsThere_leavesIt() throws IOException {
    fill();
    store.blocking().put("tree/d/small", ByteBuffer.wrap(new byte[3]), PutOptions.NONE);
    MirrorTreeReport report = mirror().export(source, PathBytes.EMPTY);
    assertThat(report.failedCount()).isEqualTo(1);
    assertThat(store.blocking().head("tree/d/small").size()).isEqualTo(3);
  }
}
