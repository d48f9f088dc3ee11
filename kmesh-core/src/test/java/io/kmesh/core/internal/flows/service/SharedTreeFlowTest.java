// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowState;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Three and four trees that are one, by flows of several masters that have trees in common. */
class SharedTreeFlowTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir Path dir;
  private final MemoryState state = MemoryState.create(RunningTime.instance());
  private Path a;
  private Path b;
  private Path c;
  private Path d;

  @BeforeEach
  void makeTrees() throws IOException {
    a = Files.createDirectory(dir.resolve("a"));
    b = Files.createDirectory(dir.resolve("b"));
    c = Files.createDirectory(dir.resolve("c"));
    d = Files.createDirectory(dir.resolve("d"));
    Files.createDirectories(a.resolve("in"));
    write(a.resolve("in/file"), "file", 100);
    write(a.resolve("top"), "top", 100);
  }

  private static void write(Path file, String text, long second) throws IOException {
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_700_000_000 + second)));
  }

  private Kmesh open() {
    return Kmesh.builder().state(state).flowFolder(dir.resolve("flows")).build();
  }

  private static DataFlow flow(Kmesh kmesh, Path from, Path to, ConflictPolicy policy) {
    return kmesh
        .dataFlows()
        .ensure(
            from.getFileName() + "-" + to.getFileName(),
            f ->
                f.from(Endpoint.directory(from))
                    .to(Endpoint.directory(to))
                    .multiMaster(policy)
                    .scanPause(Duration.ofMillis(50)));
  }

  private List<DataFlow> chain(Kmesh kmesh, ConflictPolicy policy) {
    return List.of(flow(kmesh, a, b, policy), flow(kmesh, b, c, policy), flow(kmesh, c, d, policy));
  }

  /** Two flows to one tree, and one from it. */
  private List<DataFlow> star(Kmesh kmesh, ConflictPolicy policy) {
    return List.of(flow(kmesh, a, b, policy), flow(kmesh, c, b, policy), flow(kmesh, b, d, policy));
  }

  /** A change goes on from tree to tree: each way is waited for until none moved it. */
  private static void awaitAll(List<DataFlow> flows) {
    for (int i = 0; i < flows.size(); i++) {
      flows.forEach(flow -> flow.awaitInSync(LIMIT));
    }
  }

  private void assertEqual() throws IOException {
    Map<String, String> first = facts(a);
    for (Path tree : List.of(b, c, d)) {
      assertThat(facts(tree)).as("%s", tree).isEqualTo(first);
    }
  }

  private static Map<String, String> facts(Path directory) throws IOException {
    Map<String, String> facts = DataFlowTest.facts(directory);
    facts.keySet().removeIf(path -> path.contains(".kmesh~"));
    return facts;
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

  @Test
  void changesOfEachTree_goToAll_inAChain() throws Exception {
    try (Kmesh kmesh = open()) {
      changeAll(chain(kmesh, ConflictPolicy.keepBoth()));
    }
  }

  @Test
  void changesOfEachTree_goToAll_inAStar() throws Exception {
    try (Kmesh kmesh = open()) {
      changeAll(star(kmesh, ConflictPolicy.keepBoth()));
    }
  }

  private void changeAll(List<DataFlow> flows) throws IOException {
    flows.forEach(DataFlow::start);
    awaitAll(flows);
    assertEqual();
    assertThat(d.resolve("in/file")).hasContent("file");
    write(a.resolve("of a"), "of a", 200);
    write(b.resolve("of b"), "of b", 200);
    write(c.resolve("of c"), "of c", 200);
    Files.move(d.resolve("in"), d.resolve("moved"));
    Files.delete(c.resolve("top"));
    awaitAll(flows);
    assertEqual();
    assertThat(texts(a)).containsExactly("file", "of a", "of b", "of c");
    assertThat(a.resolve("moved/file")).hasContent("file");
    // What each saw and then wrote is no conflict, wherever it came from.
    for (Path tree : List.of(a, d, b, c)) {
      write(tree.resolve("moved/file"), "by " + tree.getFileName(), 300 + texts(tree).size());
      awaitAll(flows);
    }
    assertEqual();
    assertThat(a.resolve("moved/file")).hasContent("by c");
    for (DataFlow flow : flows) {
      assertThat(flow.conflicts()).isEmpty();
      assertThat(flow.status().state()).isEqualTo(FlowState.FOLLOWING);
      assertThat(flow.status().backlog()).isZero();
    }
  }

  static Stream<ConflictPolicy> policies() {
    return Stream.of(
        ConflictPolicy.keepBoth(), ConflictPolicy.newest(), ConflictPolicy.sites("end3", "source"));
  }

  @ParameterizedTest
  @MethodSource("policies")
  void fileThatOuterTreesWrote_isOneConflict_atAllFlows_andResolvedByAny(ConflictPolicy policy)
      throws Exception {
    try (Kmesh kmesh = open()) {
      List<DataFlow> flows = chain(kmesh, policy);
      flows.forEach(DataFlow::start);
      awaitAll(flows);
      assertThat(flows.get(0).conflicts()).isEmpty();
      flows.forEach(DataFlow::stop);
      write(a.resolve("in/file"), "of a", 300);
      write(d.resolve("in/file"), "of d", 301);
      flows.forEach(DataFlow::start);
      awaitAll(flows);
      assertEqual();
      assertThat(b.resolve("in/file")).hasContent("of d");
      List<FlowConflict> contents =
          flows.get(1).conflicts().stream()
              .filter(one -> one.kind() == FlowConflict.Kind.CONTENT)
              .toList();
      assertThat(contents).hasSize(1);
      FlowConflict found = contents.get(0);
      assertThat(found.winner()).as("%s %s", policy, contents).isEqualTo("end3");
      assertThat(found.loser()).isEqualTo("source");
      boolean isBoth = policy instanceof ConflictPolicy.KeepBoth;
      assertThat(found.keptEnd()).isEqualTo(isBoth ? "both" : "source");
      assertThat(a.resolve(found.kept())).hasContent("of a");
      for (DataFlow flow : flows) {
        assertThat(flow.conflicts()).isEqualTo(flows.get(1).conflicts());
      }
      flows.get(2).resolve(found.id(), FlowConflict.Choice.TAKE_LOSER);
      awaitAll(flows);
      assertEqual();
      assertThat(d.resolve("in/file")).hasContent("of a");
      for (DataFlow flow : flows) {
        assertThat(flow.conflicts()).filteredOn(one -> one.id().equals(found.id())).isEmpty();
      }
      flows.forEach(DataFlow::delete);
    }
    try (Stream<Path> left = Files.list(dir.resolve("flows"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void treeThatJoinsARunningFlow_hasAll_alsoOverRestarts() throws Exception {
    write(c.resolve("of c"), "of c", 50);
    try (Kmesh kmesh = open()) {
      DataFlow first = flow(kmesh, a, b, ConflictPolicy.newest()).start();
      first.awaitInSync(LIMIT);
      Files.delete(a.resolve("top"));
      first.awaitInSync(LIMIT);
      DataFlow second = flow(kmesh, b, c, ConflictPolicy.newest());
      assertThat(first.status().state()).isNotEqualTo(FlowState.STOPPED);
      second.start();
      awaitAll(List.of(first, second));
      assertThat(facts(c)).isEqualTo(facts(a)).isEqualTo(facts(b));
      assertThat(texts(a)).containsExactly("file", "of c");
      write(c.resolve("late"), "late", 400);
    }
    try (Kmesh kmesh = open()) {
      List<DataFlow> flows = new ArrayList<>(kmesh.dataFlows().list());
      assertThat(flows).hasSize(2);
      awaitAll(flows);
      assertThat(facts(c)).isEqualTo(facts(a)).isEqualTo(facts(b));
      assertThat(a.resolve("late")).hasContent("late");
      // The first one goes; the tree in the middle stays with the second, and comes to another.
      write(b.resolve("in/file"), "edited", 500);
      kmesh.dataFlows().find("a-b").orElseThrow().delete();
      DataFlow third = flow(kmesh, d, b, ConflictPolicy.newest()).start();
      DataFlow second = kmesh.dataFlows().find("b-c").orElseThrow();
      awaitAll(List.of(second, third));
      assertThat(facts(c)).isEqualTo(facts(d)).isEqualTo(facts(b));
      assertThat(d.resolve("in/file")).hasContent("edited");
      assertThat(second.conflicts()).isEmpty();
      assertThat(second.status().backlog()).isZero();
    }
  }

  @Test
  void chainThatWasPartedAndJoinedAgain_isOneTree() throws Exception {
    try (Kmesh kmesh = open()) {
      List<DataFlow> flows = chain(kmesh, ConflictPolicy.keepBoth());
      flows.forEach(DataFlow::start);
      awaitAll(flows);
      flows.get(1).delete();
      write(a.resolve("in/file"), "of a", 300);
      write(d.resolve("in/file"), "of d", 301);
      Files.delete(c.resolve("top"));
      flows.get(0).awaitInSync(LIMIT);
      flows.get(2).awaitInSync(LIMIT);
      List<DataFlow> again = chain(kmesh, ConflictPolicy.keepBoth());
      again.forEach(DataFlow::start);
      awaitAll(again);
      assertEqual();
      assertThat(texts(a)).containsExactly("of a", "of d");
      assertThat(again.get(0).conflicts())
          .filteredOn(one -> one.kind() == FlowConflict.Kind.CONTENT)
          .hasSize(1);
    }
  }

  /** What was equal is one, whoever heard of it first. */
  @Test
  void treesThatWereEqualBefore_areJoinedWithoutAConflict() throws Exception {
    for (Path tree : List.of(b, c, d)) {
      Files.createDirectory(tree.resolve("in"));
      write(tree.resolve("in/file"), "file", 100);
      write(tree.resolve("top"), "top", 100);
    }
    try (Kmesh kmesh = open()) {
      List<DataFlow> flows = chain(kmesh, ConflictPolicy.newest());
      flows.forEach(DataFlow::start);
      awaitAll(flows);
      assertEqual();
      assertThat(flows.get(0).conflicts()).isEmpty();
      write(a.resolve("in/file"), "edited", 300);
      awaitAll(flows);
      assertEqual();
      assertThat(flows.get(0).conflicts()).isEmpty();
    }
  }

  @Test
  void stoppedFlow_holdsUpNoOther() throws Exception {
    try (Kmesh kmesh = open()) {
      List<DataFlow> flows = chain(kmesh, ConflictPolicy.keepBoth());
      flows.forEach(DataFlow::start);
      awaitAll(flows);
      flows.get(0).stop();
      write(c.resolve("on"), "on", 300);
      Files.delete(d.resolve("top"));
      awaitAll(flows.subList(1, 3));
      assertThat(facts(b)).isEqualTo(facts(c)).isEqualTo(facts(d));
      assertThat(b.resolve("on")).hasContent("on");
      assertThat(b.resolve("top")).doesNotExist();
      assertThat(a.resolve("on")).doesNotExist();
      assertThat(flows.get(1).status().backlog()).isZero();
      flows.get(0).start();
      awaitAll(flows);
      assertEqual();
    }
  }

  private void assertRefused(Kmesh kmesh, Path from, Path to, ConflictPolicy policy, String why) {
    assertThatThrownBy(() -> flow(kmesh, from, to, policy))
        .isInstanceOf(UnsupportedCapabilityException.class)
        .hasMessageContaining(why);
    assertThat(kmesh.dataFlows().find(from.getFileName() + "-" + to.getFileName())).isEmpty();
  }

  @Test
  void whatMakesNoTreeOfTrees_isRefused_byName() throws Exception {
    ConflictPolicy both = ConflictPolicy.keepBoth();
    try (Kmesh kmesh = open()) {
      chain(kmesh, both);
      assertRefused(kmesh, d, a, both, "joined already, by \"a-b\", \"b-c\", \"c-d\"");
      assertRefused(kmesh, b, a, both, "joined already, by \"a-b\"");
      assertRefused(kmesh, d, dir.resolve("e"), ConflictPolicy.newest(), "by keepBoth");
      assertRefused(kmesh, d, a.resolve("in"), both, "a part of");
      flow(kmesh, dir.resolve("x"), dir.resolve("y"), both);
      assertRefused(kmesh, d, dir.resolve("x"), both, "know nothing of each other's versions");
      Path link = Files.createSymbolicLink(dir.resolve("link"), a);
      assertRefused(kmesh, link, b, both, "joined already");
      kmesh
          .dataFlows()
          .ensure(
              "far",
              f ->
                  f.from(Endpoint.directory(dir.resolve("z")))
                      .to(Endpoint.at("burst", "data/z"))
                      .multiMaster(both));
      assertThatThrownBy(
              () ->
                  kmesh
                      .dataFlows()
                      .ensure(
                          "farther",
                          f ->
                              f.from(Endpoint.directory(a))
                                  .to(Endpoint.at("burst", "data/z"))
                                  .multiMaster(both)))
          .isInstanceOf(UnsupportedCapabilityException.class)
          .hasMessageContaining("only where all of them are made");
    }
  }
}
