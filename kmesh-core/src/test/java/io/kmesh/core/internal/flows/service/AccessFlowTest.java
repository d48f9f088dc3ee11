// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowMode;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessFlowTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final int LARGE = (3 << 20) + 17;

  /** So short that each look is at the source as it is now. */
  private static final Duration NOW = Duration.ofNanos(1);

  @TempDir Path dir;
  private final MemoryState state = MemoryState.create(RunningTime.instance());
  private final byte[] bytes = new byte[LARGE];
  private Path source;
  private Path cache;

  @BeforeEach
  void makeSource() throws IOException {
    source = Files.createDirectory(dir.resolve("source"));
    cache = dir.resolve("cache");
    new Random(1).nextBytes(bytes);
    Files.createDirectories(source.resolve("a/b"));
    Files.writeString(source.resolve("a/one"), "one");
    Files.writeString(source.resolve("a/b/two"), "two");
    Files.createLink(source.resolve("a/again"), source.resolve("a/one"));
    Files.write(source.resolve("large"), bytes);
    Files.createSymbolicLink(source.resolve("link"), Path.of("a/one"));
    Files.createFile(source.resolve("empty"));
    Files.setPosixFilePermissions(
        source.resolve("a/one"), PosixFilePermissions.fromString("rw-r-x--x"));
    letStampsAge(source.resolve("a/one"));
  }

  /** A file that is seen within the clock's tick of its stamp is taken for changed once more. */
  private void letStampsAge(Path young) throws IOException {
    long written = Files.getLastModifiedTime(young).toMillis();
    Path probe = dir.resolve("probe");
    do {
      Files.writeString(probe, "x");
    } while (Files.getLastModifiedTime(probe).toMillis() < written + 50);
    Files.delete(probe);
  }

  private Kmesh open() {
    return Kmesh.builder().state(state).flowFolder(dir.resolve("flows")).build();
  }

  private DataFlow flow(Kmesh kmesh, Duration lease) {
    return kmesh
        .dataFlows()
        .ensure(
            "job",
            f ->
                f.from(Endpoint.directory(source))
                    .to(Endpoint.directory(cache))
                    // Nothing is found by chance: what is seen was asked for.
                    .scanPause(Duration.ofHours(1))
                    .mode(
                        new FlowMode.Access(
                            lease,
                            DataSize.ofMib(64),
                            FlowMode.Stale.SHOW,
                            FlowMode.WriteMode.READ_ONLY)));
  }

  @Test
  void access_showsTheWholeTree_andBringsBytesWhenTheyAreRead() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, Duration.ofSeconds(5)).start();
      flow.awaitInSync(LIMIT);
      FileSystem files = flow.fileSystem();
      Path top = files.getPath("/");
      try (Stream<Path> all = Files.walk(top)) {
        assertThat(all.map(Path::toString))
            .containsExactlyInAnyOrder(
                "/", "/a", "/a/again", "/a/b", "/a/b/two", "/a/one", "/empty", "/large", "/link");
      }
      PosixFileAttributes there =
          Files.readAttributes(top.resolve("a/one"), PosixFileAttributes.class);
      PosixFileAttributes real =
          Files.readAttributes(source.resolve("a/one"), PosixFileAttributes.class);
      assertThat(there.permissions()).isEqualTo(real.permissions());
      assertThat(there.lastModifiedTime()).isEqualTo(real.lastModifiedTime());
      assertThat(there.size()).isEqualTo(3);
      assertThat(Files.getAttribute(top.resolve("a/one"), "unix:nlink")).isEqualTo(2);
      assertThat(Files.isSameFile(top.resolve("a/one"), top.resolve("a/again"))).isTrue();
      assertThat(Files.readSymbolicLink(top.resolve("link"))).hasToString("a/one");
      assertThat(flow.status().logicalBytes()).isZero();

      assertThat(Files.readString(top.resolve("link"))).isEqualTo("one");
      assertThat(flow.status().logicalBytes()).isEqualTo(3);
      assertThat(Files.readAllBytes(top.resolve("large"))).isEqualTo(bytes);
      assertThat(Files.readAllBytes(top.resolve("empty"))).isEmpty();
      Files.copy(top.resolve("large"), dir.resolve("copy"));
      assertThat(dir.resolve("copy")).hasBinaryContent(bytes);
      assertThat(flow.status().logicalBytes()).isEqualTo(3 + LARGE);

      Path byUri = Path.of(URI.create("kmesh:~flows!/job/a/b/two"));
      assertThat(Files.readString(byUri)).isEqualTo("two");
      assertThat(byUri.toUri()).hasToString("kmesh:~flows!/job/a/b/two");
      assertThatThrownBy(() -> Files.readString(top.resolve("none")))
          .isInstanceOf(NoSuchFileException.class);
      assertThatThrownBy(() -> Files.writeString(top.resolve("new"), "x"))
          .isInstanceOf(ReadOnlyFileSystemException.class);
      flow.stop();
      assertThatThrownBy(() -> Files.readString(byUri))
          .isInstanceOf(ClosedFileSystemException.class);
      assertThatThrownBy(flow::fileSystem)
          .isInstanceOf(KmeshException.class)
          .hasMessageContaining("does not run");
    }
  }

  @Test
  void channel_readsAnyRange_andFetchesNoOther() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, Duration.ofSeconds(5)).start();
      flow.awaitInSync(LIMIT);
      Path large = flow.fileSystem().getPath("/large");
      try (SeekableByteChannel channel = Files.newByteChannel(large)) {
        ByteBuffer some = ByteBuffer.allocate(1000);
        channel.position((2 << 20) - 500).read(some);
        assertThat(some.array()).isEqualTo(slice((2 << 20) - 500, 1000));
        assertThat(flow.status().logicalBytes()).isEqualTo(2 * (128 << 10));
        channel.position(LARGE - 10).read(some.clear());
        assertThat(some.position()).isEqualTo(10);
        assertThat(channel.read(some)).isEqualTo(-1);
      }
      try (FileChannel channel = FileChannel.open(large)) {
        ByteBuffer some = ByteBuffer.allocate(70);
        assertThat(channel.read(some, 99)).isEqualTo(70);
        assertThat(some.array()).isEqualTo(slice(99, 70));
        assertThat(channel.position()).isZero();
      }
    }
  }

  private byte[] slice(int from, int length) {
    return java.util.Arrays.copyOfRange(bytes, from, from + length);
  }

  @Test
  void changesOfTheSource_areSeenAtTheNextLook() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, NOW).start();
      flow.awaitInSync(LIMIT);
      Path top = flow.fileSystem().getPath("/");
      Files.writeString(source.resolve("a/one"), "other");
      assertThat(Files.size(top.resolve("a/one"))).isEqualTo(5);
      assertThat(Files.readString(top.resolve("a/one"))).isEqualTo("other");
      Files.writeString(source.resolve("a/b/new"), "new");
      try (Stream<Path> all = Files.list(top.resolve("a/b"))) {
        assertThat(all.map(p -> p.getFileName().toString())).containsExactly("new", "two");
      }
      Files.delete(source.resolve("a/b/two"));
      assertThat(top.resolve("a/b/two")).doesNotExist();
      assertThat(Files.getAttribute(top.resolve("a"), "user:kmesh.asOf")).isNotEqualTo(new byte[0]);
    }
  }

  @Test
  void openFile_keepsItsVersion_orSaysThatItIsStale() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, NOW).start();
      flow.awaitInSync(LIMIT);
      Path large = flow.fileSystem().getPath("/large");
      try (SeekableByteChannel channel = Files.newByteChannel(large);
          SeekableByteChannel unread = Files.newByteChannel(large)) {
        ByteBuffer some = ByteBuffer.allocate(1000);
        channel.read(some);
        byte[] other = bytes.clone();
        other[2 << 20]++;
        Files.write(source.resolve("large"), other);
        assertThat(Files.getAttribute(large, "size")).isEqualTo((long) LARGE);
        channel.position(500).read(some.clear());
        assertThat(some.array()).isEqualTo(slice(500, 1000));
        channel.position(2 << 20);
        assertThatThrownBy(() -> channel.read(some.clear()))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("large")
            .hasMessageContaining("another version")
            .hasMessageContaining("Open it again");
        // Nothing was read of this one yet.
        unread.position(2 << 20).read(some.clear());
        assertThat(some.array()[0]).isEqualTo(other[2 << 20]);
        assertThat(Files.readAllBytes(large)).isEqualTo(other);
      }
    }
  }

  @Test
  void fiftyReadersOfOneFile_fetchItOnce() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, Duration.ofSeconds(5)).start();
      flow.awaitInSync(LIMIT);
      Path large = flow.fileSystem().getPath("/large");
      ExecutorService readers = Executors.newFixedThreadPool(50);
      try {
        List<Callable<byte[]>> reads = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
          reads.add(() -> Files.readAllBytes(large));
        }
        for (Future<byte[]> read : readers.invokeAll(reads)) {
          assertThat(read.get()).isEqualTo(bytes);
        }
      } finally {
        readers.shutdownNow();
      }
      assertThat(flow.status().logicalBytes()).isEqualTo(LARGE);
    }
  }

  @Test
  void cache_isThereAfterARestart_andGoesWithTheFlow() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, Duration.ofSeconds(5)).start();
      flow.awaitInSync(LIMIT);
      Files.readAllBytes(flow.fileSystem().getPath("/large"));
    }
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, Duration.ofSeconds(5));
      assertThat(Files.readAllBytes(flow.fileSystem().getPath("/large"))).isEqualTo(bytes);
      assertThat(flow.status().logicalBytes()).isZero();
      flow.delete();
      assertThat(cache).isEmptyDirectory();
    }
  }

  @Test
  void lustre_isFollowedByItsChangelog_andReleasedFilesStayReleased() throws Exception {
    try (SimulatedLustre lab = SimulatedLustre.at(dir.resolve("lab"));
        Kmesh kmesh = open()) {
      String first = lab.changelogAdmin().register(0, Optional.empty());
      String second = lab.changelogAdmin().register(1, Optional.empty());
      kmesh.clusters().attach("lab", lab);
      write(lab, "one", "one");
      Fid stub =
          lab.hsm()
              .importStub(
                  PathBytes.of("stub"),
                  ArchiveId.of(1),
                  new ImportAttributes(
                      0644,
                      0,
                      0,
                      5000,
                      new io.kmesh.spi.posix.FileTime(7, 0),
                      new io.kmesh.spi.posix.FileTime(7, 0)),
                  Layout.plain(1));
      DataFlow flow =
          kmesh
              .dataFlows()
              .ensure(
                  "lustre",
                  f ->
                      f.from(new Endpoint.LustrePath("lab", PathBytes.EMPTY))
                          .to(Endpoint.directory(cache))
                          .changelogUser(0, first)
                          .changelogUser(1, second)
                          .mode(
                              new FlowMode.Access(
                                  NOW,
                                  DataSize.ofMib(64),
                                  FlowMode.Stale.REFUSE,
                                  FlowMode.WriteMode.WRITE_THROUGH)))
              .start();
      flow.awaitInSync(LIMIT);
      Path top = flow.fileSystem().getPath("/");
      assertThat(Files.readString(top.resolve("one"))).isEqualTo("one");
      write(lab, "two", "two");
      assertThat(Files.readString(top.resolve("two"))).isEqualTo("two");
      assertThat(Files.size(top.resolve("stub"))).isEqualTo(5000);
      assertThatThrownBy(() -> Files.readAllBytes(top.resolve("stub")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("stub")
          .hasMessageContaining("released");
      assertThat(lab.hsm().state(stub).flags()).contains(HsmFlag.RELEASED);
      Files.writeString(top.resolve("two"), "three");
      try (PosixFile file = lab.tree().openFile(PathBytes.of("two"), Set.of())) {
        assertThat(file.stat().size()).isEqualTo(5);
      }
      assertThat(Files.readString(top.resolve("two"))).isEqualTo("three");
    }
  }

  private static void write(SimulatedLustre lustre, String path, String text) throws IOException {
    try (PosixFile file =
        lustre.tree().openFile(PathBytes.of(path), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
    }
  }

  @Test
  void flowOfAnotherMode_hasNoFileSystem() {
    try (Kmesh kmesh = open()) {
      DataFlow flow =
          kmesh
              .dataFlows()
              .ensure(
                  "copy", f -> f.from(Endpoint.directory(source)).to(Endpoint.directory(cache)));
      assertThatThrownBy(flow::fileSystem)
          .isInstanceOf(KmeshException.class)
          .hasMessageContaining("its target is a copy");
    }
  }
}
