// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowMode;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written through a target is at the source when the call returns. */
class AccessWriteTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir Path dir;
  private Path source;
  private Kmesh kmesh;
  private Path top;

  @BeforeEach
  void open() throws IOException {
    source = Files.createDirectory(dir.resolve("source"));
    Files.createDirectory(source.resolve("a"));
    Files.writeString(source.resolve("a/one"), "one");
    kmesh =
        Kmesh.builder()
            .state(MemoryState.create(RunningTime.instance()))
            .flowFolder(dir.resolve("flows"))
            .build();
    DataFlow flow =
        kmesh
            .dataFlows()
            .ensure(
                "job",
                f ->
                    f.from(Endpoint.directory(source))
                        .to(Endpoint.directory(dir.resolve("cache")))
                        .scanPause(Duration.ofHours(1))
                        .mode(
                            new FlowMode.Access(
                                // So long that only what was written here is asked for anew.
                                Duration.ofHours(1),
                                DataSize.ofMib(64),
                                FlowMode.Stale.SHOW,
                                FlowMode.WriteMode.WRITE_THROUGH)))
            .start();
    flow.awaitInSync(LIMIT);
    top = flow.fileSystem().getPath("/");
  }

  @AfterEach
  void close() {
    kmesh.close();
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  @Test
  void files_areAtTheSource_whenTheirChannelsAreClosed() throws Exception {
    byte[] large = bytes((5 << 20) + 3);
    Files.write(top.resolve("a/large"), large);
    assertThat(source.resolve("a/large")).hasBinaryContent(large);
    assertThat(Files.readAllBytes(top.resolve("a/large"))).isEqualTo(large);

    Files.setPosixFilePermissions(
        source.resolve("a/one"), PosixFilePermissions.fromString("rwxr-----"));
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            top.resolve("a/large"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.position(1 << 20).write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
      channel.truncate(2 << 20);
      assertThat(source.resolve("a/large")).hasBinaryContent(large);
    }
    byte[] expected = java.util.Arrays.copyOf(large, 2 << 20);
    System.arraycopy(new byte[] {1, 2, 3}, 0, expected, 1 << 20, 3);
    assertThat(source.resolve("a/large")).hasBinaryContent(expected);
    assertThat(Files.readAllBytes(top.resolve("a/large"))).isEqualTo(expected);

    Files.writeString(top.resolve("a/log"), "x", StandardOpenOption.CREATE);
    Files.writeString(top.resolve("a/log"), "y", StandardOpenOption.APPEND);
    assertThat(source.resolve("a/log")).hasContent("xy");
    Files.createFile(top.resolve("empty"));
    assertThat(source.resolve("empty")).isEmptyFile();
    Files.copy(source.resolve("a/log"), top.resolve("copied"));
    assertThat(source.resolve("copied")).hasContent("xy");
    assertThatThrownBy(
            () -> Files.writeString(top.resolve("a/log"), "z", StandardOpenOption.CREATE_NEW))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> Files.writeString(top.resolve("no"), "z", StandardOpenOption.WRITE))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void attributesOfAFile_stay_whenItIsWritten() throws Exception {
    Files.setPosixFilePermissions(
        top.resolve("a/one"), PosixFilePermissions.fromString("rwxr-----"));
    assertThat(Files.getPosixFilePermissions(source.resolve("a/one")))
        .isEqualTo(PosixFilePermissions.fromString("rwxr-----"));
    Files.setAttribute(top.resolve("a/one"), "user:note", "hi".getBytes(StandardCharsets.UTF_8));
    Files.writeString(top.resolve("a/one"), "other");
    assertThat(Files.getPosixFilePermissions(source.resolve("a/one")))
        .isEqualTo(PosixFilePermissions.fromString("rwxr-----"));
    assertThat(Files.getAttribute(source.resolve("a/one"), "user:note"))
        .isEqualTo("hi".getBytes(StandardCharsets.UTF_8));
    FileTime time = FileTime.from(Instant.ofEpochSecond(1_600_000_000, 5));
    Files.setLastModifiedTime(top.resolve("a/one"), time);
    assertThat(Files.getLastModifiedTime(source.resolve("a/one"))).isEqualTo(time);
    assertThat(Files.getLastModifiedTime(top.resolve("a/one"))).isEqualTo(time);
  }

  @Test
  void namesChange() throws Exception {
    Files.createDirectories(top.resolve("b/c"));
    Files.move(top.resolve("a/one"), top.resolve("b/c/two"));
    assertThat(source.resolve("b/c/two")).hasContent("one");
    assertThat(top.resolve("a/one")).doesNotExist();
    Files.createSymbolicLink(top.resolve("link"), top.getFileSystem().getPath("b/c/two"));
    assertThat(Files.readSymbolicLink(source.resolve("link"))).hasToString("b/c/two");
    assertThat(Files.readString(top.resolve("link"))).isEqualTo("one");
    Files.createLink(top.resolve("again"), top.resolve("b/c/two"));
    assertThat(Files.isSameFile(source.resolve("again"), source.resolve("b/c/two"))).isTrue();
    assertThatThrownBy(() -> Files.writeString(top.resolve("again"), "x"))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("several names");
    assertThatThrownBy(() -> Files.delete(top.resolve("b")))
        .isInstanceOf(DirectoryNotEmptyException.class);
    Files.delete(top.resolve("again"));
    Files.writeString(top.resolve("other"), "other");
    assertThatThrownBy(() -> Files.move(top.resolve("other"), top.resolve("b/c/two")))
        .isInstanceOf(FileAlreadyExistsException.class);
    Files.move(top.resolve("other"), top.resolve("b/c/two"), StandardCopyOption.REPLACE_EXISTING);
    assertThat(source.resolve("b/c/two")).hasContent("other");
    Files.delete(top.resolve("b/c/two"));
    Files.delete(top.resolve("b/c"));
    assertThat(source.resolve("b")).isEmptyDirectory();
    assertThat(top.resolve("b")).isEmptyDirectory();
  }

  @Test
  void whatSomebodyChangedAtTheSource_isNotWrittenOver() throws Exception {
    assertThat(Files.size(top.resolve("a/one"))).isEqualTo(3);
    Files.writeString(source.resolve("a/one"), "newer");
    assertThatThrownBy(() -> Files.writeString(top.resolve("a/one"), "lost"))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("a/one")
        .hasMessageContaining("somebody changed it");
    assertThat(source.resolve("a/one")).hasContent("newer");
    assertThat(Files.readString(top.resolve("a/one"))).isEqualTo("newer");
    Files.writeString(source.resolve("a/one"), "newest!");
    assertThatThrownBy(() -> Files.delete(top.resolve("a/one")))
        .isInstanceOf(FileSystemException.class);
    Files.writeString(source.resolve("a/late"), "late");
    assertThatThrownBy(
            () -> Files.writeString(top.resolve("a/late"), "x", StandardOpenOption.CREATE_NEW))
        .isInstanceOf(FileAlreadyExistsException.class);
    Files.writeString(top.resolve("a/one"), "now seen");
    assertThat(source.resolve("a/one")).hasContent("now seen");
  }

  @Test
  void filesThatWereSeenYoung_areWritten_thoughTheirSourceLooksTwice() throws Exception {
    List<SeekableByteChannel> channels = new ArrayList<>();
    try {
      Path last = source;
      for (int i = 0; i < 20; i++) {
        // Each in a directory of its own: of one they would be asked for together.
        last = Files.createDirectory(source.resolve("d" + i)).resolve("young");
        Files.writeString(last, "young");
        channels.add(
            Files.newByteChannel(top.resolve("d" + i + "/young"), StandardOpenOption.WRITE));
      }
      // What has a stamp of this tick is registered once more when the tick is over.
      long written = Files.getLastModifiedTime(last).toMillis();
      Path probe = dir.resolve("probe");
      do {
        Files.writeString(probe, "x");
      } while (Files.getLastModifiedTime(probe).toMillis() < written + 50);
      for (int i = 0; i < 20; i++) {
        channels.get(i).write(ByteBuffer.wrap(new byte[] {'Y'}));
        channels.get(i).close();
        assertThat(source.resolve("d" + i + "/young")).hasContent("Young");
      }
    } finally {
      for (SeekableByteChannel channel : channels) {
        channel.close();
      }
    }
  }

  @Test
  void hiddenNames_areRefused_andNothingIsLeft() throws Exception {
    assertThatThrownBy(() -> Files.writeString(top.resolve(".kmesh-x"), "x"))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining(".kmesh-");
    Files.writeString(top.resolve("fine"), "x");
    kmesh.close();
    try (java.util.stream.Stream<Path> all = Files.list(source)) {
      assertThat(all.map(f -> f.getFileName().toString())).containsExactlyInAnyOrder("a", "fine");
    }
  }
}
