// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorReportReader;
import io.kmesh.engine.MirrorReportReader.Entry;
import io.kmesh.engine.MirrorReportReader.State;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.store.DirectoryStore;
import io.kmesh.testkit.time.RunningTime;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A push, and a pull, in a process of its own that is killed with SIGKILL: repeated, they send what
 * was missing and nothing else, as their reports say, and both sides are equal then.
 */
@Tag("crash")
@EnabledOnOs(OS.LINUX)
class MirrorKillTest {
  private static final int FILES = 300;
  private static final int LARGE = 3 << 20;
  private static final int HUGE = 40 << 20;

  @TempDir private Path folder;
  private CommandLineTester kmesh;
  private String tree;
  private String store;
  private String copy;

  @BeforeEach
  void fill() throws IOException {
    kmesh = new CommandLineTester(folder);
    Random random = new Random(5);
    for (int i = 0; i < FILES; i++) {
      Path file = folder.resolve("tree/d" + i % 7 + "/f" + i);
      Files.createDirectories(file.getParent());
      byte[] bytes = new byte[i % 50 == 0 ? LARGE : random.nextInt(3000)];
      random.nextBytes(bytes);
      Files.write(file, bytes);
    }
    Files.createLink(folder.resolve("tree/second"), folder.resolve("tree/d1/f1"));
    Files.createSymbolicLink(folder.resolve("tree/link"), Path.of("second"));
    tree = folder.resolve("tree").toString();
    store = folder.resolve("store").toString();
    copy = folder.resolve("copy").toString();
  }

  /** What a report says: the paths of each outcome, and how it ends. */
  private record Report(Set<String> sent, Set<String> equal, State state) {
    /** Reads a report, and does something once it has so many lines. */
    static Report read(InputStream in, int lines, Runnable atLine) throws IOException {
      Set<String> sent = new TreeSet<>();
      Set<String> equal = new TreeSet<>();
      try (MirrorReportReader reader = MirrorReportReader.of(in, "the report")) {
        int seen = 1;
        for (Optional<Entry> next; (next = reader.next()).isPresent(); ) {
          if (++seen == lines) {
            atLine.run();
          }
          MirrorOutcome outcome = next.get().outcome();
          String path = outcome.path().orElseThrow().toString();
          switch (outcome.what()) {
            case SENT -> sent.add(path);
            case EQUAL -> equal.add(path);
            default -> throw new AssertionError(outcome);
          }
        }
        return new Report(sent, equal, reader.end().state());
      }
    }
  }

  /** Runs a command whose report comes by its standard output, and kills it after some lines. */
  private Report killed(int lines, String... command) throws Exception {
    return stopped(lines, true, command);
  }

  private Process start(String... command) throws IOException {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(
        List.of("--quiet", "--part-size", "256KiB", "--threads", "3", "--report", "/dev/stdout"));
    return CommandProcess.start(kmesh, folder.resolve("log"), line);
  }

  private Report stopped(int lines, boolean isKilled, String... command) throws Exception {
    Process process = start(command);
    // By its handle: the process itself would close the stream with what it said last.
    Report report =
        Report.read(
            process.getInputStream(),
            lines,
            isKilled ? process.toHandle()::destroyForcibly : process.toHandle()::destroy);
    assertThat(process.waitFor())
        .as(Files.readString(folder.resolve("log")))
        .isEqualTo(isKilled ? 137 : 143);
    return report;
  }

  private Report repeated(String... command) throws IOException {
    Path file = folder.resolve("report");
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(List.of("--part-size", "256KiB", "--report", file.toString()));
    kmesh.ok(line.toArray(new String[0]));
    return Report.read(Files.newInputStream(file), 0, () -> {});
  }

