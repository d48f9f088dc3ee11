// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowProblem;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flows whose source is a prefix of an object store. */
class FromPrefixTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final String PREFIX = "archive/job42/";

  private final MemoryState state = MemoryState.create(RunningTime.instance());
  private final MemoryStore store = MemoryStore.create();
  @TempDir Path dir;
  private Path mirrored;
  private Path target;
  private Kmesh kmesh;

  @BeforeEach
  void open() throws Exception {
    mirrored = Files.createDirectory(dir.resolve("mirrored"));
    target = dir.resolve("target");
    kmesh = again();
  }

  private Kmesh again() {
    return over(store);
  }

  private Kmesh over(ObjectStore bucket) {
    return Kmesh.builder()
        .state(state)
        .flowFolder(dir.resolve("flows"))
        .store("bucket", bucket)
        .build();
  }

  @AfterEach
  void close() throws Exception {
    kmesh.close();
    state.close();
    store.close();
  }

  private DataFlow flow() {
    return kmesh
        .dataFlows()
        .ensure(
            "job",
            f ->
                f.from(Endpoint.objects("bucket", PREFIX))
                    .to(Endpoint.directory(target))
                    .scanPause(Duration.ofMillis(100)));
  }

  private void export() throws IOException {
    try (PosixTree tree = PosixTrees.open(mirrored)) {
      assertThat(
              MirrorTree.in(store, RunningTime.instance())
                  .prefix(PREFIX)
                  .removeGone()
                  .export(tree, PathBytes.EMPTY)
                  .failed())
          .isEmpty();
    }
  }

  private void assertEqual() throws IOException {
    assertThat(DataFlowTest.facts(target)).isEqualTo(DataFlowTest.facts(mirrored));
  }

  @Test
  void everythingThatATreeCanHave_isBrought_andWhatChangesLater() throws Exception {
    try (PosixTree tree = PosixTrees.open(mirrored)) {
      HostileTree.fill(tree);
    }
    Files.delete(mirrored.resolve("names/.kmesh-mine")); // no flow has it
    Files.writeString(mirrored.resolve(".kmesh"), "a user's own");
    Files.writeString(mirrored.resolve(".kmeshrc"), "a user's own, too");
    export();
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    assertEqual();
    assertThat(flow.status().problems()).isEmpty();

    Files.writeString(mirrored.resolve("a-new-one"), "new");
    Files.writeString(mirrored.resolve("odd/sparse"), "whole");
    Files.createDirectories(mirrored.resolve("d/e"));
    Files.move(mirrored.resolve("a-new-one"), mirrored.resolve("d/e/moved"));
    export();
    flow.awaitInSync(LIMIT);
    assertEqual();
  }

  @Test
  void barrier_bringsWhatTheStoreHasAtThePath() throws Exception {
    Files.createDirectories(mirrored.resolve("a/b"));
    Files.writeString(mirrored.resolve("a/b/one"), "one");
    export();
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    Files.writeString(mirrored.resolve("a/b/one"), "another one");
    Files.writeString(mirrored.resolve("a/b/two"), "two");
    export();
    flow.barrier("a/b", LIMIT);
    assertEqual();
  }

  @Test
  void changes_areFoundByThemselves() throws Exception {
    Files.writeString(mirrored.resolve("one"), "one");
    export();
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    Files.writeString(mirrored.resolve("two"), "two");
    export();
    while (!Files.exists(target.resolve("two"))) {
      Thread.onSpinWait();
    }
    flow.stop();
    assertEqual();
  }

  @Test
  void whatChangedWhileNobodyRan_isFound_andNothingElseIsRead() throws Exception {
    for (int i = 0; i < 20; i++) {
      Files.write(mirrored.resolve("f" + i), HostileTree.random(i, 10_000));
    }
    export();
    flow().start().awaitInSync(LIMIT);
    kmesh.close();
    Files.write(mirrored.resolve("f3"), HostileTree.random(99, 5_000));
    Files.delete(mirrored.resolve("f4"));
    export();
    kmesh = again();
    DataFlow flow = kmesh.dataFlows().find("job").orElseThrow();
    flow.awaitInSync(LIMIT);
    assertEqual();
    assertThat(flow.status().logicalBytes()).isEqualTo(5_000);
  }

  @Test
  void objectsOfOthers_areFiles_andWhatCanBeNone_isAProblem() throws Exception {
    for (String key : new String[] {"foreign/file", "foreign/../../escape", "foreign//twice"}) {
      store
          .blocking()
          .put(
              PREFIX + key,
              ByteBuffer.wrap(key.getBytes(StandardCharsets.UTF_8)),
              new PutOptions(Condition.none(), Map.of(), null));
    }
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    assertThat(target.resolve("foreign/file")).hasContent("foreign/file");
    assertThat(DataFlowTest.facts(target)).containsOnlyKeys("", "foreign", "foreign/file");
    assertThat(flow.status().problems())
        .extracting(FlowProblem::path)
        .containsExactlyInAnyOrder(PREFIX + "foreign/../../escape", PREFIX + "foreign//twice");
  }

  @Test
  void storeThatRefuses_isAProblem_untilItDoesNot() throws Exception {
    Files.writeString(mirrored.resolve("one"), "one");
    export();
    kmesh.close();
    FaultPlan plan = FaultPlan.on("list").failAlways(ErrorKind.DENIED);
    kmesh = over(FaultyObjectStore.of(store, plan, RunningTime.instance()));
    DataFlow flow = flow().start();
    while (flow.status().problems().stream().noneMatch(p -> p.reason().contains("Cannot list"))) {
      Thread.onSpinWait();
    }
    kmesh.close();
    kmesh = again();
    DataFlow again = kmesh.dataFlows().find("job").orElseThrow();
    again.awaitInSync(LIMIT);
    assertEqual();
    assertThat(again.status().problems()).isEmpty();
  }

  @Test
  void storeThatNobodyNamed_isToldAtTheStart() {
    DataFlow flow =
        kmesh
            .dataFlows()
            .ensure(
                "none", f -> f.from(Endpoint.objects("other", "")).to(Endpoint.directory(target)));
    assertThatThrownBy(flow::start)
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("has no store \"other\"")
        .hasMessageContaining("store(..)");
  }
}
