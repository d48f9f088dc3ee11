// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.path.PathBytes;
import io.kmesh.testkit.nio.PosixTreeFileSystem;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unmodified Java code on a tree on libc, by the testkit's view. */
class PosixTreeFileSystemTest {
  @TempDir Path directory;

  private long handlesBefore;
  private PosixTreeFileSystem system;
  private Path root;

  @BeforeEach
  void open() throws IOException {
    handlesBefore = JnaPosix.openHandles();
    system = PosixTreeFileSystem.over(JnaPosix.open(directory));
    root = system.root();
  }

  @AfterEach
  void closeAndCountHandles() throws IOException {
    system.close();
    assertThat(JnaPosix.openHandles()).isEqualTo(handlesBefore);
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(root.resolve(name), text);
  }

  @Test
  void path_whenNamesAreTaken_behavesAsAPath() {
    Path path = system.getPath("/a/b/../c/./d");
    assertThat(path.isAbsolute()).isTrue();
    assertThat(path.getNameCount()).isEqualTo(6);
    assertThat(path.normalize()).hasToString("/a/c/d");
    assertThat(path.getFileName()).hasToString("d");
    assertThat(path.getParent()).hasToString("/a/b/../c/.");
    assertThat(path.getRoot()).isEqualTo(root);
    assertThat(path.subpath(1, 3)).hasToString("b/..");
    assertThat(path.startsWith("/a/b")).isTrue();
    assertThat(path.endsWith("d")).isTrue();
    assertThat(path.endsWith("/d")).isFalse();
    assertThat(system.getPath("/a/b").relativize(system.getPath("/a/c/d"))).hasToString("../c/d");
    assertThat(system.getPath("/a/b").relativize(system.getPath("/a/b"))).hasToString("");
    assertThat(system.getPath("/a", "", "b//c/")).hasToString("/a/b/c");
    assertThat(system.getPath("").getNameCount()).isEqualTo(1);
    assertThat(system.getPath("a").resolve("")).hasToString("a");
    assertThat(system.getPath("a").toAbsolutePath()).hasToString("/a");
    assertThat(system.getPath("/a").resolveSibling("b")).hasToString("/b");
    assertThat(root.getParent()).isNull();
    assertThat(root.getFileName()).isNull();
    assertThat(root).hasToString("/");
    assertThat(system.getPath("/a").compareTo(system.getPath("/b"))).isNegative();
    assertThat(system.getPath("/a\u00e9 b").toUri().toString()).endsWith("/a%C3%A9%20b");
    List<String> names = new ArrayList<>();
    path.forEach(name -> names.add(name.toString()));
    assertThat(names).containsExactly("a", "b", "..", "c", ".", "d");
  }

  @Test
  void path_whenNameIsNotUtf8_survivesItsText() throws IOException {
    PathBytes bytes = PathBytes.of(new byte[] {'/', (byte) 0xff, 'a', (byte) 0xc3, '\n'});
    Path path = system.path(bytes);
    assertThat(path.toString()).isEqualTo("/\udcffa\udcc3\n");
    Files.writeString(path, "x");
    Path again = system.getPath(path.toString());
    assertThat(again).isEqualTo(path);
    assertThat(PosixTreeFileSystem.bytesOf(again)).isEqualTo(bytes);
    assertThat(Files.readString(again)).isEqualTo("x");
    try (Stream<Path> listed = Files.list(root)) {
      assertThat(listed.map(Path::toString)).containsExactly("/\udcffa\udcc3\n");
    }
    assertThatThrownBy(() -> system.getPath("a\u0000b")).isInstanceOf(InvalidPathException.class);
    assertThatThrownBy(() -> system.getPath("a\ud800b")).isInstanceOf(InvalidPathException.class);
  }

  @Test
  void path_whenAnyTwoBytes_survivesItsText() {
    for (int first = 1; first < 256; first++) {
      for (int second = 1; second < 256; second++) {
        PathBytes bytes = PathBytes.of(new byte[] {'/', 'x', (byte) first, (byte) second, 'y'});
        Path path = system.path(bytes);
        Path again = system.getPath(path.toString());
        assertThat(again).isEqualTo(path);
      }
    }
  }

