// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowMode.Sync.OnTimeout;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowWriter;
import io.kmesh.path.PathBytes;
import io.kmesh.sites.Export;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prefixes of object stores that another site exports, as either end of a flow. */
class ExportedPrefixTest {
  private final MemoryStore store = MemoryStore.create();
  private final MemoryStore ours = MemoryStore.create();
  private ObjectStore bucket = store;
  @TempDir Path dir;
  private TwoSites sites;
  private int imports;
  private int flows;

  @BeforeEach
  void open() throws Exception {
    sites =
        new TwoSites(
            dir,
            lab -> lab.store("bucket", ours),
            burst ->
                burst
                    .store("bucket", bucket)
                    .export(export("jobs", "bucket", Export.Access.READ_WRITE))
                    .export(export("read", "bucket", Export.Access.READ))
                    .export(export("nowhere", "unnamed", Export.Access.READ_WRITE)));
    Files.createDirectories(sites.here.resolve("a/b"));
    Files.writeString(sites.here.resolve("a/one"), "one");
    Files.write(sites.here.resolve("a/b/large"), HostileTree.random(1, 3 << 20));
    Files.createLink(sites.here.resolve("a/again"), sites.here.resolve("a/one"));
    sites.labTime.jump(Duration.ofSeconds(1));
    sites.burstTime.jump(Duration.ofSeconds(1));
  }

  private static Export export(String name, String store, Export.Access access) {
    return new Export(name, Endpoint.objects(store, "archive"), access, Set.of());
  }

  @AfterEach
  void close() throws Exception {
    sites.close();
    store.close();
    ours.close();
  }

  private DataFlow flow(Endpoint source, Endpoint target, FlowMode mode) {
    return sites
        .lab
        .dataFlows()
        .ensure(
            "job" + ++flows,
            f -> f.from(source).to(target).mode(mode).scanPause(Duration.ofMillis(100)));
  }

  private DataFlow push() {
    return flow(
        Endpoint.directory(sites.here), Endpoint.at("burst", "jobs/42"), FlowMode.Async.DEFAULT);
  }

  private DataFlow pull(FlowMode mode) {
    return flow(Endpoint.at("burst", "read/42"), Endpoint.directory(sites.here), mode);
  }

  private void assertStored() throws IOException {
    Path there = Files.createDirectory(dir.resolve("import-" + ++imports));
    try (PosixTree tree = PosixTrees.open(there)) {
      assertThat(
              MirrorTree.in(store, RunningTime.instance())
                  .prefix("archive/42/")
                  .importTo(tree, PathBytes.EMPTY)
                  .failed())
          .isEmpty();
    }
    assertThat(TwoSites.facts(there)).isEqualTo(TwoSites.facts(sites.here));
  }

  private List<String> keys() throws IOException {
    return store.blocking().list(ListRequest.prefix("")).objects().stream()
        .map(ObjectInfo::key)
        .toList();
  }

