// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowState;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two directories that their users change at once. */
class MultiMasterTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir Path dir;
  private final MemoryState state = MemoryState.create(RunningTime.instance());
  private Path one;
  private Path other;

  @BeforeEach
  void makeTrees() throws IOException {
    one = Files.createDirectory(dir.resolve("one"));
    other = Files.createDirectory(dir.resolve("other"));
    Files.createDirectories(one.resolve("a/b"));
    write(one.resolve("a/file"), "file", 100);
    write(one.resolve("a/b/deep"), "deep", 100);
    write(one.resolve("top"), "top", 100);
  }

  private static void write(Path file, String text, long second) throws IOException {
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_700_000_000 + second)));
  }

  private Kmesh open() {
    return Kmesh.builder().state(state).flowFolder(dir.resolve("flows")).build();
  }

  private DataFlow flow(Kmesh kmesh, ConflictPolicy policy) {
    return kmesh
        .dataFlows()
        .ensure(
            "both",
            f ->
                f.from(Endpoint.directory(one))
                    .to(Endpoint.directory(other))
                    .multiMaster(policy)
                    .scanPause(Duration.ofMillis(50)));
  }

  private void assertEqual() throws IOException {
    assertThat(facts(other)).isEqualTo(facts(one));
  }

  /** What arrived and is not of use any more may be there for a moment. */
  private static Map<String, String> facts(Path directory) throws IOException {
    Map<String, String> facts = DataFlowTest.facts(directory);
    facts.keySet().removeIf(path -> path.contains(".kmesh~"));
    return facts;
  }

  /** Changes both trees while the flow rests, and lets them meet. */
  private void meet(DataFlow flow, Edit here, Edit there) throws IOException {
    flow.stop();
    here.run();
    there.run();
    flow.start();
    flow.awaitInSync(LIMIT);
    assertEqual();
  }

  interface Edit {
    void run() throws IOException;
  }

  private static List<String> texts(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      TreeSet<String> texts = new TreeSet<>();
      for (Path file :
          files
              .filter(f -> Files.isRegularFile(f) && !f.toString().contains("/.kmesh-"))
              .toList()) {
        texts.add(Files.readString(file));
      }
      return List.copyOf(texts);
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(n -> !n.startsWith(".kmesh-"))
          .sorted()
          .toList();
    }
  }

  @Test
  void changesOfBothEnds_goToTheOther() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, ConflictPolicy.keepBoth()).start();
      flow.awaitInSync(LIMIT);
      assertEqual();
      assertThat(other.resolve("a/b/deep")).hasContent("deep");

      write(other.resolve("a/there"), "there", 200);
      write(one.resolve("a/here"), "here", 200);
      Files.move(other.resolve("a/b"), other.resolve("moved"));
      Files.delete(one.resolve("top"));
      Files.setPosixFilePermissions(
          other.resolve("a/file"), PosixFilePermissions.fromString("r--r-----"));
      flow.awaitInSync(LIMIT);
      assertEqual();
      assertThat(names(one)).containsExactly("a", "moved");
      assertThat(names(one.resolve("a"))).containsExactly("file", "here", "there");
      assertThat(one.resolve("moved/deep")).hasContent("deep");
      assertThat(flow.status().state()).isEqualTo(FlowState.FOLLOWING);
    }
  }

  @Test
  void fileThatBothWrote_isKeptTwice() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, ConflictPolicy.keepBoth()).start();
      flow.awaitInSync(LIMIT);
      meet(
          flow,
          () -> write(one.resolve("a/file"), "first", 300),
          () -> write(other.resolve("a/file"), "second", 301));
      assertThat(one.resolve("a/file")).hasContent("second");
      assertThat(texts(one.resolve("a"))).containsExactly("deep", "first", "second");
    }
  }

  private FlowConflict conflict(DataFlow flow) {
    List<FlowConflict> contents =
        flow.conflicts().stream().filter(c -> c.kind() == FlowConflict.Kind.CONTENT).toList();
    assertThat(contents).hasSize(1);
    return contents.get(0);
  }

  private void bothWrite(DataFlow flow) throws IOException {
    meet(
        flow,
        () -> write(one.resolve("a/file"), "first", 300),
        () -> write(other.resolve("a/file"), "second", 301));
  }

  @Test
  void conflict_isListed_andResolvedForTheWinner() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, ConflictPolicy.keepBoth()).start();
      flow.awaitInSync(LIMIT);
      bothWrite(flow);
      FlowConflict found = conflict(flow);
      assertThat(found.path()).isEqualTo("a/file");
      assertThat(found.winner()).isEqualTo("target");
      assertThat(found.loser()).isEqualTo("source");
      assertThat(found.policy()).isEqualTo("keepBoth");
      assertThat(found.keptEnd()).isEqualTo("both");
      assertThat(one.resolve(found.kept())).hasContent("first");
      flow.resolve(found.id(), FlowConflict.Choice.KEEP_WINNER);
      flow.awaitInSync(LIMIT);
      assertEqual();
      assertThat(texts(one.resolve("a"))).containsExactly("deep", "second");
      assertThat(flow.conflicts()).isEmpty();
      assertThatThrownBy(() -> flow.resolve(found.id(), FlowConflict.Choice.KEEP_WINNER))
          .hasMessageContaining(found.id());
    }
  }

  @Test
  void conflict_resolvedForTheLoser_hasItsBytes_alsoAfterARestart() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, ConflictPolicy.keepBoth()).start();
      flow.awaitInSync(LIMIT);
      bothWrite(flow);
    }
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, ConflictPolicy.keepBoth());
      flow.resolve(conflict(flow).id(), FlowConflict.Choice.TAKE_LOSER);
      flow.awaitInSync(LIMIT);
      assertEqual();
      assertThat(names(other.resolve("a"))).containsExactly("b", "file");
      assertThat(other.resolve("a/file")).hasContent("first");
    }
  }

  @Test
  void loserOfTheNewest_isKeptAtItsEnd_untilItIsResolved() throws Exception {
    for (FlowConflict.Choice choice : FlowConflict.Choice.values()) {
      try (Kmesh kmesh = open()) {
        DataFlow flow = flow(kmesh, ConflictPolicy.newest()).start();
        flow.awaitInSync(LIMIT);
        bothWrite(flow);
        assertThat(texts(one.resolve("a"))).containsExactly("deep", "second");
        FlowConflict found = conflict(flow);
        assertThat(found.keptEnd()).isEqualTo("source");
        assertThat(one.resolve(found.kept())).hasContent("first");
        flow.resolve(found.id(), choice);
        flow.awaitInSync(LIMIT);
        assertEqual();
        assertThat(one.resolve(found.kept())).doesNotExist();
        assertThat(other.resolve("a/file"))
            .hasContent(choice == FlowConflict.Choice.TAKE_LOSER ? "first" : "second");
        assertThat(flow.conflicts()).isEmpty();
        flow.delete();
      }
    }
  }

  @Test
  void renameAndEdit_areBothDone() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, ConflictPolicy.keepBoth()).start();
      flow.awaitInSync(LIMIT);
      meet(
          flow,
          () -> Files.move(one.resolve("a"), one.resolve("renamed")),
          () -> write(other.resolve("a/file"), "edited", 300));
      assertThat(names(one)).containsExactly("renamed", "top");
      assertThat(one.resolve("renamed/file")).hasContent("edited");
    }
  }

  @Test
  void deletedAndEditedFile_stays_andWhatIsBesideItGoes() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, ConflictPolicy.keepBoth()).start();
      flow.awaitInSync(LIMIT);
      meet(
          flow,
          () -> {
            Files.delete(one.resolve("a/file"));
            Files.delete(one.resolve("a/b/deep"));
            Files.delete(one.resolve("a/b"));
            Files.delete(one.resolve("a"));
          },
          () -> write(other.resolve("a/file"), "edited", 300));
      assertThat(other.resolve("a/file")).hasContent("edited");
      assertThat(names(other.resolve("a"))).containsExactly("file");
    }
  }

  @Test
  void nameThatBothMade_isTheNewerOnes_andTheOtherStaysBeside() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, ConflictPolicy.keepBoth()).start();
      flow.awaitInSync(LIMIT);
      meet(
          flow,
          () -> {
            write(one.resolve("new"), "older", 300);
            Files.createDirectory(one.resolve("dir"));
            write(one.resolve("dir/x"), "x", 300);
          },
          () -> {
            write(other.resolve("new"), "newer", 301);
            Files.createDirectory(other.resolve("dir"));
            write(other.resolve("dir/y"), "y", 300);
          });
      assertThat(one.resolve("new")).hasContent("newer");
      assertThat(names(one)).hasSize(5);
      assertThat(names(one.resolve("dir"))).containsExactly("x", "y");
      assertThat(names(one).get(3)).startsWith("new.conflict-source-");
      assertThat(one.resolve(names(one).get(3))).hasContent("older");
    }
  }

  @Test
  void directoriesThatWereMovedIntoEachOther_areBothThere() throws Exception {
    Files.createDirectory(one.resolve("c"));
    write(one.resolve("c/in"), "in", 100);
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, ConflictPolicy.keepBoth()).start();
      flow.awaitInSync(LIMIT);
      meet(
          flow,
          () -> Files.move(one.resolve("a"), one.resolve("c/a")),
          () -> Files.move(other.resolve("c"), other.resolve("a/c")));
      assertThat(texts(one)).containsExactly("deep", "file", "in", "top");
    }
  }

  @Test
  void treesThatWereThereBefore_areJoined() throws Exception {
    Files.createDirectories(other.resolve("a/z"));
    write(other.resolve("a/file"), "theirs", 200);
    write(other.resolve("a/z/only"), "only", 100);
    write(other.resolve("top"), "top", 100);
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, ConflictPolicy.keepBoth()).start();
      flow.awaitInSync(LIMIT);
      assertEqual();
      assertThat(texts(one)).containsExactly("deep", "file", "only", "theirs", "top");
      assertThat(one.resolve("a/file")).hasContent("theirs");
    }
  }

  @Test
  void siteThatComesFirst_wins_howeverOldItsFileIs() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, ConflictPolicy.sites("source", "target")).start();
      flow.awaitInSync(LIMIT);
      meet(
          flow,
          () -> write(one.resolve("a/file"), "first", 300),
          () -> write(other.resolve("a/file"), "second", 301));
      assertThat(other.resolve("a/file")).hasContent("first");
      assertThat(names(one.resolve("a"))).containsExactly("b", "file");
    }
  }

  @Test
  void newestFile_wins() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, ConflictPolicy.newest()).start();
      flow.awaitInSync(LIMIT);
      meet(
          flow,
          () -> {
            write(one.resolve("a/file"), "first", 300);
            Files.move(
                one.resolve("a/file"), one.resolve("top"), StandardCopyOption.REPLACE_EXISTING);
          },
          () -> write(other.resolve("a/file"), "second", 301));
      assertThat(other.resolve("top")).hasContent("second");
      assertThat(names(one.resolve("a"))).containsExactly("b");
    }
  }

  @Test
  void restedFlow_findsNothingToSay() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, ConflictPolicy.keepBoth()).start();
      flow.awaitInSync(LIMIT);
      flow.awaitInSync(LIMIT);
      flow.stop();
      flow.start().awaitInSync(LIMIT);
      flow.awaitInSync(LIMIT);
      assertThat(flow.status().changes()).isZero();
      assertThat(flow.status().logicalBytes()).isZero();
    }
  }
}
