// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowProtection;
import io.kmesh.flows.FlowSpec;
import io.kmesh.repository.Credential;
import io.kmesh.snapshots.CronExpression;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.spi.ErrorKind;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flows whose ends are kept as snapshots before they are written. */
class ProtectedFlowTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final FlowProtection NIGHTLY =
      FlowProtection.into("repo").at(CronExpression.parse("0 3 * * *"), ZoneOffset.UTC);

  private final MemoryState state = MemoryState.create(RunningTime.instance());
  private final MemoryStore store = MemoryStore.create();
  private final MemoryKeys keys = new MemoryKeys();
  @TempDir Path dir;
  private Path a;
  private Path b;
  private Kmesh kmesh;

  @BeforeEach
  void open() throws Exception {
    keys.make("site");
    a = Files.createDirectories(dir.resolve("a"));
    b = dir.resolve("b");
    Files.writeString(a.resolve("file"), "as it was");
    kmesh =
        Kmesh.builder()
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

  private DataFlow flow(Consumer<FlowSpec.Builder> options) {
    return kmesh
        .dataFlows()
        .ensure(
            "job",
            f ->
                options.accept(
                    f.from(Endpoint.directory(a))
                        .to(Endpoint.directory(b))
                        .scanPause(Duration.ofMillis(50))));
  }

  @Test
  void switch_takesASnapshotOfWhatIsWrittenNext_whichIsListedAndRestored() throws Exception {
    kmesh.repositories().init("repo");
    kmesh.snapshots().take("another", Endpoint.directory(a), s -> s.into("repo")).await(LIMIT);
    DataFlow flow = flow(f -> f.protect("repo")).start();
    assertThat(flow.protectionPoints()).isEmpty();
    flow.switchDirection(LIMIT);
    Files.writeString(b.resolve("file"), "written at the other end");
    flow.awaitInSync(LIMIT);
    assertThat(a.resolve("file")).hasContent("written at the other end");

    Snapshot point = flow.protectionPoints().get(0);
    assertThat(flow.protectionPoints()).hasSize(1);
    assertThat(point.name()).isEqualTo("flow-job");
    Path elsewhere = dir.resolve("restored");
    point.restore(Endpoint.directory(elsewhere)).await(LIMIT);
    assertThat(elsewhere.resolve("file")).hasContent("as it was");

    flow.delete();
    assertThat(kmesh.snapshots().list()).as("it stays").hasSize(2);
  }

  @Test
  void switchWithoutItsSnapshot_isRefused_andTheFlowGoesOn() throws Exception {
    DataFlow flow = flow(f -> f.protect("repo")).start();
    flow.awaitInSync(LIMIT);
    assertThatThrownBy(() -> flow.switchDirection(LIMIT))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("Cannot switch the direction of the data flow \"job\"")
        .hasMessageContaining("no snapshot of " + a);
    assertThat(flow.isReversed()).isFalse();
    Files.writeString(a.resolve("late"), "late");
    flow.awaitInSync(LIMIT);
    assertThat(b.resolve("late")).hasContent("late");

    kmesh.repositories().init("repo");
    flow.switchDirection(LIMIT);
    assertThat(flow.protectionPoints()).hasSize(1);
  }

  @Test
  void schedule_followsWhatIsWritten_andGoesWithTheFlow() throws Exception {
    kmesh.repositories().init("repo");
    DataFlow flow = flow(f -> f.protect(NIGHTLY));
    assertThat(kmesh.snapshots().policies().list()).isEmpty();
    flow.start();
    assertThat(kmesh.snapshots().policies().list())
        .singleElement()
        .satisfies(p -> assertThat(p.snapshot().source()).isEqualTo(Endpoint.directory(b)))
        .satisfies(p -> assertThat(p.snapshot().tags()).containsKey(FlowProtection.TAG));
    flow.switchDirection(LIMIT);
    assertThat(kmesh.snapshots().policies().list())
        .singleElement()
        .satisfies(p -> assertThat(p.snapshot().source()).isEqualTo(Endpoint.directory(a)));
    flow.delete();
    assertThat(kmesh.snapshots().policies().list()).isEmpty();
  }

  @Test
  void switchThatWouldWriteAtAnotherSite_isRefused_sinceNoSnapshotIsTakenThere() {
    FlowSpec spec =
        FlowSpec.builder()
            .from(Endpoint.at("burst", "data"))
            .to(Endpoint.directory(b))
            .protect("repo")
            .build();
    FlowRecordJson.FlowRecord forward =
        new FlowRecordJson.FlowRecord("0".repeat(32), FlowRecordJson.Wanted.RUNNING, 0);
    Protector protector = new Protector(kmesh.snapshots());
    assertThatThrownBy(() -> protector.beforeSwitch("job", forward, spec, LIMIT))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("no snapshot of burst::data could be taken")
        .hasMessageContaining("it is at another site");
  }

  @Test
  void flowsThatCantBeProtected_areRefusedWhenTheyAreMade() {
    assertRefused(f -> f.multiMaster(ConflictPolicy.newest()).protect("repo"), "has a direction");
    assertRefused(f -> f.access().protect("repo"), "has a direction");
    assertRefused(f -> f.to(Endpoint.at("burst", "data")).protect(NIGHTLY), "is at another site");
  }

  private void assertRefused(Consumer<FlowSpec.Builder> options, String why) {
    assertThatThrownBy(() -> flow(options))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED))
        .hasMessageContaining("Cannot protect a flow from " + a)
        .hasMessageContaining(why);
  }
}