  private void put(String key, String text) throws IOException {
    store
        .blocking()
        .put(key, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), PutOptions.NONE);
  }

  private void assertWaits(DataFlow flow, String why) {
    flow.start();
    while (!flow.status().reason().contains(why)) {
      Thread.onSpinWait();
    }
    assertThat(flow.status().state()).isEqualTo(FlowState.WAITING);
    assertThat(flow.status().logicalBytes()).isZero();
  }

  @Test
  void exportedPrefix_isFilled_andFollows() throws Exception {
    DataFlow flow = push().start();
    flow.awaitInSync(LIMIT);
    assertStored();
    Files.move(sites.here.resolve("a/b"), sites.here.resolve("moved"));
    Files.delete(sites.here.resolve("a/again"));
    flow.barrier("", LIMIT);
    assertStored();
    assertThat(keys()).allMatch(key -> key.startsWith("archive/42/"));
    assertThat(flow.status().problems()).isEmpty();
  }

  @Test
  void agentThatIsStartedAnew_goesOn_andIsSentTheDifferenceAlone() throws Exception {
    DataFlow flow = push().start();
    flow.awaitInSync(LIMIT);
    long before = flow.status().logicalBytes();
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    Files.writeString(sites.here.resolve("a/late"), "late");
    sites.burst = sites.openBurst(address);
    flow.awaitInSync(LIMIT);
    assertStored();
    assertThat(flow.status().logicalBytes() - before).isBetween(4L, 40L);
  }

  @Test
  void writer_returnsWhenTheOtherSitesStoreHasIt() throws Exception {
    DataFlow flow =
        flow(
                Endpoint.directory(sites.here),
                Endpoint.at("burst", "jobs/42"),
                new FlowMode.Sync(LIMIT, OnTimeout.FAIL))
            .start();
    flow.awaitInSync(LIMIT);
    try (FlowWriter out = flow.openForWriting("results")) {
      out.write(ByteBuffer.wrap(new byte[] {1}));
    }
    assertThat(keys()).contains("archive/42/results");
    assertThatThrownBy(() -> flow.switchDirection(LIMIT))
        .hasMessageContaining("who writes objects does not wait");
    flow.awaitInSync(LIMIT);
    assertStored();
  }

  @Test
  void exportedPrefix_isBrought_andWhatOthersPutThere() throws Exception {
    try (PosixTree tree = PosixTrees.open(sites.here)) {
      MirrorTree.in(store, RunningTime.instance())
          .prefix("archive/42/")
          .export(tree, PathBytes.EMPTY);
    }
    Path brought = Files.createDirectory(dir.resolve("brought"));
    DataFlow flow =
        flow(Endpoint.at("burst", "read/42"), Endpoint.directory(brought), FlowMode.Async.DEFAULT)
            .start();
    flow.awaitInSync(LIMIT);
    assertThat(TwoSites.facts(brought)).isEqualTo(TwoSites.facts(sites.here));
    put("archive/42/by-others", "plain");
    flow.barrier("", LIMIT);
    assertThat(brought.resolve("by-others")).hasContent("plain");
  }

  @Test
  void switchedFlow_bringsTheDifferenceTheOtherWay_andBack() throws Exception {
    DataFlow flow = push().start();
    flow.switchDirection(LIMIT);
    put("archive/42/by-others", "plain");
    flow.awaitInSync(LIMIT);
    assertThat(sites.here.resolve("by-others")).hasContent("plain");
    flow.switchDirection(LIMIT);
    Files.writeString(sites.here.resolve("a/one"), "changed");
    flow.awaitInSync(LIMIT);
    assertThat(keys()).contains("archive/42/a/one", "archive/42/by-others");
  }

  @Test
  void prefixHere_isBroughtToThePrefixThere() throws Exception {
    try (PosixTree tree = PosixTrees.open(sites.here)) {
      MirrorTree.in(ours, RunningTime.instance()).prefix("p/").export(tree, PathBytes.EMPTY);
    }
    flow(Endpoint.objects("bucket", "p/"), Endpoint.at("burst", "jobs/42"), FlowMode.Async.DEFAULT)
        .start()
        .awaitInSync(LIMIT);
    assertStored();
  }

  @Test
  void modesThatAPrefixCantHave_wait_withTheReason() {
    assertWaits(
        flow(
            Endpoint.directory(sites.here),
            Endpoint.at("burst", "jobs/42"),
            new FlowMode.MultiMaster(ConflictPolicy.newest())),
        "which of two writers was first");
    assertWaits(pull(FlowMode.Access.DEFAULT), "a cache needs a file system");
    assertWaits(pull(new FlowMode.Sync(LIMIT, OnTimeout.FAIL)), "who writes objects does not wait");
  }

  @Test
  void whatMayNotBeReached_isNot_andTheStatusTellsWhy() {
    assertWaits(
        flow(
            Endpoint.directory(sites.here),
            Endpoint.at("burst", "read/42"),
            FlowMode.Async.DEFAULT),
        "it is exported for reading alone");
    assertWaits(
        flow(
            Endpoint.directory(sites.here),
            Endpoint.at("burst", "jobs/.kmesh/kept"),
            FlowMode.Async.DEFAULT),
        "what the mirror form itself keeps");
    assertWaits(
        flow(
            Endpoint.directory(sites.here),
            Endpoint.at("burst", "nowhere/42"),
            FlowMode.Async.DEFAULT),
        "this process has no store \"unnamed\"");
  }

  @Test
  void storeThatRefusesTheFirstListing_isAskedAgain() throws Exception {
    FaultyObjectStore faulty =
        FaultyObjectStore.of(
            store, FaultPlan.on("list").fail(1, ErrorKind.DENIED), RunningTime.instance());
    bucket = faulty;
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    sites.burst = sites.openBurst(address);
    push().start().awaitInSync(LIMIT);
    assertThat(faulty.faults().calls("list")).isGreaterThan(1);
    assertStored();
  }

  @Test
  void deletedFlow_isForgotten_andItsObjectsStay() throws Exception {
    DataFlow flow = push().start();
    flow.awaitInSync(LIMIT);
    flow.delete();
    assertThat(dir.resolve("burst-flows")).isEmptyDirectory();
    assertStored();
  }
}
