// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.merge.MergePolicy;
import io.kmesh.core.internal.flows.replica.Pair;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What seeds of {@link MergeEngineTest} found once, each told step by step for two ends. */
class MergeScenesTest {
  private static final int MOST_STEPS = 60;

  private final ManualTime time = ManualTime.startingAt(Instant.now().plusSeconds(60));
  private final List<EngineSite> sites = new ArrayList<>();
  private EngineSite a;
  private EngineSite b;
  private Pair way;

  @BeforeEach
  void open(@TempDir Path dir) throws IOException {
    Random ids = new Random(1);
    for (int i = 0; i < 2; i++) {
      sites.add(new EngineSite(dir.resolve("end" + i), i, MergePolicy.KEEP_BOTH, time, ids));
      sites.get(i).open();
    }
    a = sites.get(0);
    b = sites.get(1);
    join();
  }

  @AfterEach
  void close() throws IOException {
    way.close();
    for (EngineSite site : sites) {
      site.close();
    }
  }

  private void join() {
    way = new Pair(a.replica, "end0", b.replica, "end1");
  }

  private void kill(EngineSite site) throws IOException {
    way.close();
    site.kill();
    site.open();
  }

  private void step(EngineSite site) throws IOException, InterruptedException {
    time.advance(Duration.ofSeconds(1));
    site.replica.step();
  }

  /** Both look, and what users did at one is told to the other, which did no step since. */
  private void changesOfAComeToB() throws IOException, InterruptedException {
    time.advance(Duration.ofSeconds(1));
    stepWithoutALook(b);
    stepWithoutALook(a);
  }

  /** Steps for which no time passes since the site looked. */
  private void stepWithoutALook(EngineSite site) throws IOException, InterruptedException {
    for (int i = 0; i < 5; i++) {
      site.replica.step();
    }
  }

  private void rest() throws IOException, InterruptedException {
    for (int i = 0; i < MOST_STEPS; i++) {
      time.advance(Duration.ofSeconds(11));
      for (EngineSite site : sites) {
        site.replica.step();
      }
    }
    assertThat(way.broken()).isEmpty();
    assertThat(a.pending()).isEmpty();
    assertThat(b.pending()).isEmpty();
    assertThat(DataFlowTest.facts(b.folder)).isEqualTo(DataFlowTest.facts(a.folder));
    assertThat(temporary(a)).isEmpty();
    assertThat(temporary(b)).isEmpty();
    assertThat(a.held()).isEmpty();
    assertThat(b.held()).isEmpty();
  }

  /** Something that the flow makes beside users' files under a temporary name. */
  private static Optional<Path> temporary(EngineSite site) throws IOException {
    try (Stream<Path> all = Files.walk(site.folder)) {
      return all.filter(p -> p.getFileName().toString().startsWith(".kmesh~"))
          .filter(p -> !p.getParent().getFileName().toString().startsWith(".kmesh"))
          .findFirst();
    }
  }

  /** Names that users see. */
  private static List<Path> named(EngineSite site, String name) throws IOException {
    try (Stream<Path> all = Files.walk(site.folder)) {
      return all.filter(p -> p.getFileName().toString().equals(name))
          .filter(p -> !p.toString().contains("/.kmesh"))
          .toList();
    }
  }

  private void stepUntilBytesCame() throws IOException, InterruptedException {
    for (int i = 0; i < MOST_STEPS && temporary(b).isEmpty(); i++) {
      step(a);
      if (temporary(b).isEmpty()) {
        step(b);
      }
    }
    assertThat(temporary(b)).isPresent();
  }

