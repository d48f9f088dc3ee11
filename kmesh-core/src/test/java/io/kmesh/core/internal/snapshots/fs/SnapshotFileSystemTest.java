// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.core.internal.nio.KmeshPath;
import io.kmesh.core.internal.nio.Located;
import io.kmesh.core.internal.nio.NameText;
import io.kmesh.core.internal.repository.chunk.TarBuilder;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotFileSystemTest {
  private static final int MIB = 1 << 20;

  @TempDir Path folder;
  private Path source;
  private FsWorld world;

  @BeforeEach
  void open() throws IOException {
    source = Files.createDirectory(folder.resolve("source"));
    world = new FsWorld();
  }

  @AfterEach
  void close() {
    world.close();
  }

  private static byte[] random(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private KmeshFileSystem taken() throws IOException {
    return world.open(world.take(source));
  }

  @Test
  void copiedOut_isTheSource() throws IOException {
    Files.createDirectories(source.resolve("a/b"));
    Files.write(source.resolve("a/large"), random(1, 5 * MIB + 7));
    Files.write(source.resolve("a/b/small"), random(2, 100));
    Files.writeString(source.resolve("a/empty"), "");
    Files.createSymbolicLink(source.resolve("a/link"), Path.of("b/small"));
    Files.setLastModifiedTime(source.resolve("a/b/small"), FileTime.fromMillis(1_234_567_890_123L));
    Path target = folder.resolve("target");
    try (KmeshFileSystem system = taken()) {
      Path root = system.getPath("/");
      try (Stream<Path> all = Files.walk(root)) {
        for (Path path : all.toList()) {
          Path there = target.resolve(root.relativize(path).toString());
          if (Files.isSymbolicLink(path)) {
            // The JDK copies no links between file systems.
            Files.createSymbolicLink(there, Path.of(Files.readSymbolicLink(path).toString()));
          } else {
            Files.copy(path, there, StandardCopyOption.COPY_ATTRIBUTES);
          }
        }
      }
      try (Stream<Path> all = Files.walk(source)) {
        for (Path path : all.toList()) {
          Path there = target.resolve(source.relativize(path).toString());
          Path stored = root.resolve(source.relativize(path).toString());
          if (Files.isSymbolicLink(path)) {
            assertThat(Files.readSymbolicLink(there)).isEqualTo(Files.readSymbolicLink(path));
          } else if (Files.isRegularFile(path)) {
            assertThat(Files.mismatch(path, there)).isEqualTo(-1);
            assertThat(Files.mismatch(stored, there)).isEqualTo(-1);
            assertThat(Files.getLastModifiedTime(there)).isEqualTo(Files.getLastModifiedTime(path));
          } else {
            assertThat(there).isDirectory();
          }
        }
      }
      assertThat(Files.readAllBytes(root.resolve("a/link"))).isEqualTo(random(2, 100));
    }
  }

  @Test
  void fileOfManyChunks_isReadFromAnyPlace() throws IOException {
    TarBuilder tar = new TarBuilder();
    for (int i = 0; i < 900; i++) {
      tar.file("member-" + i, HostileTree.random(i, 4096 + i));
    }
    byte[] whole = tar.end();
    Files.write(source.resolve("many.tar"), whole);
    Random random = new Random(11);
    try (KmeshFileSystem system = taken();
        SeekableByteChannel channel = Files.newByteChannel(system.getPath("/many.tar"))) {
      for (int i = 0; i < 200; i++) {
        int at = random.nextInt(whole.length);
        ByteBuffer piece = ByteBuffer.allocate(1 + random.nextInt(20_000));
        channel.position(at);
        int count = channel.read(piece);
        assertThat(count).isPositive();
        assertThat(Arrays.mismatch(piece.array(), 0, count, whole, at, at + count)).isEqualTo(-1);
      }
    }
  }

  @Test
  void hostileTree_isSeenAsItIs() throws IOException {
    try (PosixTree tree = JnaPosix.open(source)) {
      HostileTree.fill(tree);
      try (KmeshFileSystem system = taken();
          PosixDirectory root = tree.openRoot()) {
        int[] count = new int[1];
        compare(root, system.getPath("/"), count);
        assertThat(count[0]).isGreaterThan(30);
      }
    }
  }

  private static void compare(PosixDirectory directory, Path path, int[] count) throws IOException {
    List<PathBytes> names = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(path)) {
      for (Path entry : stream) {
        PathBytes name = KmeshFileSystem.bytesOf(entry.getFileName());
        names.add(name);
        count[0]++;
        // Text and URI lead back to the same bytes.
        assertThat(path.getFileSystem().getPath(entry.toString())).isEqualTo(entry);
        assertThat(Path.of(entry.toUri())).isEqualTo(entry);
        FileStat stat = directory.stat(name);
        Map<String, Object> unix = Files.readAttributes(entry, "unix:*", LinkOption.NOFOLLOW_LINKS);
        assertThat(unix)
            .containsEntry("mode", stat.mode() | stat.type().bits())
            .containsEntry("ino", stat.inode())
            .containsEntry("uid", (int) stat.uid())
            .containsEntry("gid", (int) stat.gid())
            .containsEntry("nlink", stat.isDirectory() ? 1 : (int) stat.links())
            .containsEntry("lastModifiedTime", FileTime.from(stat.mtime().toInstant()))
            .containsEntry("ctime", FileTime.from(stat.ctime().toInstant()));
        if (stat.isDirectory()) {
          try (PosixDirectory below = directory.openDirectory(name)) {
            compare(below, entry, count);
          }
        } else if (stat.isRegular()) {
          assertThat(unix).containsEntry("size", stat.size());
          try (PosixFile file = directory.openFile(name, Set.of(OpenFlag.READ))) {
            byte[] bytes = new byte[(int) stat.size()];
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
              file.read(buffer, buffer.position());
            }
            assertThat(Arrays.equals(Files.readAllBytes(entry), bytes)).isTrue();
            for (PathBytes attribute : file.xattrNames()) {
              String text = NameText.of(attribute);
              if (text.startsWith("user.")) {
                assertThat((byte[]) Files.getAttribute(entry, "user:" + text.substring(5)))
                    .isEqualTo(file.xattr(attribute).orElseThrow());
              }
            }
          }
        } else if (Files.isSymbolicLink(entry)) {
          assertThat(KmeshFileSystem.bytesOf(Files.readSymbolicLink(entry)))
              .isEqualTo(directory.readSymlink(name));
        }
      }
    }
    assertThat(names).isSorted().doesNotHaveDuplicates();
    try (io.kmesh.spi.posix.DirectoryCursor cursor = directory.entries()) {
      Set<PathBytes> expected = new HashSet<>();
      for (var batch = cursor.next(); !batch.isEmpty(); batch = cursor.next()) {
        batch.forEach(e -> expected.add(e.name()));
      }
      assertThat(names).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void namesOfOneFile_haveOneKey() throws IOException {
    try (PosixTree tree = JnaPosix.open(source)) {
      HostileTree.fill(tree);
    }
    try (KmeshFileSystem system = taken()) {
      assertThat(Files.isSameFile(system.getPath("odd/one"), system.getPath("a-third"))).isTrue();
      assertThat(Files.isSameFile(system.getPath("odd/one"), system.getPath("odd/large")))
          .isFalse();
    }
  }

  @Test
  void range_readsItsChunksOnly() throws IOException {
    Files.write(source.resolve("f"), random(3, 40 * MIB));
    try (KmeshFileSystem system = taken()) {
      Path file = system.getPath("/f");
      assertThat(Files.size(file)).isEqualTo(40 * MIB);
      try (SeekableByteChannel channel = Files.newByteChannel(file)) {
        long before = world.reads();
        ByteBuffer buffer = ByteBuffer.allocate(1000);
        channel.position(20 * MIB + 17).read(buffer);
        assertThat(world.reads() - before).isBetween(1L, 2L);
        assertThat(buffer.array())
            .isEqualTo(Arrays.copyOfRange(random(3, 40 * MIB), 20 * MIB + 17, 20 * MIB + 1017));
        before = world.reads();
        channel.position(20 * MIB + 17).read(buffer.clear());
        assertThat(world.reads() - before).as("it is cached").isZero();
        before = world.reads();
        channel.position(2 * MIB).read(buffer.clear());
        assertThat(world.reads() - before).as("elsewhere, nothing is read ahead").isBetween(1L, 2L);
        assertThat(channel.position(40 * MIB).read(buffer.clear())).isEqualTo(-1);
        assertThat(channel.position(40 * MIB - 1).read(buffer.clear())).isEqualTo(1);
      }
    }
  }

  @Test
  void sequentialRead_readsEachChunkOnce_andKeepsTheBudget() throws IOException {
    Files.write(source.resolve("f"), random(4, 60 * MIB));
    world.close();
    world = new FsWorld(16 * MIB);
    String id = world.take(source);
    try (KmeshFileSystem system = world.open(id);
        InputStream in = Files.newInputStream(system.getPath("f"));
        InputStream expected = Files.newInputStream(source.resolve("f"))) {
      Content.Data content =
          (Content.Data)
              ((SnapshotVolume.Entry)
                      Located.at(system.volume(), KmeshPath.of(system.getPath("f")), true).node())
                  .node()
                  .content();
      long before = world.reads();
      byte[] a = new byte[100_000];
      for (int n = in.readNBytes(a, 0, a.length); n > 0; n = in.readNBytes(a, 0, a.length)) {
        assertThat(Arrays.equals(Arrays.copyOf(a, n), expected.readNBytes(n))).isTrue();
        assertThat(world.cache.bytes()).isLessThanOrEqualTo(16 * MIB);
      }
      assertThat(content.chunks().depth()).isZero();
      assertThat(world.reads() - before).isEqualTo(content.chunks().names().length);
    }
  }

  @Test
  void largeFile_withPagesOfChunks_isReadAnywhere() throws IOException {
    // More chunks than stand in an entry: 64.
    byte[] all = random(5, 100 * MIB);
    Files.write(source.resolve("f"), all);
    try (KmeshFileSystem system = taken();
        SeekableByteChannel channel = Files.newByteChannel(system.getPath("f"))) {
      Random random = new Random(9);
      for (int i = 0; i < 30; i++) {
        int at = random.nextInt(all.length);
        ByteBuffer buffer = ByteBuffer.allocate(random.nextInt(3 * MIB));
        int n = channel.position(at).read(buffer);
        assertThat(n).isEqualTo(Math.min(buffer.capacity(), all.length - at));
        assertThat(Arrays.equals(all, at, at + n, buffer.array(), 0, n)).isTrue();
      }
    }
  }

  @Test
  void directory_isReadPageByPage() throws IOException {
    Path many = Files.createDirectory(source.resolve("many"));
    for (int i = 0; i < 20_000; i++) {
      Files.createFile(many.resolve("file-" + i));
    }
    try (KmeshFileSystem system = taken()) {
      Files.exists(system.getPath("/many"));
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(system.getPath("/many"))) {
        long before = world.cache.bytes();
        Iterator<Path> entries = stream.iterator();
        entries.next();
        long first = world.cache.bytes() - before;
        int count = 1;
        for (; entries.hasNext(); entries.next()) {
          count++;
        }
        assertThat(count).isEqualTo(20_000);
        assertThat(first).isLessThan((world.cache.bytes() - before) / 5);
      }
      assertThat(Files.exists(system.getPath("/many/file-19999"))).isTrue();
      assertThat(Files.exists(system.getPath("/many/file-20000"))).isFalse();
    }
  }

  @Test
  void links_areFollowedWithinTheSnapshot() throws IOException {
    Files.createDirectories(source.resolve("d/e"));
    Files.writeString(source.resolve("d/e/f"), "here");
    Files.createSymbolicLink(source.resolve("abs"), Path.of("/d/e"));
    Files.createSymbolicLink(source.resolve("up"), Path.of("../../../../d"));
    Files.createSymbolicLink(source.resolve("d/back"), Path.of("../abs/../e/f"));
    Files.createSymbolicLink(source.resolve("loop"), Path.of("loop2"));
    Files.createSymbolicLink(source.resolve("loop2"), Path.of("loop"));
    try (KmeshFileSystem system = taken()) {
      assertThat(Files.readString(system.getPath("/abs/f"))).isEqualTo("here");
      assertThat(Files.readString(system.getPath("up/back"))).isEqualTo("here");
      assertThat(system.getPath("up/back").toRealPath()).isEqualTo(system.getPath("/d/e/f"));
      assertThatThrownBy(() -> Files.readString(system.getPath("loop")))
          .isInstanceOf(FileSystemLoopException.class);
      assertThat(Files.isSymbolicLink(system.getPath("loop"))).isTrue();
      assertThatThrownBy(() -> Files.readString(system.getPath("/etc/passwd")))
          .isInstanceOf(NoSuchFileException.class);
    }
  }

  @Test
  void writes_areRefused() throws IOException {
    Files.writeString(source.resolve("f"), "x");
    try (KmeshFileSystem system = taken()) {
      Path file = system.getPath("/f");
      Path other = system.getPath("/g");
      assertThat(system.isReadOnly()).isTrue();
      List<org.assertj.core.api.ThrowableAssert.ThrowingCallable> writes =
          List.of(
              () -> Files.writeString(file, "y"),
              () -> Files.delete(file),
              () -> Files.createDirectory(other),
              () -> Files.createSymbolicLink(other, file),
              () -> Files.createLink(other, file),
              () -> Files.move(file, other),
              () -> Files.copy(file, other),
              () -> Files.setLastModifiedTime(file, FileTime.fromMillis(0)),
              () -> Files.setAttribute(file, "user:a", new byte[1]),
              () -> Files.setPosixFilePermissions(file, Set.of()));
      for (var write : writes) {
        assertThatThrownBy(write).isInstanceOf(ReadOnlyFileSystemException.class);
      }
      assertThatThrownBy(() -> system.provider().checkAccess(file, AccessMode.WRITE))
          .isInstanceOf(AccessDeniedException.class);
    }
  }

  @Test
  @SuppressWarnings("StreamResourceLeak") // It is closed by the file system, which is the point.
  void closed_refusesAll_andLetsTheSnapshotGo() throws IOException {
    Files.write(source.resolve("f"), random(1, 3 * MIB));
    KmeshFileSystem system = taken();
    Path file = system.getPath("/f");
    SeekableByteChannel channel = Files.newByteChannel(file);
    DirectoryStream<Path> stream = Files.newDirectoryStream(system.getPath("/"));
    URI uri = file.toUri();
    assertThat(world.domain.heads().newest().sessions()).hasSize(1);
    assertThat(Path.of(uri)).isEqualTo(file);
    system.close();
    system.close();
    assertThat(world.domain.heads().newest().sessions()).isEmpty();
    assertThat(system.isOpen()).isFalse();
    assertThatThrownBy(() -> Files.size(file)).isInstanceOf(ClosedFileSystemException.class);
    assertThatThrownBy(() -> Files.newByteChannel(file))
        .isInstanceOf(ClosedFileSystemException.class);
    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
    assertThat(stream.iterator().hasNext()).isFalse();
    assertThatThrownBy(() -> Path.of(uri)).isInstanceOf(FileSystemNotFoundException.class);
  }

  @Test
  void names_ofAnyBytes_comeBack() throws IOException {
    Random random = new Random(1);
    Map<String, PathBytes> texts = new TreeMap<>();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[1 + random.nextInt(6)];
      random.nextBytes(bytes);
      for (int j = 0; j < bytes.length; j++) {
        bytes[j] = bytes[j] == 0 ? (byte) 0xc3 : bytes[j];
      }
      PathBytes name = PathBytes.of(bytes);
      String text = NameText.of(name);
      assertThat(NameText.bytes(text)).isEqualTo(name);
      assertThat(NameText.ofPercent(NameText.percent(name))).isEqualTo(name);
      assertThat(texts.put(text, name)).isIn(null, name);
    }
    PathBytes emoji = PathBytes.of("\ud83d\ude00".getBytes(StandardCharsets.UTF_8));
    assertThat(NameText.of(emoji)).isEqualTo("\ud83d\ude00");
    assertThatThrownBy(() -> NameText.bytes("a\ud800b")).isInstanceOf(InvalidPathException.class);
    assertThatThrownBy(() -> NameText.bytes("a\0b")).isInstanceOf(InvalidPathException.class);
  }

  @Test
  void uri_isKmesh() throws IOException {
    Files.createDirectory(source.resolve("a b"));
    String id = world.take(source);
    try (KmeshFileSystem system = world.open(id)) {
      assertThat(system.getPath("a b").toUri())
          .isEqualTo(URI.create("kmesh:lab%2Fmain!/" + id + "/a%20b"));
      assertThat(java.nio.file.FileSystems.getFileSystem(URI.create("kmesh:lab%2Fmain!/" + id)))
          .isSameAs(system);
      assertThatThrownBy(() -> Path.of(URI.create("kmesh:lab!/")))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void manyThreads_readTheSame() throws Exception {
    Files.write(source.resolve("f"), random(6, 10 * MIB));
    byte[] all = random(6, 10 * MIB);
    try (KmeshFileSystem system = taken()) {
      long before = world.reads();
      ExecutorService pool = Executors.newFixedThreadPool(8);
      List<Future<byte[]>> results = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        results.add(pool.submit(() -> Files.readAllBytes(system.getPath("f"))));
      }
      for (Future<byte[]> result : results) {
        assertThat(Arrays.equals(result.get(), all)).isTrue();
      }
      pool.shutdown();
      assertThat(world.reads() - before).isLessThan(45);
    }
  }

  @Test
  void attributes_ofPosix() throws IOException {
    Files.writeString(source.resolve("f"), "x");
    Files.setPosixFilePermissions(
        source.resolve("f"), java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-x--x"));
    try (KmeshFileSystem system = taken()) {
      PosixFileAttributes attributes =
          Files.readAttributes(system.getPath("f"), PosixFileAttributes.class);
      assertThat(java.nio.file.attribute.PosixFilePermissions.toString(attributes.permissions()))
          .isEqualTo("rwxr-x--x");
      assertThat(attributes.owner().getName()).isEqualTo("0");
      assertThat(Files.isExecutable(system.getPath("f"))).isTrue();
      assertThat(system.getPathMatcher("glob:*.{c,h}").matches(system.getPath("a.h"))).isTrue();
      assertThat(system.getPathMatcher("glob:*.{c,h}").matches(system.getPath("d/a.h"))).isFalse();
    }
  }
}
