// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowProblem;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written at a target is there at once, and later at the source. */
class AccessBackTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  /** So long that nothing is sent before somebody waits for it. */
  private static final Duration LATER = Duration.ofHours(1);

  @TempDir Path dir;
  private final MemoryState state = MemoryState.create(RunningTime.instance());
  private Path source;
  private Kmesh kmesh;
  private DataFlow flow;
  private Path top;

  @BeforeEach
  void open() throws IOException {
    source = Files.createDirectory(dir.resolve("source"));
    Files.createDirectory(source.resolve("a"));
    Files.writeString(source.resolve("a/one"), "one");
    start(new FlowMode.WriteBack(LATER, DataSize.ofMib(4), Duration.ZERO));
  }

  private void start(FlowMode.WriteBack back) {
    kmesh = Kmesh.builder().state(state).flowFolder(dir.resolve("flows")).build();
    flow =
        kmesh
            .dataFlows()
            .ensure(
                "job",
                f ->
                    f.from(Endpoint.directory(source))
                        .to(Endpoint.directory(dir.resolve("cache")))
                        .scanPause(LATER)
                        .mode(
                            new FlowMode.Access(
                                LATER,
                                DataSize.ofMib(64),
                                FlowMode.Stale.SHOW,
                                FlowMode.WriteMode.WRITE_BACK,
                                back)))
            .start();
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

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> !name.startsWith(".kmesh-"))
          .sorted()
          .toList();
    }
  }

  @Test
  void files_areSeenHereAtOnce_andAtTheSource_whenABarrierReturns() throws Exception {
    byte[] large = bytes((1 << 20) + 3);
    Files.write(top.resolve("a/large"), large);
    Files.writeString(top.resolve("a/one"), "two", StandardOpenOption.APPEND);
    Files.setPosixFilePermissions(
        source.resolve("a/one"), PosixFilePermissions.fromString("rwxr-----"));
    assertThat(source.resolve("a/large")).doesNotExist();
    assertThat(source.resolve("a/one")).hasContent("one");
    assertThat(Files.readAllBytes(top.resolve("a/large"))).isEqualTo(large);
    assertThat(Files.size(top.resolve("a/large"))).isEqualTo(large.length);
    assertThat(Files.readString(top.resolve("a/one"))).isEqualTo("onetwo");
    assertThat(names(top.resolve("a"))).containsExactly("large", "one");
    FileTime written = Files.getLastModifiedTime(top.resolve("a/large"));
    assertThat(flow.status().unwritten().edits()).isEqualTo(2);
    assertThat(flow.status().unwritten().bytes()).isEqualTo(large.length + 6);
    assertThat(flow.status().unwritten().since()).contains(written.toInstant());

    flow.barrier("a/large", LIMIT);
    assertThat(source.resolve("a/large")).hasBinaryContent(large);
    assertThat(Files.getLastModifiedTime(source.resolve("a/large"))).isEqualTo(written);
    assertThat(source.resolve("a/one")).hasContent("one");
    flow.awaitInSync(LIMIT);
    assertThat(source.resolve("a/one")).hasContent("onetwo");
    assertThat(Files.getPosixFilePermissions(source.resolve("a/one")))
        .isEqualTo(PosixFilePermissions.fromString("rwxr-----"));
    assertThat(flow.status().unwritten().edits()).isZero();
    assertThat(flow.status().unwritten().since()).isEmpty();
    assertThat(flow.status().problems()).isEmpty();
    assertThat(Files.readAllBytes(top.resolve("a/large"))).isEqualTo(large);
    assertThat(Files.readString(top.resolve("a/one"))).isEqualTo("onetwo");
    assertThat(names(source)).containsExactly("a");
  }

  @Test
  void changesOfOneFile_comeInTheirOrder_andTheLastOneStands() throws Exception {
    for (int i = 0; i < 20; i++) {
      Files.writeString(
          top.resolve("log"), i + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      if (i % 5 == 0) {
        flow.barrier("log", LIMIT);
        Files.writeString(top.resolve("log"), "more\n", StandardOpenOption.APPEND);
      }
    }
    String all = Files.readString(top.resolve("log"));
    assertThat(all.lines()).hasSize(24);
    assertThat(flow.status().unwritten().edits()).isEqualTo(1);
    try (SeekableByteChannel channel =
        Files.newByteChannel(top.resolve("log"), StandardOpenOption.WRITE)) {
      channel.truncate(4);
    }
    flow.awaitInSync(LIMIT);
    assertThat(source.resolve("log")).hasContent(all.substring(0, 4));
    assertThat(flow.status().problems()).isEmpty();
  }

  @Test
  void whoReads_goesOnWithWhatWasOpened_whenItIsWrittenBack() throws Exception {
    Files.writeString(top.resolve("file"), "before");
    try (SeekableByteChannel reading = Files.newByteChannel(top.resolve("file"))) {
      flow.awaitInSync(LIMIT);
      Files.writeString(top.resolve("file"), "after!");
      flow.awaitInSync(LIMIT);
      ByteBuffer target = ByteBuffer.allocate(10);
      assertThat(reading.read(target)).isEqualTo(6);
      assertThat(new String(target.array(), 0, 6, java.nio.charset.StandardCharsets.US_ASCII))
          .isEqualTo("before");
    }
    assertThat(Files.readString(top.resolve("file"))).isEqualTo("after!");
  }

  @Test
  void channelThatWasOpenedBefore_isWrittenOverWhatWasWrittenBackMeanwhile() throws Exception {
    Files.writeString(top.resolve("file"), "first");
    try (SeekableByteChannel channel =
        Files.newByteChannel(top.resolve("file"), StandardOpenOption.WRITE)) {
      flow.awaitInSync(LIMIT);
      Files.writeString(top.resolve("other"), "x"); // what ended is durable with the next
      flow.awaitInSync(LIMIT);
      channel.write(ByteBuffer.wrap(new byte[] {'F'}));
    }
    flow.awaitInSync(LIMIT);
    assertThat(source.resolve("file")).hasContent("First");
    assertThat(names(source)).containsExactly("a", "file", "other");
  }

  @Test
  void secondOfTwoWriters_isRefused_whenTheFirstIsClosed() throws Exception {
    try (SeekableByteChannel one =
        Files.newByteChannel(
            top.resolve("file"), StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
      SeekableByteChannel other =
          Files.newByteChannel(
              top.resolve("file"), StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      other.write(ByteBuffer.wrap(new byte[] {'2'}));
      one.write(ByteBuffer.wrap(new byte[] {'1'}));
      other.close();
      assertThatThrownBy(one::close)
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("somebody wrote it here");
    }
    assertThat(Files.readString(top.resolve("file"))).isEqualTo("2");
  }

  @Test
  void whatChangedAtTheSource_standsThere_andWhatWasWrittenIsBesideIt() throws Exception {
    assertThat(Files.readString(top.resolve("a/one"))).isEqualTo("one");
    Files.createDirectories(source.resolve("gone/below"));
    Files.writeString(source.resolve("gone/below/file"), "x");
    Files.writeString(source.resolve("removed"), "x");
    flow.look(List.of("gone", "gone/below", "removed"));
    flow.awaitInSync(LIMIT);
    Files.writeString(top.resolve("a/one"), "mine");
    Files.writeString(top.resolve("a/new"), "my new");
    Files.writeString(top.resolve("removed"), "my removed");
    Files.writeString(top.resolve("gone/below/file"), "my gone");

    Files.writeString(source.resolve("a/one"), "theirs");
    Files.writeString(source.resolve("a/new"), "their new");
    Files.delete(source.resolve("removed"));
    Files.delete(source.resolve("gone/below/file"));
    Files.delete(source.resolve("gone/below"));
    flow.awaitInSync(LIMIT);

    assertThat(source.resolve("a/one")).hasContent("theirs");
    assertThat(source.resolve("a/new")).hasContent("their new");
    assertThat(source.resolve("removed")).doesNotExist();
    assertBeside("a", "one", "mine");
    assertBeside("a", "new", "my new");
    assertBeside("", "removed", "my removed");
    assertBeside("gone", "file", "my gone");
    assertThat(flow.status().problems().stream().map(FlowProblem::path))
        .containsExactlyInAnyOrder("a/one", "a/new", "removed", "gone/below/file");
    assertThat(flow.status().problems().get(0).reason()).contains(".conflict-target-");
    assertThat(Files.readString(top.resolve("a/one"))).isEqualTo("theirs");
    assertThat(names(top.resolve("a"))).isEqualTo(names(source.resolve("a")));

    Files.writeString(top.resolve("a/one"), "seen by now");
    flow.awaitInSync(LIMIT);
    assertThat(source.resolve("a/one")).hasContent("seen by now");
  }

  private FlowConflict conflictOf(String path) {
    return flow.conflicts().stream().filter(c -> c.path().equals(path)).findFirst().orElseThrow();
  }

  @Test
  void conflicts_areListed_untilSomebodyDecides_alsoAfterARestart() throws Exception {
    for (String name : List.of("kept", "taken", "by hand", "la\u00dft")) {
      Files.writeString(top.resolve(name), "my " + name);
      Files.writeString(source.resolve(name), "their " + name);
    }
    flow.awaitInSync(LIMIT);
    kmesh.close();
    start(new FlowMode.WriteBack(LATER, DataSize.ofMib(4), Duration.ZERO));
    assertThat(flow.conflicts().stream().map(FlowConflict::path))
        .containsExactly("kept", "taken", "by hand", "la\u00dft");
    FlowConflict kept = conflictOf("kept");
    assertThat(kept.winner()).isEqualTo("source");
    assertThat(kept.keptEnd()).isEqualTo("source");
    assertThat(source.resolve(kept.kept())).hasContent("my kept");
    assertThat(flow.status().problems()).hasSize(4);

    flow.resolve(kept.id(), FlowConflict.Choice.KEEP_WINNER);
    flow.resolve(conflictOf("taken").id(), FlowConflict.Choice.TAKE_LOSER);
    FlowConflict byHand = conflictOf("by hand");
    Files.delete(source.resolve(byHand.kept()));
    assertThatThrownBy(() -> flow.resolve(byHand.id(), FlowConflict.Choice.TAKE_LOSER))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("there is no " + byHand.kept() + " any more");
    flow.resolve(byHand.id(), FlowConflict.Choice.KEEP_WINNER);
    Files.delete(source.resolve("la\u00dft"));
    Files.createDirectory(source.resolve("la\u00dft"));
    assertThatThrownBy(
            () -> flow.resolve(conflictOf("la\u00dft").id(), FlowConflict.Choice.TAKE_LOSER))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("can't take the place of la\u00dft at the source")
        .hasMessageContaining("Look at both there");
    Files.delete(source.resolve("la\u00dft"));
    flow.resolve(conflictOf("la\u00dft").id(), FlowConflict.Choice.TAKE_LOSER);
    assertThatThrownBy(() -> flow.resolve(kept.id(), FlowConflict.Choice.KEEP_WINNER))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("there is none of that name");

    assertThat(names(source)).containsExactly("a", "by hand", "kept", "la\u00dft", "taken");
    assertThat(source.resolve("kept")).hasContent("their kept");
    assertThat(source.resolve("taken")).hasContent("my taken");
    assertThat(source.resolve("la\u00dft")).hasContent("my la\u00dft");
    assertThat(Files.readString(top.resolve("taken"))).isEqualTo("my taken");
    assertThat(flow.conflicts()).isEmpty();
    assertThat(flow.status().problems()).isEmpty();
  }

  private void assertBeside(String in, String name, String content) throws IOException {
    List<String> beside =
        names(source.resolve(in)).stream()
            .filter(one -> one.startsWith(name + ".conflict-target-"))
            .toList();
    assertThat(beside).hasSize(1);
    assertThat(source.resolve(in).resolve(beside.get(0))).hasContent(content);
  }

  @Test
  void stoppedFlow_keepsWhatWaits_andIsNotDeleted() throws Exception {
    Files.writeString(top.resolve("a/one"), "new");
    flow.stop();
    assertThat(source.resolve("a/one")).hasContent("one");
    assertThatThrownBy(() -> flow.delete())
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("1 files wait to be written back");
    kmesh.close();
    start(new FlowMode.WriteBack(LATER, DataSize.ofMib(4), Duration.ZERO));
    assertThat(Files.readString(top.resolve("a/one"))).isEqualTo("new");
    flow.awaitInSync(LIMIT);
    assertThat(source.resolve("a/one")).hasContent("new");
    flow.delete();
    assertThat(dir.resolve("cache")).isEmptyDirectory();
  }

  @Test
  void fullJournal_hasWritersWait_andFail() throws Exception {
    Files.write(top.resolve("x"), bytes(3 << 20));
    assertThatThrownBy(() -> Files.write(top.resolve("huge"), bytes(5 << 20)))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("keeps at most 4194304");
    assertThatThrownBy(() -> Files.write(top.resolve("y"), bytes(2 << 20)))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("no room came within PT0S")
        .hasMessageContaining("1 files of 3145728 bytes wait");
    assertThat(top.resolve("huge")).doesNotExist();
    flow.awaitInSync(LIMIT);
    Files.write(top.resolve("y"), bytes(2 << 20));
    flow.awaitInSync(LIMIT);
    assertThat(source.resolve("y")).hasBinaryContent(bytes(2 << 20));
  }

  @Test
  void otherChanges_areMadeThrough_behindWhatWaits() throws Exception {
    Files.createDirectory(top.resolve("made"));
    Files.writeString(top.resolve("made/file"), "bytes");
    Files.move(top.resolve("made/file"), top.resolve("made/moved"));
    assertThat(source.resolve("made/moved")).hasContent("bytes");
    Files.writeString(top.resolve("made/moved"), "other");
    Files.move(top.resolve("made"), top.resolve("renamed"));
    assertThat(source.resolve("renamed/moved")).hasContent("other");
    Files.writeString(top.resolve("renamed/moved"), "last");
    Files.setPosixFilePermissions(
        top.resolve("renamed/moved"), PosixFilePermissions.fromString("rw-------"));
    assertThat(source.resolve("renamed/moved")).hasContent("last");
    Files.writeString(top.resolve("renamed/moved"), "gone");
    Files.delete(top.resolve("renamed/moved"));
    assertThat(source.resolve("renamed")).isEmptyDirectory();
    assertThat(top.resolve("renamed")).isEmptyDirectory();
    assertThat(flow.status().problems()).isEmpty();
  }

  @Test
  void whatTheSourceWouldRefuse_isRefusedHere() throws Exception {
    assertThatThrownBy(() -> Files.writeString(top.resolve(".kmesh-x"), "x"))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining(".kmesh-");
    Files.createLink(top.resolve("again"), top.resolve("a/one"));
    assertThatThrownBy(() -> Files.writeString(top.resolve("again"), "x"))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("several names");
    Files.writeString(top.resolve("new"), "x");
    assertThatThrownBy(
            () -> Files.writeString(top.resolve("new"), "x", StandardOpenOption.CREATE_NEW))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void delay_endsByItself() throws Exception {
    MemoryState other = MemoryState.create(RunningTime.instance());
    try (Kmesh own = Kmesh.builder().state(other).flowFolder(dir.resolve("others")).build()) {
      DataFlow quick =
          own.dataFlows()
              .ensure(
                  "quick",
                  f ->
                      f.from(Endpoint.directory(source))
                          .to(Endpoint.directory(dir.resolve("quick")))
                          .access(
                              new FlowMode.WriteBack(
                                  Duration.ofMillis(10),
                                  DataSize.ofMib(1),
                                  Duration.ofSeconds(20))))
              .start();
      Path there = quick.fileSystem().getPath("/");
      // Three times what there is room for.
      for (int i = 0; i < 12; i++) {
        Files.write(there.resolve("f" + i), bytes(1 << 18));
      }
      while (quick.status().unwritten().edits() > 0) {
        Thread.onSpinWait();
      }
      for (int i = 0; i < 12; i++) {
        assertThat(source.resolve("f" + i)).hasBinaryContent(bytes(1 << 18));
      }
    }
  }
}