  @Test
  void readAndWrite_whenByStreamsAndChannels_areExact() throws IOException {
    byte[] bytes = new byte[200_003];
    new Random(7).nextBytes(bytes);
    Path path = root.resolve("f");
    try (OutputStream out = Files.newOutputStream(path)) {
      out.write(bytes);
    }
    assertThat(Files.size(path)).isEqualTo(bytes.length);
    assertThat(Files.readAllBytes(path)).isEqualTo(bytes);
    try (InputStream in = Files.newInputStream(path)) {
      assertThat(in.skip(100_000)).isEqualTo(100_000);
      assertThat(in.readAllBytes()).hasSize(100_003);
    }
    try (SeekableByteChannel channel = Files.newByteChannel(path)) {
      ByteBuffer end = ByteBuffer.allocate(10);
      channel.position(200_000);
      assertThat(channel.read(end)).isEqualTo(3);
      assertThat(channel.position()).isEqualTo(200_003);
      assertThat(channel.read(end)).isEqualTo(-1);
      assertThat(channel.size()).isEqualTo(200_003);
    }
    Files.write(path, new byte[] {1}, StandardOpenOption.APPEND);
    assertThat(Files.size(path)).isEqualTo(200_004);
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.truncate(5);
      channel.write(new ByteBuffer[] {ByteBuffer.allocate(2), ByteBuffer.wrap(new byte[] {9})});
      channel.force(true);
      assertThat(channel.size()).isEqualTo(5);
      ByteBuffer two = ByteBuffer.allocate(2);
      channel.read(two, 2);
      assertThat(two.array()).containsExactly(9, bytes[3]);
      assertThatThrownBy(() -> channel.map(FileChannel.MapMode.READ_ONLY, 0, 1))
          .isInstanceOf(UnsupportedOperationException.class);
    }
    FileChannel closed = FileChannel.open(path);
    closed.close();
    assertThatThrownBy(() -> closed.read(ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void open_whenOptionsAreGiven_obeysThem() throws IOException {
    Path path = root.resolve("f");
    assertThatThrownBy(() -> Files.newByteChannel(path)).isInstanceOf(NoSuchFileException.class);
    Files.createFile(
        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-rw-rw-")));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-rw-rw-");
    assertThatThrownBy(() -> Files.createFile(path)).isInstanceOf(FileAlreadyExistsException.class);
    file("g", "text");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("g"))))
        .isEqualTo("rw-r--r--");
    file("g", "t");
    assertThat(Files.readString(root.resolve("g"))).isEqualTo("t");
    Files.newByteChannel(path, StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE).close();
    assertThat(Files.exists(path)).isFalse();
    assertThatThrownBy(() -> Files.newByteChannel(root)).isInstanceOf(FileSystemException.class);
  }

  @Test
  void walkFileTree_whenTreeHasALoop_followsAsAsked() throws IOException {
    Files.createDirectories(root.resolve("a/b/c"));
    file("a/b/c/f", "x");
    Files.createSymbolicLink(root.resolve("a/loop"), system.getPath(".."));
    List<String> visited = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path f, BasicFileAttributes attributes) {
            visited.add(f.toString());
            return FileVisitResult.CONTINUE;
          }
        });
    assertThat(visited).containsExactlyInAnyOrder("/a/b/c/f", "/a/loop");
    try (Stream<Path> walk = Files.walk(root.resolve("a/b"))) {
      assertThat(walk.map(Path::toString)).containsExactly("/a/b", "/a/b/c", "/a/b/c/f");
    }
    assertThatThrownBy(
            () -> {
              try (Stream<Path> walk =
                  Files.walk(root, java.nio.file.FileVisitOption.FOLLOW_LINKS)) {
                walk.forEach(p -> visited.add(p.toString()));
              }
            })
        .hasRootCauseInstanceOf(java.nio.file.FileSystemLoopException.class);
    assertThatThrownBy(() -> Files.newDirectoryStream(root.resolve("a/b/c/f")))
        .isInstanceOf(NotDirectoryException.class);
    try (DirectoryStream<Path> some = Files.newDirectoryStream(root.resolve("a"), "{b,x}*")) {
      assertThat(some).map(Path::toString).containsExactly("/a/b");
    }
  }

  @Test
  void links_whenFollowed_leadWhereTheKernelWouldGo() throws IOException {
    Files.createDirectories(root.resolve("a/b"));
    Files.createDirectories(root.resolve("c"));
    file("a/up", "in a");
    file("up", "in root");
    Files.createSymbolicLink(root.resolve("c/link"), system.getPath("../a/b"));
    assertThat(Files.readString(root.resolve("c/link/../up"))).isEqualTo("in a");
    assertThat(root.resolve("c/link/..").toRealPath()).hasToString("/a");
    assertThat(root.resolve("../../..").toRealPath()).isEqualTo(root);
    Files.createSymbolicLink(root.resolve("absolute"), system.getPath("/a/up"));
    assertThat(Files.readString(root.resolve("absolute"))).isEqualTo("in a");
    assertThat(Files.readSymbolicLink(root.resolve("absolute"))).hasToString("/a/up");
    assertThatThrownBy(() -> Files.readSymbolicLink(root.resolve("up")))
        .isInstanceOf(NotLinkException.class);
    Files.createSymbolicLink(root.resolve("dangling"), system.getPath("new"));
    assertThat(Files.exists(root.resolve("dangling"))).isFalse();
    assertThat(Files.isSymbolicLink(root.resolve("dangling"))).isTrue();
    Files.writeString(root.resolve("dangling"), "made");
    assertThat(Files.readString(root.resolve("new"))).isEqualTo("made");
    Files.createSymbolicLink(root.resolve("self"), system.getPath("self"));
    assertThatThrownBy(() -> Files.readString(root.resolve("self")))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("ELOOP");
    assertThatThrownBy(
            () -> Files.newByteChannel(root.resolve("absolute"), LinkOption.NOFOLLOW_LINKS))
        .isInstanceOf(FileSystemException.class);
    Files.createLink(root.resolve("hard"), root.resolve("up"));
    assertThat(Files.isSameFile(root.resolve("hard"), root.resolve("up"))).isTrue();
    assertThat(Files.getAttribute(root.resolve("up"), "unix:nlink")).isEqualTo(2);
  }

  @Test
  void copyAndMove_whenWithinTheView_followTheRules() throws IOException {
    file("a", "a");
    file("b", "b");
    assertThatThrownBy(() -> Files.copy(root.resolve("a"), root.resolve("b")))
        .isInstanceOf(FileAlreadyExistsException.class);
    Files.setAttribute(root.resolve("a"), "unix:mode", 0751);
    Files.setLastModifiedTime(root.resolve("a"), FileTime.from(Instant.ofEpochSecond(-5, 7)));
    Files.setAttribute(root.resolve("a"), "user:colour", new byte[] {1, 2});
    Files.copy(
        root.resolve("a"),
        root.resolve("b"),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.COPY_ATTRIBUTES);
    assertThat(Files.readString(root.resolve("b"))).isEqualTo("a");
    assertThat(Files.getAttribute(root.resolve("b"), "unix:mode")).isEqualTo(0100751);
    assertThat(Files.getLastModifiedTime(root.resolve("b")))
        .isEqualTo(FileTime.from(Instant.ofEpochSecond(-5, 7)));
    assertThat(Files.getAttribute(root.resolve("b"), "user:colour")).isEqualTo(new byte[] {1, 2});
    assertThatThrownBy(() -> Files.move(root.resolve("a"), root.resolve("b")))
        .isInstanceOf(FileAlreadyExistsException.class);
    Files.move(root.resolve("a"), root.resolve("b"), StandardCopyOption.REPLACE_EXISTING);
    Files.move(root.resolve("b"), root.resolve("c"), StandardCopyOption.ATOMIC_MOVE);
    assertThat(Files.exists(root.resolve("b"))).isFalse();
    Files.createDirectories(root.resolve("d/e"));
    assertThatThrownBy(() -> Files.delete(root.resolve("d")))
        .isInstanceOf(DirectoryNotEmptyException.class);
    assertThatThrownBy(
            () ->
                Files.move(
                    root.resolve("c"), root.resolve("d"), StandardCopyOption.REPLACE_EXISTING))
        .isInstanceOf(DirectoryNotEmptyException.class);
    Files.move(root.resolve("d"), root.resolve("moved"));
    assertThat(Files.isDirectory(root.resolve("moved/e"))).isTrue();
    Files.copy(root.resolve("moved"), root.resolve("shallow"));
    assertThat(Files.exists(root.resolve("shallow/e"))).isFalse();
    Files.createSymbolicLink(root.resolve("link"), system.getPath("c"));
    Files.copy(root.resolve("link"), root.resolve("link2"), LinkOption.NOFOLLOW_LINKS);
    assertThat(Files.readSymbolicLink(root.resolve("link2"))).hasToString("c");
  }

  @Test
  void copyAndMove_whenAcrossFileSystems_work(@TempDir Path other) throws IOException {
    Path host = Files.writeString(other.resolve("h"), "host");
    Files.copy(host, root.resolve("in"));
    assertThat(Files.readString(root.resolve("in"))).isEqualTo("host");
    Files.move(root.resolve("in"), other.resolve("out"));
    assertThat(other.resolve("out")).hasContent("host");
    assertThat(Files.exists(root.resolve("in"))).isFalse();
    try (PosixTreeFileSystem second = PosixTreeFileSystem.over(JnaPosix.open(other))) {
      Path there = second.getPath("/h");
      Files.copy(there, root.resolve("h"));
      assertThat(Files.readString(root.resolve("h"))).isEqualTo("host");
      assertThatThrownBy(() -> Files.move(there, root.resolve("x"), StandardCopyOption.ATOMIC_MOVE))
          .isInstanceOf(AtomicMoveNotSupportedException.class);
      Files.move(there, root.resolve("x"));
      assertThat(Files.exists(there)).isFalse();
    }
  }

  @Test
  void attributes_whenReadAndSet_areTheTrees() throws IOException {
    Path path = file("f", "12345");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r-x-w---x"));
    PosixFileAttributes posix = Files.readAttributes(path, PosixFileAttributes.class);
    assertThat(PosixFilePermissions.toString(posix.permissions())).isEqualTo("r-x-w---x");
    assertThat(posix.size()).isEqualTo(5);
    assertThat(posix.isRegularFile()).isTrue();
    assertThat(posix.isOther()).isFalse();
    Map<String, Object> unix = Files.readAttributes(path, "unix:*");
    assertThat(unix).containsKeys("mode", "ino", "nlink", "uid", "gid", "ctime", "size", "owner");
    assertThat(Files.readAttributes(path, "posix:owner,size")).containsOnlyKeys("owner", "size");
    assertThat(Files.readAttributes(path, "size")).containsEntry("size", 5L);
    assertThatThrownBy(() -> Files.readAttributes(path, "unix:nonsense"))
        .isInstanceOf(IllegalArgumentException.class);
    Files.setOwner(
        path,
        system
            .getUserPrincipalLookupService()
            .lookupPrincipalByName(Files.getOwner(path).getName()));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    UserDefinedFileAttributeView user =
        Files.getFileAttributeView(path, UserDefinedFileAttributeView.class);
    user.write("a", StandardCharsets.UTF_8.encode("value"));
    assertThat(user.list()).containsExactly("a");
    assertThat(user.size("a")).isEqualTo(5);
    user.delete("a");
    assertThat(user.list()).isEmpty();
    assertThat(Files.getFileStore(path).supportsFileAttributeView("posix")).isTrue();
    assertThat(Files.isReadable(path)).isTrue();
    assertThat(Files.isExecutable(path)).isFalse();
    assertThat(Files.isHidden(root.resolve(".x"))).isTrue();
  }

  @Test
  void view_whenClosed_refusesCalls() throws IOException {
    PosixTreeFileSystem second = PosixTreeFileSystem.over(JnaPosix.open(directory));
    Path there = second.root();
    second.close();
    assertThat(second.isOpen()).isFalse();
    assertThatThrownBy(() -> Files.exists(there)).isInstanceOf(ClosedFileSystemException.class);
  }

  @Test
  void globs_whenMatched_areTheJdks() {
    String[] globs = {
      "*",
      "**",
      "*.java",
      "a?c",
      "[ab]*",
      "[!ab]*",
      "{x,y*}.z",
      "\\*",
      "a[-b]c",
      "[a-c]x",
      "/a/*",
      "/a/**",
      "*.{java,class}",
      "a.b",
      "[[]",
      "x}y",
      "a,b"
    };
    String[] names = {
      "x", "a.java", "abc", "a*c", "bcd", "xcd", "y1.z", "x.z", "*", "a-c", "bx", "/a/b", "/a/b/c",
      "A.class", "axb", "a.b", "[", "x}y", "a,b", ""
    };
    for (String glob : globs) {
      for (String name : names) {
        boolean expected =
            Path.of(name).getFileSystem().getPathMatcher("glob:" + glob).matches(Path.of(name));
        assertThat(system.getPathMatcher("glob:" + glob).matches(system.getPath(name)))
            .as("glob %s on %s", glob, name)
            .isEqualTo(expected);
      }
    }
  }
}