  private Set<String> all() throws IOException {
    Path top = folder.resolve("tree");
    try (Stream<Path> walk = Files.walk(top)) {
      return walk.map(path -> top.relativize(path).toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** What was missing was sent, and nothing else was. */
  private void check(Report first, Report second) throws IOException {
    assertThat(first.state()).isEqualTo(State.UNFINISHED);
    assertThat(second.state()).isEqualTo(State.DONE);
    assertThat(first.sent()).isNotEmpty();
    assertThat(second.sent()).doesNotContainAnyElementsOf(first.sent());
    assertThat(second.equal()).containsAll(first.sent());
    Set<String> both = new TreeSet<>(second.sent());
    both.addAll(second.equal());
    assertThat(both).isEqualTo(all());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void push_thatIsKilled_goesOn(long seed) throws Exception {
    int lines = 2 + new Random(seed).nextInt(FILES - 50);
    Report first = killed(lines, "mirror", "push", tree, store);

    check(first, repeated("mirror", "push", tree, store));

    kmesh.ok("mirror", "verify", "--deep", tree, store);
    try (DirectoryStore objects = DirectoryStore.at(Path.of(store))) {
      assertThat(objects.blocking().listUploads("")).isEmpty();
    }
    assertThat(repeated("mirror", "push", tree, store).sent()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void pull_thatIsKilled_goesOn(long seed) throws Exception {
    kmesh.ok("mirror", "push", tree, store);
    int lines = 2 + new Random(seed).nextInt(FILES - 50);
    Report first = killed(lines, "mirror", "pull", store, copy);

    check(first, repeated("mirror", "pull", store, copy));

    kmesh.ok("mirror", "verify", "--deep", copy, store);
    assertThat(repeated("mirror", "pull", store, copy).sent()).isEmpty();
  }

  /** A directory of one file of so many parts that it can't be over before it is looked at. */
  private String oneLargeFile() throws IOException {
    Path one = Files.createDirectories(folder.resolve("one"));
    byte[] bytes = new byte[HUGE];
    new Random(9).nextBytes(bytes);
    Files.write(one.resolve("file"), bytes);
    return one.toString();
  }

  /** Kills a command once the files whose names match have a quarter of the large file. */
  private void killedInTheMiddle(Path where, String pattern, String... command) throws Exception {
    Process process = start(command);
    try {
      while (sizeOf(where, pattern) < HUGE / 4) {
        assertThat(process.isAlive()).as(Files.readString(folder.resolve("log"))).isTrue();
        RunningTime.instance().sleep(Duration.ofMillis(5));
      }
    } finally {
      process.toHandle().destroyForcibly();
    }
    assertThat(process.waitFor()).isEqualTo(137);
  }

  private static long sizeOf(Path where, String pattern) throws IOException {
    if (!Files.exists(where)) {
      return 0;
    }
    long sum = 0;
    try (Stream<Path> all = Files.walk(where)) {
      for (Path path : all.filter(p -> p.getFileName().toString().matches(pattern)).toList()) {
        sum += Files.size(path);
      }
    } catch (NoSuchFileException | UncheckedIOException e) {
      return 0; // something went while it was looked at
    }
    return sum;
  }

  private long moved(String... command) throws IOException {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(List.of("--part-size", "256KiB", "--json"));
    return kmesh.ok(line.toArray(new String[0])).json().path("bytes").asLong();
  }

  @Test
  void push_thatIsKilledInOneLargeFile_sendsTheRestOfIt() throws Exception {
    String one = oneLargeFile();
    Path there = Path.of(store);
    killedInTheMiddle(there.resolve("uploads"), "data|part-.*", "mirror", "push", one, store);
    Upload upload;
    long held;
    try (DirectoryStore objects = DirectoryStore.at(there)) {
      upload = objects.blocking().listUploads("").get(0);
      held = objects.blocking().listParts(upload).stream().mapToLong(UploadPart::size).sum();
    }
    assertThat(held).isGreaterThan(HUGE / 8);

    // What was acknowledged in the moment of the kill may not be written down: three threads.
    assertThat(moved("mirror", "push", one, store))
        .isBetween(HUGE - held, HUGE - held + (3L << 18));

    kmesh.ok("mirror", "verify", "--deep", one, store);
    try (DirectoryStore objects = DirectoryStore.at(there)) {
      assertThat(objects.blocking().listUploads("")).isEmpty();
    }
  }

  @Test
  void pull_thatIsKilledInOneLargeFile_bringsTheRestOfIt() throws Exception {
    String one = oneLargeFile();
    kmesh.ok("mirror", "push", "--part-size", "256KiB", one, store);
    killedInTheMiddle(Path.of(copy), "\\.kmesh-copy\\..*", "mirror", "pull", store, copy);
    long held = sizeOf(Path.of(copy), "\\.kmesh-copy\\..*");

    // Ranges in the middle of which it was killed may be a part of the file: three threads.
    assertThat(moved("mirror", "pull", store, copy))
        .isBetween(HUGE - held, HUGE - held + (4L << 18));

    assertThat(new File(copy).list()).containsExactly("file");
    kmesh.ok("mirror", "verify", "--deep", copy, store);
  }

  @Test
  void push_thatIsStoppedByASignal_saysHowToGoOn() throws Exception {
    Report first = stopped(40, false, "mirror", "push", tree, store);
    assertThat(first.state()).isEqualTo(State.INTERRUPTED);
    assertThat(Files.readString(folder.resolve("log")))
        .contains("it was interrupted. What is done stays; repeat the command to go on");
    Report second = repeated("mirror", "push", tree, store);
    assertThat(second.sent()).isNotEmpty().doesNotContainAnyElementsOf(first.sent());
    kmesh.ok("mirror", "verify", tree, store);
  }
}
