// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Cluster;
import io.kmesh.ClusterPlan;
import io.kmesh.ClusterShape;
import io.kmesh.ClusterSpec;
import io.kmesh.Clusters;
import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.OperationState;
import io.kmesh.Progress;
import io.kmesh.ProvisionedCluster;
import io.kmesh.Stores;
import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.TaskStarter;
import io.kmesh.core.internal.repositories.NamedRepositories;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.Credential;
import io.kmesh.snapshots.MissedRuns;
import io.kmesh.snapshots.Schedule;
import io.kmesh.snapshots.SnapshotPolicy;
import io.kmesh.snapshots.SnapshotPolicyStatus.Mode;
import io.kmesh.snapshots.SnapshotPolicyStatus.Outcome;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.engine.KmeshConfiguration.NamedRepository;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyStateStore;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When runs begin, over days of a clock that the test moves; the runs themselves are played. */
class PolicySchedulerTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  /** Two days before clocks are set forward in Berlin. */
  private final ManualTime time = ManualTime.startingAt(Instant.parse("2026-03-27T12:00:00Z"));

  private final MemoryStore store = MemoryStore.create();
  private final MemoryKeys keys = new MemoryKeys();
  private final Starts starts = new Starts();
  private final List<String> events = new ArrayList<>();
  private MemoryState state = MemoryState.create(time);
  private boolean isAttached = true;
  private World world = new World(state);

  @AfterEach
  void close() throws IOException {
    world.scheduler.close();
    state.close();
    store.close();
    keys.close();
  }

  /** A scheduler and its service, as one process has them. */
  private final class World {
    final PolicyScheduler scheduler;
    final PolicyService policies;

    World(StateStore on) {
      starts.state = on;
      NamedRepositories repositories =
          new NamedRepositories(
              List.of(new NamedRepository("repo", store, null, Credential.key(keys, "site"))),
              new NoStores(),
              time,
              Observer.NONE,
              null);
      SnapshotParts parts =
          new SnapshotParts(
              on, repositories, new Endpoints(new Labs(), null), time, "here", List.of(), starts);
      PolicyStore policyStore = new PolicyStore(on);
      TakeTask take = new TakeTask(parts, null, null);
      this.scheduler =
          new PolicyScheduler(
              parts,
              policyStore,
              new PolicyRunTask(parts, take, null, null),
              new Trampoline(),
              (severity, type, subject, message, facts) -> events.add(type + " " + message));
      this.policies = new PolicyService(parts, policyStore, scheduler);
      scheduler.start();
    }
  }

  private void restart() {
    world.scheduler.close();
    state = state.reopen();
    world = new World(state);
  }

  private SnapshotPolicy ensure(Schedule schedule) {
    return world.policies.ensure(policy(schedule));
  }

  private static SnapshotPolicy policy(Schedule schedule) {
    return SnapshotPolicy.builder("nightly")
        .of(Endpoint.directory(Path.of("/data")))
        .schedule(schedule)
        .build();
  }

  private List<String> due() {
    return starts.due.stream().map(Instant::toString).toList();
  }

  @Test
  void daily_overTheChangeOfClocks_runsOnceADay() {
    ensure(Schedule.daily(LocalTime.of(2, 30)).in(BERLIN));
    time.advance(Duration.ofDays(4));
    // 02:30 does not exist on the 29th: the run is at the end of the gap.
    assertThat(due())
        .containsExactly(
            "2026-03-28T01:30:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-30T00:30:00Z",
            "2026-03-31T00:30:00Z");
    assertThat(world.policies.status("nightly").nextRun())
        .contains(Instant.parse("2026-04-01T00:30:00Z"));
    assertThat(world.policies.status("nightly").missed()).isZero();
  }

  @Test
  void hourlyAndDaily_whenClocksGoBack_followTheirRules() {
    time.jump(Duration.between(time.now(), Instant.parse("2026-10-24T22:30:00Z")));
    ensure(Schedule.daily(LocalTime.of(2, 30)).in(BERLIN));
    time.advance(Duration.ofDays(2));
    assertThat(due()).containsExactly("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
    starts.due.clear();
    world.policies.replace(policy(Schedule.hourly(15).in(BERLIN)));
    time.advance(Duration.ofDays(1));
    assertThat(starts.due).hasSize(24);
  }

  @Test
  void restart_inTheMiddle_losesAndDoublesNothing() {
    ensure(Schedule.daily(LocalTime.of(2, 30)).in(BERLIN));
    for (int day = 0; day < 8; day++) {
      time.advance(Duration.ofHours(7));
      restart();
      time.advance(Duration.ofHours(17));
      restart();
    }
    assertThat(starts.due).hasSize(8).doesNotHaveDuplicates().isSorted();
  }

  @Test
  void missedRuns_whileNobodyWasThere_areTreatedAsAsked() {
    for (MissedRuns missed :
        List.of(MissedRuns.runOnce(), MissedRuns.skip(), MissedRuns.runAll(3))) {
      starts.due.clear();
      world.policies.replace(policy(Schedule.daily(LocalTime.NOON).ifMissed(missed)));
      world.scheduler.close();
      Instant now = time.now();
      time.advance(Duration.ofDays(5).plusHours(1));
      state = state.reopen();
      world = new World(state);
      int runs =
          missed instanceof MissedRuns.RunAll ? 3 : missed instanceof MissedRuns.Skip ? 0 : 1;
      assertThat(starts.due).as(missed.toString()).hasSize(runs).isSorted();
      assertThat(world.policies.status("nightly").missed()).isEqualTo(5 - runs);
      assertThat(world.policies.status("nightly").nextRun().orElseThrow()).isAfter(now);
      world.policies.delete("nightly");
      time.advance(Duration.ofHours(23));
      assertThat(starts.due).hasSize(runs);
    }
  }

  @Test
  void run_thatLasts_isFollowedByOneOnly() {
    starts.isInstant = false;
    ensure(Schedule.hourly(0));
    time.advance(Duration.ofHours(5).plusMinutes(30));
    assertThat(due()).containsExactly("2026-03-27T13:00:00Z");
    assertThat(world.policies.status("nightly").lastRun().orElseThrow().outcome())
        .isEqualTo(Outcome.UNDER_WAY);
    restart();
    time.advance(Duration.ofMinutes(2));
    assertThat(starts.due).hasSize(1);
    starts.last().end(null);
    assertThat(due()).containsExactly("2026-03-27T13:00:00Z", "2026-03-27T17:00:00Z");
    starts.last().end(new KmeshException(ErrorKind.NO_SPACE, "The store is full."));
    time.advance(Duration.ofMinutes(2));
    assertThat(world.policies.status("nightly").lastRun().orElseThrow().error())
        .contains("The store is full.");
    time.advance(Duration.ofMinutes(30));
    assertThat(starts.due).hasSize(3);
  }

  @Test
  void pause_andResume_beginFromThen() {
    ensure(Schedule.hourly(0));
    world.policies.pause("nightly");
    assertThat(world.policies.status("nightly").mode()).isEqualTo(Mode.PAUSED);
    assertThat(world.policies.status("nightly").nextRun()).isEmpty();
    time.advance(Duration.ofHours(3).plusMinutes(10));
    assertThat(starts.due).isEmpty();
    world.policies.resume("nightly");
    time.advance(Duration.ofHours(1));
    assertThat(due()).containsExactly("2026-03-27T16:00:00Z");
    assertThat(world.policies.status("nightly").missed()).isZero();
  }

  @Test
  void clock_thatIsSet_repeatsNothingAndWaitsForNobody() {
    ensure(Schedule.hourly(0));
    time.advance(Duration.ofMinutes(61));
    assertThat(starts.due).hasSize(1);
    time.jump(Duration.ofMinutes(-30));
    time.advance(Duration.ofMinutes(40));
    assertThat(starts.due).as("13:00 comes again").hasSize(1);
    time.jump(Duration.ofDays(3650));
    time.advance(Duration.ofMinutes(2));
    assertThat(starts.due).hasSize(2);
    time.jump(Duration.ofDays(-3650));
    time.advance(Duration.ofHours(2));
    assertThat(starts.due).as("2036 was wrong").hasSize(4);
  }

  @Test
  void cluster_thatIsNotAttached_isWaitedFor() {
    isAttached = false;
    world.policies.ensure(
        SnapshotPolicy.builder("nightly")
            .of(new Endpoint.LustrePath("lab", PathBytes.EMPTY))
            .schedule(Schedule.hourly(0))
            .build());
    time.advance(Duration.ofHours(3));
    assertThat(starts.due).isEmpty();
    isAttached = true;
    world.scheduler.wake();
    assertThat(due()).containsExactly("2026-03-27T15:00:00Z");
  }

  @Test
  void crash_atAnyWrite_losesAndDoublesNothing() {
    for (int at = 1; at <= 4; at++) {
      for (FaultPlan plan :
          List.of(FaultPlan.on("apply").crashAt(at), FaultPlan.on("apply").crashAfter(at))) {
        starts.due.clear();
        ensure(Schedule.daily(LocalTime.of(2, 30)).in(BERLIN));
        world.scheduler.close();
        state = state.reopen();
        try {
          world = new World(FaultyStateStore.of(state, plan, time));
          time.advance(Duration.ofDays(2));
        } catch (SimulatedCrash e) {
          world.scheduler.close();
        }
        state = state.reopen();
        world = new World(state);
        time.advance(Duration.ofDays(2));
        assertThat(starts.due).as(plan.toString()).doesNotHaveDuplicates().isSorted();
        assertThat(starts.due.size()).as(plan.toString()).isGreaterThanOrEqualTo(2);
        world.policies.delete("nightly");
      }
    }
    assertThat(events).isEmpty();
  }

  /** Runs tasks at once, but none within another. */
  private static final class Trampoline implements Executor {
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private boolean isRunning;

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
      if (isRunning) {
        return;
      }
      isRunning = true;
      try {
        for (Runnable next = tasks.poll(); next != null; next = tasks.poll()) {
          next.run();
        }
      } finally {
        isRunning = false;
        tasks.clear();
      }
    }
  }

  /** Plays operations; what was not begun in a commit of the state was not begun. */
  private final class Starts implements TaskStarter {
    final List<Instant> due = new ArrayList<>();
    final Map<OperationId, Played<?>> operations = new HashMap<>();
    boolean isInstant = true;
    StateStore state;
    private int number;

    @Override
    public <T> Operation<T> start(
        LongTask<T> task, ObjectNode spec, Function<OperationId, List<StateChange>> with) {
      OperationId id = new OperationId("op-" + ++number);
      try {
        // The record of the operation, as the journal adds it to the commit.
        Played<T> played = new Played<>(id);
        state.apply(with.apply(id));
        operations.put(id, played);
        due.add(Instant.parse(spec.path("due").asText()));
        if (isInstant) {
          played.end(null);
        }
        return played;
      } catch (IOException e) {
        throw KmeshException.ofMutation(e);
      }
    }

    Played<?> last() {
      return operations.get(new OperationId("op-" + number));
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> Optional<Operation<T>> find(LongTask<T> task, OperationId id) {
      return Optional.ofNullable((Operation<T>) operations.get(id));
    }

    @Override
    public List<ObjectNode> unfinished(LongTask<?> task) {
      return List.of();
    }
  }

  private static final class Played<T> implements Operation<T> {
    private final OperationId id;
    private final CompletableFuture<T> completion = new CompletableFuture<>();
    private KmeshException failure;
    private OperationState state = OperationState.RUNNING;

    Played(OperationId id) {
      this.id = id;
    }

    void end(KmeshException withFailure) {
      failure = withFailure;
      state = withFailure == null ? OperationState.SUCCEEDED : OperationState.FAILED;
      if (withFailure == null) {
        completion.complete(null);
      } else {
        completion.completeExceptionally(withFailure);
      }
    }

    @Override
    public OperationId id() {
      return id;
    }

    @Override
    public String type() {
      return "snapshot.policy-run";
    }

    @Override
    public OperationState state() {
      return state;
    }

    @Override
    public Progress progress() {
      return Progress.NONE;
    }

    @Override
    public T await(Duration limit) {
      if (failure != null) {
        throw failure;
      }
      return completion.getNow(null);
    }

    @Override
    public CompletableFuture<T> completion() {
      return completion;
    }

    @Override
    public void cancel() {
      end(new KmeshException(ErrorKind.CANCELLED, "It was cancelled."));
    }
  }

  private static final class NoStores implements Stores {
    @Override
    public List<String> names() {
      return List.of();
    }

    @Override
    public Optional<ObjectStore> find(String name) {
      return Optional.empty();
    }

    @Override
    public Optional<ArchiveId> archiveId(String name) {
      return Optional.empty();
    }
  }

  /** A cluster that is only there or not. */
  private final class Labs implements Clusters {
    @Override
    public List<ProvisionedCluster> provisioned() {
      return List.of();
    }

    @Override
    public ClusterPlan planCreate(String name, ClusterSpec spec) {
      throw new AssertionError("Nobody makes one here.");
    }

    @Override
    public Operation<ProvisionedCluster> create(String name, ClusterSpec spec) {
      throw new AssertionError("Nobody makes one here.");
    }

    @Override
    public Operation<ProvisionedCluster> ensure(String name, ClusterSpec spec) {
      throw new AssertionError("Nobody makes one here.");
    }

    @Override
    public ClusterPlan planResize(String name, ClusterShape shape) {
      throw new AssertionError("Nobody makes one here.");
    }

    @Override
    public ClusterPlan planDelete(String name) {
      throw new AssertionError("Nobody makes one here.");
    }

    @Override
    public Cluster attach(String name, LustreBinding lustre) {
      throw new AssertionError("Nobody attaches here.");
    }

    @Override
    public Optional<Cluster> find(String name) {
      return isAttached
          ? Optional.of(
              (Cluster)
                  Proxy.newProxyInstance(
                      Cluster.class.getClassLoader(),
                      new Class<?>[] {Cluster.class},
                      (proxy, method, arguments) -> {
                        throw new AssertionError("Nobody uses it here.");
                      }))
          : Optional.empty();
    }

    @Override
    public List<Cluster> list() {
      return List.of();
    }
  }
}
