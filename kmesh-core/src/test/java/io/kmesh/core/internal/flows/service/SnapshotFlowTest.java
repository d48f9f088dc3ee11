// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowProtection;
import io.kmesh.flows.FlowRate;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowStatus;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.Credential;
import io.kmesh.sites.Export;
import io.kmesh.snapshots.AccessRule;
import io.kmesh.snapshots.Caller;
import io.kmesh.snapshots.CronExpression;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flows whose source is a snapshot, in an encrypted repository. */
class SnapshotFlowTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final MemoryState state = MemoryState.create(RunningTime.instance());
  private final MemoryStore store = MemoryStore.create();
  private final MemoryKeys keys = new MemoryKeys();
  @TempDir Path dir;
  private Path source;
  private Path target;
  private Kmesh kmesh;

  @BeforeEach
  void open() throws Exception {
    keys.make("site");
    source = Files.createDirectory(dir.resolve("source"));
    target = dir.resolve("target");
    kmesh = again();
    kmesh.repositories().init("repo");
  }

  private Kmesh again() {
    return Kmesh.builder()
        .state(state)
        .flowFolder(dir.resolve("flows"))
        .repository("repo", store, Credential.key(keys, "site"))
        .build();
  }

  @AfterEach
  void close() throws Exception {
    kmesh.close();
    state.close();
    store.close();
    keys.close();
  }

  private void reopen() {
    kmesh.close();
    kmesh = again();
  }

  private Snapshot take() {
    return kmesh
        .snapshots()
        .take("s", Endpoint.directory(source), s -> s.into("repo"))
        .await(LIMIT);
  }

  private DataFlow flow(Snapshot snapshot, FlowRate rate) {
    return kmesh
        .dataFlows()
        .ensure(
            "job",
            f ->
                f.from(snapshot.endpoint())
                    .to(Endpoint.directory(target))
                    .rate(rate)
                    .scanPause(Duration.ofMillis(50)));
  }

  private void assertEqual(Map<String, String> expected) throws IOException {
    assertThat(DataFlowTest.facts(target)).isEqualTo(expected);
  }

  @Test
  void everythingThatATreeCanHave_isBrought_asItWasTaken() throws Exception {
    try (PosixTree tree = PosixTrees.open(source)) {
      HostileTree.fill(tree);
    }
    Files.delete(source.resolve("names/.kmesh-mine")); // no flow has it
    Snapshot snapshot = take();
    Map<String, String> taken = DataFlowTest.facts(source);
    Files.writeString(source.resolve("a-third"), "changed since");
    DataFlow flow = flow(snapshot, FlowRate.UNLIMITED).start();
    flow.awaitInSync(LIMIT);
    assertEqual(taken);
    Path sparse = target.resolve("odd/sparse");
    try (PosixTree tree = PosixTrees.open(sparse.getParent())) {
      assertThat(tree.stat(PathBytes.of("sparse")).blocks() * 512)
          .as("holes stay holes")
          .isLessThan(HostileTree.SPARSE_SIZE / 4);
    }
    assertThat(flow.status().problems()).isEmpty();
  }

  @Test
  void restartedFlow_thatHasAll_readsNothingAndIsInSync() throws Exception {
    Files.createDirectories(source.resolve("a/b"));
    Files.write(source.resolve("a/b/f"), HostileTree.random(1, 300_000));
    flow(take(), FlowRate.UNLIMITED).start().awaitInSync(LIMIT);
    reopen();
    DataFlow flow = kmesh.dataFlows().find("job").orElseThrow();
    flow.awaitInSync(LIMIT);
    flow.awaitInSync(LIMIT);
    FlowStatus status = flow.status();
    assertThat(status.state()).isEqualTo(FlowState.FOLLOWING);
    assertThat(status.changes()).isZero();
    assertThat(status.logicalBytes()).isZero();
  }

  @Test
  void restartInTheMiddle_goesOnWhereItWas() throws Exception {
    for (int i = 0; i < 40; i++) {
      Files.write(source.resolve("f" + i), HostileTree.random(i, 10_000));
    }
    Files.write(source.resolve("large"), HostileTree.random(99, 1_200_000));
    Snapshot snapshot = take();
    Map<String, String> taken = DataFlowTest.facts(source);
    FlowRate none = FlowRate.of(DataSize.ofBytes(0));
    flow(snapshot, none).start();
    for (int i = 0; i < 3; i++) {
      reopen(); // it runs by itself, and sends nothing
      assertThat(kmesh.dataFlows().find("job").orElseThrow().status().state())
          .isNotEqualTo(FlowState.FAILED);
    }
    kmesh.dataFlows().find("job").orElseThrow().delete();
    DataFlow slow = flow(snapshot, FlowRate.of(DataSize.ofMib(1))).start();
    assertThat(slow.status().state()).isNotEqualTo(FlowState.FAILED);
    while (slow.status().logicalBytes() == 0) {
      Thread.onSpinWait();
    }
    reopen();
    kmesh.dataFlows().find("job").orElseThrow().awaitInSync(LIMIT);
    assertEqual(taken);
  }

  @Test
  void snapshotThatIsForgottenWhileItIsCopied_isCopiedWhole() throws Exception {
    for (int i = 0; i < 40; i++) {
      Files.write(source.resolve("f" + i), HostileTree.random(i, 10_000));
    }
    Snapshot snapshot = take();
    Map<String, String> taken = DataFlowTest.facts(source);
    DataFlow flow = flow(snapshot, FlowRate.of(DataSize.ofKib(512))).start();
    snapshot.forget();
    kmesh.repositories().find("repo").orElseThrow().prune().await(LIMIT);
    flow.awaitInSync(LIMIT);
    assertEqual(taken);
  }

  @Test
  void snapshotThatIsGoneAtTheNextStart_isAnError_andTheTargetKeepsWhatItHas() throws Exception {
    Files.writeString(source.resolve("f"), "kept");
    Snapshot snapshot = take();
    flow(snapshot, FlowRate.UNLIMITED).start().awaitInSync(LIMIT);
    snapshot.forget();
    reopen();
    DataFlow flow = kmesh.dataFlows().find("job").orElseThrow();
    assertThat(flow.status().state()).isEqualTo(FlowState.STOPPED);
    assertThatThrownBy(flow::start)
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND))
        .hasMessageContaining("Cannot read snapshot:repo/" + snapshot.id())
        .hasMessageContaining("What was copied of it stays where it is");
    assertThat(target.resolve("f")).hasContent("kept");
    flow.delete();
    assertThat(target.resolve("f")).hasContent("kept");
  }

  @Test
  void whatIsChangedAtTheTarget_isNobodysAtTheSource() throws Exception {
    Files.writeString(source.resolve("f"), "as taken");
    DataFlow flow = flow(take(), FlowRate.UNLIMITED).start();
    flow.awaitInSync(LIMIT);
    Files.writeString(source.resolve("f"), "written later");
    Files.writeString(source.resolve("g"), "made later");
    flow.awaitInSync(LIMIT);
    assertThat(target.resolve("f")).hasContent("as taken");
    assertThat(target.resolve("g")).doesNotExist();
  }

  @Test
  void switchOfTheDirection_isRefused_andTheFlowGoesOn() throws Exception {
    Files.writeString(source.resolve("f"), "f");
    DataFlow flow = flow(take(), FlowRate.UNLIMITED).start();
    assertThatThrownBy(() -> flow.switchDirection(LIMIT))
        .isInstanceOfSatisfying(
            UnsupportedCapabilityException.class,
            e -> assertThat(e.capability()).isEqualTo("flows.to.snapshot"))
        .hasMessageContaining("Cannot switch the direction of the data flow \"job\"")
        .hasMessageContaining("Make a flow from the target");
    flow.awaitInSync(LIMIT);
    assertThat(target.resolve("f")).hasContent("f");
  }

  @Test
  void protectionBySwitches_isRefused_byTimesItProtectsTheTarget() {
    Endpoint snapshot = Endpoint.snapshot("repo", "0123456789abcdef");
    assertThatThrownBy(
            () ->
                kmesh
                    .dataFlows()
                    .ensure(
                        "p", f -> f.from(snapshot).to(Endpoint.directory(target)).protect("repo")))
        .hasMessageContaining("its direction can't be switched");
    FlowProtection nightly =
        FlowProtection.into("repo").at(CronExpression.parse("0 3 * * *"), ZoneOffset.UTC);
    kmesh
        .dataFlows()
        .ensure("p", f -> f.from(snapshot).to(Endpoint.directory(target)).protect(nightly));
  }

  @Test
  void snapshotAsADirectory_isRefused_whereverOneIsAsked() {
    Endpoint snapshot = Endpoint.snapshot("repo", "0123456789abcdef");
    assertThatThrownBy(
            () -> kmesh.snapshots().take("s", snapshot, s -> s.into("repo")).await(LIMIT))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("is the source of data flows alone");
    assertThatThrownBy(() -> new Export("data", snapshot, Export.Access.READ, Set.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("kept by Kmesh");
    assertThatThrownBy(() -> Endpoint.snapshot("repo", "latest"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("16 hexadecimal digits");
  }

  @Test
  void snapshotThatWasFoundForACaller_isNoSource() throws Exception {
    Files.writeString(source.resolve("f"), "f");
    kmesh
        .snapshots()
        .take(
            "s",
            Endpoint.directory(source),
            s -> s.into("repo").allow(AccessRule.parse("user:alice:/")))
        .await(LIMIT);
    Snapshot hers = kmesh.snapshots().as(new Caller("alice", Set.of(), "")).list().get(0);
    assertThatThrownBy(hers::endpoint)
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.DENIED))
        .hasMessageContaining("make a flow from it");
  }
}
