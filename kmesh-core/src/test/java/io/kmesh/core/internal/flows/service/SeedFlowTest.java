// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.DataFlow;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** First copies of flows within one process, with threads of their own. */
class SeedFlowTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final MemoryState state = MemoryState.create(RunningTime.instance());
  @TempDir Path dir;
  private Path source;
  private Path target;

  @BeforeEach
  void make() throws IOException {
    source = Files.createDirectory(dir.resolve("source"));
    target = Files.createDirectory(dir.resolve("target"));
  }

  @AfterEach
  void close() throws IOException {
    state.close();
  }

  private Kmesh open() {
    return Kmesh.builder()
        .state(state)
        .flowFolder(dir.resolve("flows"))
        .time(new LaterTime())
        .build();
  }

  private DataFlow flow(Kmesh kmesh) {
    return kmesh
        .dataFlows()
        .ensure(
            "job", f -> f.from(Endpoint.directory(source)).to(Endpoint.directory(target)).async());
  }

  private void fill(int directories, int files) throws IOException {
    for (int i = 0; i < directories; i++) {
      Path in = Files.createDirectories(source.resolve("d" + i % 7 + "/e" + i + "/f"));
      for (int k = 0; k < files; k++) {
        Files.writeString(in.resolve("file-" + k), "text " + i + " " + k);
      }
    }
  }

  private void assertEqual() throws IOException {
    assertThat(DataFlowTest.facts(target)).isEqualTo(DataFlowTest.facts(source));
    assertThat(left()).isEmpty();
  }

  /** What is in the flow's hidden directory. */
  private List<Path> left() throws IOException {
    try (Stream<Path> top = Files.list(target)) {
      Path hidden =
          top.filter(p -> p.getFileName().toString().startsWith(".kmesh-flow-")).findAny().get();
      try (Stream<Path> in = Files.list(hidden)) {
        return in.toList();
      }
    }
  }

  @Test
  void treeWithAllThatATreeCanHave_isBroughtWhole() throws Exception {
    fill(40, 5);
    Path odd = Files.createDirectory(source.resolve("odd things"));
    try (PosixTree tree = PosixTrees.open(odd)) {
      HostileTree.fill(tree);
    }
    Files.delete(odd.resolve("names/.kmesh-mine")); // no flow has it
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh).start();
      flow.awaitInSync(LIMIT);
      assertEqual();
      assertThat(flow.status().changes()).isGreaterThan(480);
      long sent = flow.status().logicalBytes();
      flow.awaitInSync(LIMIT);
      assertThat(flow.status().logicalBytes()).as("nothing is sent twice").isEqualTo(sent);
    }
  }

  @Test
  void flowThatIsStoppedAtOnce_goesOnWhenItIsStarted() throws Exception {
    fill(60, 8);
    for (int round = 0; round < 3; round++) {
      try (Kmesh kmesh = open()) {
        flow(kmesh).start();
      }
    }
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh).start();
      flow.awaitInSync(LIMIT);
      assertEqual();
      flow.delete();
    }
  }

  @Test
  void targetThatHasSomething_isNotSeeded_andKeepsIt() throws Exception {
    fill(10, 2);
    Files.writeString(Files.createDirectory(target.resolve("d1")).resolve("theirs"), "theirs");
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh).start();
      flow.awaitInSync(LIMIT);
      assertThat(target.resolve("d1/e1/f/file-0")).hasContent("text 1 0");
    }
  }
}
