// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowMode.Sync.OnTimeout;
import io.kmesh.flows.FlowProblem;
import io.kmesh.flows.FlowWriter;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.time.KmeshTime;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flows whose target is a prefix of an object store, read back as a mirror by its own import. */
class ToPrefixTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final String PREFIX = "archive/job42/";

  private final MemoryState state = MemoryState.create(RunningTime.instance());
  private final MemoryStore store = MemoryStore.create();
  @TempDir Path dir;
  private Path source;
  private Kmesh kmesh;
  private int imports;

  @BeforeEach
  void open() throws Exception {
    source = Files.createDirectory(dir.resolve("source"));
    kmesh = over(store);
  }

  private Kmesh over(ObjectStore bucket) {
    return over(bucket, RunningTime.instance());
  }

  private Kmesh over(ObjectStore bucket, KmeshTime time) {
    return Kmesh.builder()
        .time(time)
        .state(state)
        .flowFolder(dir.resolve("flows"))
        .store("bucket", bucket)
        .build();
  }

  /** As a process would some time after: what is there is old enough to be sent once. */
  private void reopenLater() throws Exception {
    kmesh.close();
    kmesh = over(store, new LaterTime());
  }

  @AfterEach
  void close() throws Exception {
    kmesh.close();
    state.close();
    store.close();
  }

  private DataFlow flow(FlowMode mode) {
    return kmesh
        .dataFlows()
        .ensure(
            "job",
            f ->
                f.from(Endpoint.directory(source))
                    .to(Endpoint.objects("bucket", PREFIX))
                    .mode(mode)
                    .scanPause(Duration.ofMillis(100)));
  }

  private DataFlow flow() {
    return flow(FlowMode.Async.DEFAULT);
  }

  private void assertEqual() throws IOException {
    Path there = Files.createDirectory(dir.resolve("import-" + ++imports));
    try (PosixTree tree = PosixTrees.open(there)) {
      assertThat(
              MirrorTree.in(store, RunningTime.instance())
                  .prefix(PREFIX)
                  .importTo(tree, PathBytes.EMPTY)
                  .failed())
          .isEmpty();
    }
    assertThat(DataFlowTest.facts(there)).isEqualTo(DataFlowTest.facts(source));
  }

  private List<String> keys() throws IOException {
    return store.blocking().list(ListRequest.prefix(PREFIX)).objects().stream()
        .map(ObjectInfo::key)
        .map(key -> key.substring(PREFIX.length()))
        .toList();
  }

  private List<ByteBuffer> bodies() throws IOException {
    List<ByteBuffer> bodies = new ArrayList<>();
    for (ObjectInfo one : store.blocking().list(ListRequest.prefix(PREFIX)).objects()) {
      int size = (int) Math.max(1, one.size());
      bodies.add(store.blocking().read(one.key(), 0, size, Condition.none()).data());
    }
    return bodies;
  }

  @Test
  void everythingThatATreeCanHave_isStored_andWhatChangesLater() throws Exception {
    try (PosixTree tree = PosixTrees.open(source)) {
      HostileTree.fill(tree);
    }
    Files.delete(source.resolve("names/.kmesh-mine")); // no flow has it
    Files.writeString(source.resolve(".kmesh"), "a user's own");
    Files.writeString(source.resolve(".kmeshrc"), "a user's own, too");
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    assertEqual();
    assertThat(flow.status().problems()).isEmpty();
    assertThat(keys()).noneMatch(key -> key.contains("kmesh-flow"));

    Files.writeString(source.resolve("a-new-one"), "new");
    Files.writeString(source.resolve("odd/sparse"), "whole");
    Files.createDirectories(source.resolve("d/e"));
    Files.move(source.resolve("level-0"), source.resolve("d/e/moved"));
    Files.delete(source.resolve("a-third"));
    flow.awaitInSync(LIMIT);
    assertEqual();
  }

  @Test
  void renamedDirectory_isCopiedByTheStore_andSentByNobody() throws Exception {
    Files.createDirectories(source.resolve("a/b"));
    for (int i = 0; i < 20; i++) {
      Files.write(source.resolve("a/b/f" + i), HostileTree.random(i, 50_000));
    }
    reopenLater();
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    long sent = flow.status().logicalBytes();
    Files.move(source.resolve("a"), source.resolve("z"));
    flow.awaitInSync(LIMIT);
    assertEqual();
    assertThat(flow.status().logicalBytes()).isEqualTo(sent);
    assertThat(keys()).noneMatch(key -> key.startsWith("a/"));
  }

  @Test
  void writer_returnsWhenTheStoreHasIt() throws Exception {
    DataFlow flow = flow(new FlowMode.Sync(LIMIT, OnTimeout.FAIL)).start();
    try (FlowWriter out = flow.openForWriting("results")) {
      out.write(ByteBuffer.wrap("done".getBytes(StandardCharsets.UTF_8)));
    }
    assertThat(keys()).contains("results");
    Files.createDirectory(source.resolve("d"));
    Files.writeString(source.resolve("d/by-others"), "too");
    flow.barrier("d");
    assertThat(keys()).contains("d/", "d/by-others");
    assertThatThrownBy(() -> flow.switchDirection(LIMIT))
        .isInstanceOfSatisfying(
            UnsupportedCapabilityException.class,
            e -> assertThat(e.capability()).isEqualTo("flows.from.objects"));
  }

  @Test
  void restartedFlow_goesOn_andSendsNothingTwice() throws Exception {
    Files.createDirectories(source.resolve("a"));
    Files.write(source.resolve("a/f"), HostileTree.random(1, 300_000));
    reopenLater();
    flow().start().awaitInSync(LIMIT);
    kmesh.close();
    Files.writeString(source.resolve("a/g"), "since");
    kmesh = over(store, new LaterTime());
    DataFlow flow = kmesh.dataFlows().find("job").orElseThrow();
    flow.awaitInSync(LIMIT);
    assertEqual();
    assertThat(flow.status().logicalBytes()).isEqualTo(5);
  }

  @Test
  void mirrorThatIsThere_isPutAside_andNoBytesOfItAreLost() throws Exception {
    Files.write(source.resolve("one"), HostileTree.random(1, 10_000));
    Files.write(source.resolve("two"), HostileTree.random(2, 10_000));
    try (PosixTree tree = PosixTrees.open(source)) {
      MirrorTree.in(store, RunningTime.instance()).prefix(PREFIX).export(tree, PathBytes.EMPTY);
    }
    byte[] old = Files.readAllBytes(source.resolve("two"));
    Files.write(source.resolve("two"), HostileTree.random(3, 777));
    flow().start().awaitInSync(LIMIT);
    assertEqual();
    assertThat(bodies()).contains(ByteBuffer.wrap(old));
  }

  @Test
  void switchedDirection_bringsTheDifferenceAlone_andBack() throws Exception {
    for (int i = 0; i < 10; i++) {
      Files.write(source.resolve("f" + i), HostileTree.random(i, 10_000));
    }
    reopenLater();
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    flow.switchDirection(LIMIT);
    store
        .blocking()
        .put(
            PREFIX + "by-others",
            ByteBuffer.wrap("from the store".getBytes(StandardCharsets.UTF_8)),
            new PutOptions(Condition.none(), Map.of(), null));
    flow.awaitInSync(LIMIT);
    assertThat(source.resolve("by-others")).hasContent("from the store");
    assertThat(flow.status().logicalBytes()).isEqualTo(14);
    flow.switchDirection(LIMIT);
    Files.delete(source.resolve("f1"));
    Files.writeString(source.resolve("f2"), "here again");
    flow.awaitInSync(LIMIT);
    assertThat(keys()).doesNotContain("f1").contains("f2", "by-others");
  }

  @Test
  void objectOfSomebodyElse_staysAsItIs_andIsAProblem_untilItIsRemoved() throws Exception {
    Files.writeString(source.resolve("one"), "one");
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    store
        .blocking()
        .put(
            PREFIX + "two",
            ByteBuffer.wrap("theirs".getBytes(StandardCharsets.UTF_8)),
            new PutOptions(Condition.none(), Map.of(), null));
    Files.writeString(source.resolve("two"), "ours");
    Files.writeString(source.resolve("three"), "three");
    flow.awaitInSync(LIMIT);
    assertThat(flow.status().problems()).extracting(FlowProblem::path).containsExactly("two");
    assertThat(store.blocking().find(PREFIX + "two").orElseThrow().size()).isEqualTo(6);
    assertThat(keys()).contains("three");

    store.blocking().delete(List.of(DeleteTarget.of(PREFIX + "two")));
    Files.writeString(source.resolve("four"), "four");
    flow.awaitInSync(LIMIT);
    assertEqual();
    assertThat(flow.status().problems()).isEmpty();
  }

  @Test
  void storeThatTakesNothing_isWaitedFor_andTheFlowIsStopped() throws Exception {
    flow().start().awaitInSync(LIMIT);
    kmesh.close();
    FaultPlan plan = FaultPlan.on("put").failAlways(ErrorKind.DENIED);
    kmesh = over(FaultyObjectStore.of(store, plan, RunningTime.instance()));
    DataFlow flow = kmesh.dataFlows().find("job").orElseThrow();
    Files.writeString(source.resolve("one"), "one");
    while (flow.status().problems().stream()
        .noneMatch(p -> p.reason().contains("Nothing can be stored"))) {
      Thread.onSpinWait();
    }
    kmesh.close();
    kmesh = over(store);
    kmesh.dataFlows().find("job").orElseThrow().awaitInSync(LIMIT);
    assertEqual();
  }
}
