// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Cluster;
import io.kmesh.ClusterPlan;
import io.kmesh.ClusterShape;
import io.kmesh.ClusterSpec;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.OperationCancelledException;
import io.kmesh.OperationState;
import io.kmesh.OutcomeUnknownException;
import io.kmesh.ProvisionedCluster;
import io.kmesh.ProvisionedCluster.Phase;
import io.kmesh.SpecConflictException;
import io.kmesh.ThroughputTier;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.cloud.CloudProvider;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.cloud.MockCloud;
import io.kmesh.testkit.cloud.MockCloudBuilder;
import io.kmesh.testkit.cloud.MockCloudCounts;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.Faults;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clusters by the API, at a mock cloud in which all takes minutes. */
class ProvisioningTest {
  private static final ClusterSpec SPEC =
      ClusterSpec.builder()
          .at("mock")
          .zone("zone-2")
          .capacity(DataSize.ofTib(4))
          .throughput(new ThroughputTier(250))
          .option("net", "a")
          .build();

  private static final ClusterShape LARGER =
      new ClusterShape(DataSize.ofTib(6), new ThroughputTier(250));

  /** Who waits here skips the time that it waits. */
  private ManualTime time = ManualTime.skipping();

  private MemoryState state = MemoryState.create(time);
  private MockCloud mock;
  private CloudProvider cloud;
  private Kmesh kmesh;

  @BeforeEach
  void open() throws IOException {
    use(slow().start());
  }

  private MockCloudBuilder slow() {
    return MockCloud.builder()
        .time(time)
        .creationTakes(Duration.ofMinutes(10))
        .changeTakes(Duration.ofMinutes(4))
        .deletionTakes(Duration.ofMinutes(2))
        .pollInterval(Duration.ofSeconds(5));
  }

  private void use(MockCloud next) {
    mock = next;
    cloud = next;
    reopen();
  }

  private void reopen() {
    if (kmesh != null) {
      kmesh.close();
    }
    state = state.reopen();
    kmesh = Kmesh.builder().state(state).time(time).cloud(cloud).build();
  }

  private void faulty(FaultPlan plan) {
    cloud = Faults.wrap(CloudProvider.class, mock, plan, time);
    reopen();
  }

  /** The clock stands from here on. */
  private void stand() throws IOException {
    kmesh.close();
    time = ManualTime.create();
    state = MemoryState.create(time);
    mock = slow().start();
    cloud = mock;
    kmesh = Kmesh.builder().state(state).time(time).cloud(mock).build();
  }

  @AfterEach
  void close() throws IOException {
    kmesh.close();
    state.close();
    mock.close();
  }