  private static void create(EngineSite site, String path) throws IOException {
    Path file = site.folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "bytes");
  }

  /** A file that is asked for, so that its directory is known when it comes. */
  private static void createLarge(EngineSite site, String path) throws IOException {
    Files.write(site.folder.resolve(path), new byte[2 << 20]);
  }

  private static void move(EngineSite site, String from, String to) throws IOException {
    Files.move(site.folder.resolve(from), site.folder.resolve(to));
  }

  private static void chmod(EngineSite site, String path, String mode) throws IOException {
    Files.setPosixFilePermissions(site.folder.resolve(path), PosixFilePermissions.fromString(mode));
  }

  // Temporary names, in directories that users move.

  @Test
  void temporaryName_inADirectoryThatMovedBeforeAKill_goes() throws Exception {
    create(a, "x/d/first");
    rest();
    createLarge(a, "x/d/f");
    stepUntilBytesCame();
    move(b, "x", "y");
    kill(b);
    Files.delete(a.folder.resolve("x/d/f"));
    join();
    rest();
    assertThat(b.folder.resolve("y/d/first")).hasContent("bytes");
  }

  @Test
  void temporaryName_inADirectoryThatMoved_whoseFileIsRemovedThen_goes() throws Exception {
    create(a, "x/d/first");
    rest();
    createLarge(a, "x/d/f");
    stepUntilBytesCame();
    move(b, "x", "y");
    Files.delete(a.folder.resolve("x/d/f"));
    changesOfAComeToB();
    rest();
    assertThat(b.folder.resolve("y/d/first")).hasContent("bytes");
  }

  // What is missing where the flow works may be elsewhere: it is no removal yet.

  @Test
  void fileThatComesIntoADirectory_whichUsersJustMoved_isInItThere() throws Exception {
    create(a, "x/first");
    create(a, "x/d/deep");
    rest();
    create(a, "x/new");
    create(a, "x/d/new");
    changesOfAComeToB();
    move(b, "x", "y");
    stepWithoutALook(b);
    rest();
    for (String path : List.of("y/first", "y/d/deep", "y/new", "y/d/new")) {
      assertThat(a.folder.resolve(path)).hasContent("bytes");
    }
    assertThat(a.folder.resolve("x")).doesNotExist();
  }

  // A file whose other name is in a directory that users moved.

  @Test
  void nameThatGoes_ofAFileInADirectoryThatMoved_endsNoFlow() throws Exception {
    create(a, "x/f");
    create(a, "y/first");
    Files.createLink(a.folder.resolve("y/f"), a.folder.resolve("x/f"));
    rest();
    Files.delete(a.folder.resolve("x/f"));
    changesOfAComeToB();
    move(b, "y", "z");
    stepWithoutALook(b);
    rest();
    assertThat(a.folder.resolve("z/f")).hasContent("bytes");
  }

  // What users did to a directory right before the flow did something in it.

  @Test
  void modeThatUsersGaveADirectory_beforeTheFlowPutsSomethingThere_isTold() throws Exception {
    create(a, "x/first");
    rest();
    create(a, "x/second");
    changesOfAComeToB();
    chmod(b, "x", "rwxr-----");
    stepWithoutALook(b);
    stepWithoutALook(a); // within one process bytes come when it is known what they are of
    stepWithoutALook(b);
    assertThat(b.folder.resolve("x/second")).exists();
    rest();
    assertThat(Files.getPosixFilePermissions(a.folder.resolve("x")))
        .isEqualTo(PosixFilePermissions.fromString("rwxr-----"));
  }

  @Test
  void modeThatUsersGaveADirectory_beforeTheFlowMovesIt_isTold() throws Exception {
    create(a, "x/first");
    rest();
    move(a, "x", "y");
    changesOfAComeToB();
    chmod(b, "x", "rwxr-----");
    stepWithoutALook(b);
    assertThat(b.folder.resolve("y/first")).exists();
    rest();
    assertThat(Files.getPosixFilePermissions(a.folder.resolve("y")))
        .isEqualTo(PosixFilePermissions.fromString("rwxr-----"));
  }

  @Test
  void timeOfADirectory_thatTheFlowMovedAndUsersChangedBeforeAKill_isTold() throws Exception {
    create(a, "x/first");
    rest();
    move(a, "x", "y");
    step(a);
    for (int i = 0; i < 5 && Files.exists(b.folder.resolve("x")); i++) {
      b.replica.step();
    }
    assertThat(b.folder.resolve("y/first")).exists();
    FileTime time = FileTime.from(Instant.parse("2020-02-02T02:02:02Z"));
    Files.setLastModifiedTime(b.folder.resolve("y"), time);
    kill(b);
    join();
    rest();
    assertThat(Files.getLastModifiedTime(a.folder.resolve("y"))).isEqualTo(time);
  }

  // Names that users gave in a directory right before it loses its own.

  @Test
  void nameOfAKnownFile_inADirectoryThatIsReplaced_staysWithTheDirectory() throws Exception {
    create(a, "f");
    create(a, "x/first");
    Files.createDirectory(a.folder.resolve("c"));
    rest();
    Files.delete(a.folder.resolve("c"));
    move(a, "x", "c");
    changesOfAComeToB();
    Files.createLink(b.folder.resolve("c/second"), b.folder.resolve("f"));
    stepWithoutALook(b);
    rest();
    assertThat(b.folder.resolve("c/first")).hasContent("bytes");
    assertThat(named(b, "second")).hasSize(1).allSatisfy(p -> assertThat(p).hasContent("bytes"));
  }

  @Test
  void nameOfAKnownFile_inADirectoryThatIsRemoved_staysWithTheDirectory() throws Exception {
    create(a, "f");
    Files.createDirectory(a.folder.resolve("c"));
    rest();
    Files.delete(a.folder.resolve("c"));
    changesOfAComeToB();
    Files.createLink(b.folder.resolve("c/second"), b.folder.resolve("f"));
    stepWithoutALook(b);
    rest();
    assertThat(b.folder.resolve("c/second")).hasContent("bytes");
  }

  @Test
  void newFile_deepInADirectoryThatIsReplaced_staysWithTheDirectory() throws Exception {
    replaceDirectoryWhile("c/d/second");
    assertThat(named(b, "second")).hasSize(1).allSatisfy(p -> assertThat(p).hasContent("bytes"));
  }

  @Test
  void edit_deepInADirectoryThatIsReplaced_staysWithTheDirectory() throws Exception {
    Files.createDirectories(a.folder.resolve("c/d"));
    Files.writeString(a.folder.resolve("c/d/second"), "older");
    replaceDirectoryWhile("c/d/second");
    assertThat(named(b, "second")).hasSize(1).allSatisfy(p -> assertThat(p).hasContent("bytes"));
  }

  /** Users of the one end give a name to another directory, those of the other write below it. */
  private void replaceDirectoryWhile(String written) throws Exception {
    create(a, "c/d/first");
    create(a, "x/first");
    rest();
    try (Stream<Path> all = Files.walk(a.folder.resolve("c"))) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
    move(a, "x", "c");
    changesOfAComeToB();
    create(b, written);
    stepWithoutALook(b);
    rest();
    assertThat(b.folder.resolve("c/first")).hasContent("bytes");
  }

  // Removals that everybody knows.

  @Test
  void directory_whoseNameLeadsElsewhereBeforeItsRemovalIsTold_isForgotten() throws Exception {
    Files.createDirectory(a.folder.resolve("x"));
    rest();
    step(a); // what is known is behind what is looked at for removals
    Files.delete(a.folder.resolve("x"));
    create(a, "x");
    rest();
    assertThat(a.tombstones()).isEmpty();
    assertThat(b.tombstones()).isEmpty();
  }
}