  private static void assertKind(ErrorKind kind, String object, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(KmeshException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(object);
  }

  private void assertNothingIsThere() throws IOException {
    assertThat(mock.resources()).isEmpty();
    assertThat(kmesh.clusters().provisioned()).isEmpty();
  }

  @Test
  void create_leadsToOneThatCanBeUsed() throws IOException {
    Operation<ProvisionedCluster> operation = kmesh.clusters().create("burst", SPEC);
    ProvisionedCluster made = operation.await();

    assertThat(made.name()).isEqualTo("burst");
    assertThat(made.spec()).isEqualTo(SPEC);
    assertThat(made.phase()).isEqualTo(Phase.READY);
    assertThat(made.zone().country()).isEqualTo("US");
    assertThat(made.resourceId()).isEqualTo(mock.resources().get(0).id());
    assertThat(made.created()).isEqualTo(ManualTime.START);
    assertThat(Duration.between(ManualTime.START, time.now()))
        .isBetween(Duration.ofMinutes(10), Duration.ofMinutes(11));
    assertThat(operation.progress().itemsDone()).isEqualTo(100);
    assertThat(kmesh.clusters().provisioned()).singleElement().hasToString(made.toString());
    reopen();
    assertThat(kmesh.operations().find(operation.id(), ProvisionedCluster.class).orElseThrow())
        .satisfies(o -> assertThat(o.await().spec()).isEqualTo(SPEC))
        .satisfies(o -> assertThat(o.await().zone()).isEqualTo(made.zone()));
    assertThat(kmesh.clusters().provisioned()).hasSize(1);
    assertThat(mock.counts().made()).isEqualTo(1);
  }

  @Test
  void cluster_isOpenedByItsProvider_andFoundAgain(@TempDir Path folder) throws IOException {
    use(slow().folder(folder).start());
    Cluster burst = kmesh.clusters().create("burst", SPEC).await().cluster();
    assertThat(burst.name()).isEqualTo("burst");
    assertThat(kmesh.clusters().find("burst")).contains(burst);
    assertThat(kmesh.clusters().list()).containsExactly(burst);
    try (var root = burst.lustre().tree().openRoot()) {
      root.makeDirectory(PathBytes.of("d"), 0755);
    }
    assertThat(kmesh.clusters().planDelete("burst").losses())
        .hasSize(2)
        .anySatisfy(loss -> assertThat(loss).contains("of data"));

    reopen();
    PosixTree tree = kmesh.clusters().find("burst").orElseThrow().lustre().tree();
    assertThat(tree.stat(PathBytes.of("d")).isDirectory()).isTrue();
    assertThat(mock.simulated(mock.resources().get(0).id())).isPresent();

    kmesh.clusters().delete("burst").await();
    assertThat(kmesh.clusters().find("burst")).isEmpty();
    assertThat(kmesh.clusters().list()).isEmpty();
    assertNothingIsThere();
    assertThat(folder.resolve("clusters")).isEmptyDirectory();
  }

  @Test
  void find_whenItCanNotBeOpened_isEmpty_andClusterSaysWhy() {
    ProvisionedCluster made = kmesh.clusters().create("burst", SPEC).await();

    assertThat(kmesh.clusters().find("burst")).isEmpty();
    assertKind(ErrorKind.UNSUPPORTED, "kept in memory", made::cluster);
  }

  @Test
  void create_whenTheNameIsTaken_isRefused() {
    kmesh.clusters().create("burst", SPEC);

    assertKind(ErrorKind.EXISTS, "burst", () -> kmesh.clusters().create("burst", SPEC));
    assertKind(ErrorKind.EXISTS, "burst", () -> kmesh.clusters().planCreate("burst", SPEC));
    assertKind(ErrorKind.INVALID, "Burst!", () -> kmesh.clusters().create("Burst!", SPEC));
    assertKind(
        ErrorKind.NOT_FOUND,
        "other",
        () -> kmesh.clusters().create("b", SPEC.toBuilder().at("other").build()));
    assertKind(ErrorKind.INVALID, "no zone", () -> kmesh.clusters().create("b", c -> c.at("mock")));
  }

  @Test
  void ensure_ofTheSameSpec_givesWhatIsThere_elseListsTheFields() throws IOException {
    Operation<ProvisionedCluster> first = kmesh.clusters().ensure("burst", SPEC);
    assertThat(kmesh.clusters().ensure("burst", SPEC).id()).isEqualTo(first.id());
    first.await();
    assertThat(kmesh.clusters().ensure("burst", SPEC).id()).isEqualTo(first.id());

    assertThatThrownBy(
            () ->
                kmesh
                    .clusters()
                    .ensure(
                        "burst",
                        SPEC.toBuilder()
                            .capacity(DataSize.ofTib(8))
                            .option("net", "b")
                            .label("job", "42")
                            .build()))
        .isInstanceOfSatisfying(
            SpecConflictException.class,
            e -> assertThat(e.fields()).containsExactly("capacity", "options.net", "labels.job"));

    kmesh.clusters().resize("burst", LARGER).await();
    ProvisionedCluster now =
        kmesh.clusters().ensure("burst", SPEC.toBuilder().shape(LARGER).build()).await();
    assertThat(now.spec().shape()).isEqualTo(LARGER);
    assertThat(mock.counts()).isEqualTo(new MockCloudCounts(1, 1, 0));
  }

  @Test
  void create_whenTheProviderRefuses_leavesNothing() throws IOException {
    use(slow().quota("zone-2", DataSize.ofTib(5)).start());
    kmesh.clusters().create("first", SPEC).await();
    ClusterSpec odd = SPEC.toBuilder().capacity(DataSize.ofGib(100)).build();

    assertKind(ErrorKind.NO_SPACE, "quota", () -> kmesh.clusters().create("second", SPEC).await());
    assertKind(ErrorKind.INVALID, "1.0 TiB", () -> kmesh.clusters().create("second", odd).await());
    assertKind(ErrorKind.INVALID, "1.0 TiB", () -> kmesh.clusters().planCreate("second", odd));
    assertThat(kmesh.clusters().provisioned()).hasSize(1);
    kmesh.clusters().create("second", SPEC.toBuilder().zone("zone-1").build()).await();
    assertThat(mock.counts().made()).isEqualTo(2);
  }

  @Test
  void create_whenItFailsOnTheWay_leavesNothing_andTellsWhy() throws IOException {
    mock.failNextCreation("no host has room");

    assertKind(
        ErrorKind.TRANSIENT,
        "no host has room",
        () -> kmesh.clusters().create("burst", SPEC).await());
    assertNothingIsThere();
    kmesh.clusters().create("burst", SPEC).await();
    assertThat(mock.counts()).isEqualTo(new MockCloudCounts(2, 0, 1));
  }

  @Test
  void create_whenRepliesAreLostAndReadsAreLate_makesOne() throws IOException {
    mock = slow().visibleAfter(Duration.ofMinutes(1)).start();
    faulty(
        FaultPlan.on("create")
            .loseReply(2)
            .and("findByToken")
            .fail(2, ErrorKind.TRANSIENT)
            .and("describe")
            .failPlainly(2)
            .and("validate")
            .fail(1, ErrorKind.THROTTLED));

    kmesh.clusters().create("burst", SPEC).await();
    assertThat(mock.resources()).hasSize(1);
    assertThat(mock.counts().made()).isEqualTo(1);
  }

  @Test
  void create_whenItIsThrottled_waitsAsLongAsItIsAsked() {
    faulty(FaultPlan.on("describe").throttle(1, Duration.ofMinutes(30)));
    Instant begun = time.now();

    kmesh.clusters().create("burst", SPEC).await();
    assertThat(Duration.between(begun, time.now())).isGreaterThan(Duration.ofMinutes(30));
  }

  @Test
  void create_whenItFailsForTooLong_leavesNothing() throws IOException {
    faulty(FaultPlan.on("create").failAlways(ErrorKind.TRANSIENT));

    assertKind(
        ErrorKind.TRANSIENT, "planned fault", () -> kmesh.clusters().create("burst", SPEC).await());
    assertNothingIsThere();
  }

  @Test
  void create_whenItCanNotBeTold_isUnknown_andReconciled() throws IOException {
    faulty(FaultPlan.on("describe").fail(1, ErrorKind.DENIED));
    Operation<ProvisionedCluster> operation = kmesh.clusters().create("burst", SPEC);

    assertThatThrownBy(operation::await).isInstanceOf(OutcomeUnknownException.class);
    assertThat(kmesh.clusters().provisioned()).hasSize(1);
    kmesh.operations().reconcile(operation.id());
    ProvisionedCluster made =
        kmesh.operations().find(operation.id(), ProvisionedCluster.class).orElseThrow().await();
    assertThat(made.phase()).isEqualTo(Phase.READY);
    assertThat(mock.counts().made()).isEqualTo(1);
  }

  /** Lets the clock that stands move until an operation ends. */
  private void run(Operation<?> operation) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!operation.state().isEnded()) {
      assertThat(System.nanoTime()).as("still " + operation).isLessThan(deadline);
      time.advance(Duration.ofSeconds(1));
      Thread.onSpinWait();
    }
  }

  @Test
  void cancel_whileItIsMade_leavesNothing() throws Exception {
    stand();
    Operation<ProvisionedCluster> operation = kmesh.clusters().create("burst", SPEC);
    time.awaitWaiting(1);
    assertThat(mock.resources()).hasSize(1);
    assertThat(kmesh.clusters().provisioned())
        .singleElement()
        .satisfies(c -> assertThat(c.phase()).isEqualTo(Phase.CREATING));
    assertKind(ErrorKind.PRECONDITION, "burst", () -> kmesh.clusters().planDelete("burst"));
    operation.cancel();
    run(operation);

    assertThatThrownBy(operation::await).isInstanceOf(OperationCancelledException.class);
    assertNothingIsThere();
  }

  @Test
  void close_whileItIsMade_parks_andTheNextOpeningGoesOn() throws Exception {
    stand();
    Operation<ProvisionedCluster> operation = kmesh.clusters().create("burst", SPEC);
    time.awaitWaiting(1);
    Thread closer = new Thread(kmesh::close, "closer");
    closer.start();
    while (closer.getState() != Thread.State.WAITING) {
      Thread.onSpinWait(); // else the clock may run past the creation before it is told to stop
    }
    while (closer.isAlive()) {
      time.advance(Duration.ofSeconds(1));
      Thread.onSpinWait();
    }
    assertThat(operation.state()).isEqualTo(OperationState.PARKED);
    reopen();
    Operation<ProvisionedCluster> again =
        kmesh.operations().find(operation.id(), ProvisionedCluster.class).orElseThrow();
    run(again);

    assertThat(again.await().phase()).isEqualTo(Phase.READY);
    assertThat(mock.counts().made()).isEqualTo(1);
  }

  @Test
  void resize_growsIt_andRefusesTheRest() throws IOException {
    kmesh.clusters().create("burst", SPEC).await();
    ClusterPlan plan = kmesh.clusters().planResize("burst", LARGER);
    assertThat(plan.effects()).containsExactly("its capacity goes from 4.0 TiB to 6.0 TiB");
    assertThat(plan.losses()).isEmpty();
    assertThat(plan.toString()).startsWith("RESIZE burst").contains("6.0 TiB");

    ProvisionedCluster after = plan.apply().await();
    assertThat(after.spec()).isEqualTo(plan.after().orElseThrow());
    assertThat(mock.resources().get(0).shape()).isEqualTo(LARGER);
    assertThat(kmesh.clusters().resize("burst", LARGER).await().spec()).isEqualTo(after.spec());
    assertKind(ErrorKind.PRECONDITION, "not what the plan saw", () -> stale(plan).apply().await());
    assertThatThrownBy(() -> kmesh.clusters().resize("burst", SPEC.shape()))
        .isInstanceOfSatisfying(
            UnsupportedCapabilityException.class,
            e -> assertThat(e.capability()).isEqualTo("SHRINK"));
    assertKind(
        ErrorKind.INVALID,
        "steps",
        () -> kmesh.clusters().resize("burst", ClusterShape.of(DataSize.ofGib(9000))));
    assertKind(ErrorKind.NOT_FOUND, "other", () -> kmesh.clusters().resize("other", LARGER));
    assertThat(mock.counts().changed()).isEqualTo(2);
  }

  /** The plan, once the cluster has another shape than it saw and leads to. */
  private ClusterPlan stale(ClusterPlan plan) {
    kmesh
        .clusters()
        .resize("burst", new ClusterShape(DataSize.ofTib(7), new ThroughputTier(500)))
        .await();
    return plan;
  }

  @Test
  void resize_whenItFails_keepsTheShape() throws IOException {
    kmesh.clusters().create("burst", SPEC).await();
    mock.failNextChange("rolled back");

    assertKind(
        ErrorKind.TRANSIENT, "rolled back", () -> kmesh.clusters().resize("burst", LARGER).await());
    assertThat(kmesh.clusters().provisioned().get(0))
        .satisfies(c -> assertThat(c.spec()).isEqualTo(SPEC))
        .satisfies(c -> assertThat(c.phase()).isEqualTo(Phase.READY));
    kmesh.clusters().resize("burst", LARGER).await();
    assertThat(mock.counts().changed()).isEqualTo(2);
  }

  @Test
  void resize_whenOthersChangeItMeanwhile_waitsForThem() throws IOException {
    kmesh.clusters().create("burst", SPEC).await();
    faulty(FaultPlan.on("update").fail(2, ErrorKind.TRANSIENT).loseReplyOnce());

    kmesh.clusters().resize("burst", LARGER).await();
    assertThat(mock.counts().changed()).isEqualTo(1);
  }

  @Test
  void cancel_ofAResizeThatWasAccepted_isIgnored() throws Exception {
    stand();
    Operation<ProvisionedCluster> created = kmesh.clusters().create("burst", SPEC);
    run(created);
    Operation<ProvisionedCluster> operation = kmesh.clusters().resize("burst", LARGER);
    while (mock.counts().changed() == 0) {
      Thread.onSpinWait();
    }
    operation.cancel();
    run(operation);

    assertThat(operation.await().spec().shape()).isEqualTo(LARGER);
    assertThat(mock.resources().get(0).shape()).isEqualTo(LARGER);
  }

  @Test
  void delete_removesIt_andSaysBeforeWhatIsLost() throws IOException {
    ProvisionedCluster made = kmesh.clusters().create("burst", SPEC).await();
    ClusterPlan plan = kmesh.clusters().planDelete("burst");
    assertThat(plan.losses())
        .containsExactly(
            "the file system mock-000001 of the mock cloud mock in zone-2 (US) with everything in"
                + " it");
    assertThat(mock.resources()).hasSize(1);

    assertThat(plan.apply().await().resourceId()).isEqualTo(made.resourceId());
    assertNothingIsThere();
    assertKind(ErrorKind.NOT_FOUND, "burst", () -> kmesh.clusters().delete("burst"));
    assertKind(ErrorKind.NOT_FOUND, "burst", made::cluster);
    kmesh.clusters().create("burst", SPEC).await();
    plan.apply().await();
    assertThat(mock.resources())
        .as("the plan was about the one before")
        .singleElement()
        .satisfies(r -> assertThat(r.id()).isEqualTo("mock-000002"));
  }

  @Test
  void delete_whenTheProviderRefuses_leavesIt() throws IOException {
    kmesh.clusters().create("burst", SPEC).await();
    faulty(FaultPlan.on("delete").fail(1, ErrorKind.DENIED).fail(2, ErrorKind.TRANSIENT));

    assertKind(ErrorKind.DENIED, "planned", () -> kmesh.clusters().delete("burst").await());
    assertThat(kmesh.clusters().provisioned().get(0).phase()).isEqualTo(Phase.READY);
    kmesh.clusters().delete("burst").await();
    assertNothingIsThere();
  }

  @Test
  void attach_underTheNameOfAProvidedCluster_isRefused(@TempDir Path folder) throws IOException {
    use(slow().folder(folder).start());
    Cluster burst = kmesh.clusters().create("burst", SPEC).await().cluster();
    reopen();

    assertThatThrownBy(() -> kmesh.clusters().attach("burst", burst.lustre()))
        .isInstanceOf(SpecConflictException.class)
        .hasMessageContaining("burst");
    kmesh.clusters().attach("mine", kmesh.clusters().find("burst").orElseThrow().lustre());
    assertKind(ErrorKind.EXISTS, "mine", () -> kmesh.clusters().create("mine", SPEC));
  }
}
