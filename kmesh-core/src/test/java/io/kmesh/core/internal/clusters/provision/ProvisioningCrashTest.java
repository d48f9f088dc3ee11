// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.ClusterShape;
import io.kmesh.ClusterSpec;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.OperationState;
import io.kmesh.ProvisionedCluster;
import io.kmesh.ProvisionedCluster.Phase;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.cloud.CloudProvider;
import io.kmesh.spi.cloud.CloudResource;
import io.kmesh.spi.cloud.CloudState;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.testkit.cloud.MockCloud;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.Faults;
import io.kmesh.testkit.fault.FaultyStateStore;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Ends the process before and after each call of the provider and each write of the state, while
 * replies get lost and reads are late; and cancels at each call. Afterwards there is one resource
 * that the state knows, or none.
 */
@Tag("crash")
class ProvisioningCrashTest {
  private static final String NAME = "burst";
  private static final ClusterShape SMALL = ClusterShape.of(DataSize.ofTib(1));
  private static final ClusterShape LARGE = ClusterShape.of(DataSize.ofTib(2));
  private static final ClusterSpec SPEC =
      ClusterSpec.builder().at("mock").zone("zone-1").shape(SMALL).build();

  private static final List<String> CALLS =
      List.of("validate", "zones", "create", "findByToken", "describe", "update", "delete");

  /** What is done until the crash. */
  private enum Work {
    CREATE,
    FAILING_CREATE,
    RESIZE,
    DELETE
  }

  /** What goes wrong besides. */
  private enum Trouble {
    NONE,
    LOST_REPLIES,
    LOST_REPLIES_AND_LATE_READS
  }

  private static final class World {
    private final ManualTime time = ManualTime.skipping();
    private final MockCloud cloud;
    private final Work work;
    private final Set<OperationId> accepted = new LinkedHashSet<>();
    private MemoryState state = MemoryState.create(time);

    World(Work work, Trouble trouble) throws IOException {
      this.work = work;
      this.cloud =
          MockCloud.builder()
              .time(time)
              .creationTakes(Duration.ofSeconds(20))
              .changeTakes(Duration.ofSeconds(15))
              .deletionTakes(Duration.ofSeconds(10))
              .pollInterval(Duration.ofSeconds(5))
              .visibleAfter(
                  trouble == Trouble.LOST_REPLIES_AND_LATE_READS
                      ? Duration.ofSeconds(12)
                      : Duration.ZERO)
              .start();
      if (work == Work.RESIZE || work == Work.DELETE) {
        try (Kmesh kmesh = open(state, cloud)) {
          kmesh.clusters().create(NAME, SPEC).await();
        }
        state = state.reopen();
      }
      if (work == Work.FAILING_CREATE) {
        cloud.failNextCreation("no host has room");
      }
    }

    private Kmesh open(StateStore over, CloudProvider provider) {
      return Kmesh.builder().state(over).time(time).cloud(provider).build();
    }

    private Operation<ProvisionedCluster> start(Kmesh kmesh) {
      return switch (work) {
        case CREATE, FAILING_CREATE -> kmesh.clusters().create(NAME, SPEC);
        case RESIZE -> kmesh.clusters().resize(NAME, LARGE);
        case DELETE -> kmesh.clusters().delete(NAME);
      };
    }

    /** One process: it does the work, or goes on with it, until it ends or is ended. */
    FaultInjector process(FaultPlan plan, String cancelAt, int cancelCall) throws Exception {
      FaultInjector injector = FaultInjector.start(plan, time);
      FaultyStateStore faulty = FaultyStateStore.of(state, injector);
      CancelAt cancel = new CancelAt(cancelAt, cancelCall);
      CloudProvider provider = cancel.before(Faults.wrap(CloudProvider.class, cloud, injector));
      try (Kmesh kmesh = open(faulty, provider)) {
        cancel.kmesh = kmesh;
        if (accepted.isEmpty()) {
          accepted.add(start(kmesh).id());
        }
        for (Operation<?> operation : kmesh.operations().open()) {
          eventually(() -> operation.state().isEnded() || hasCrashed(faulty));
        }
      } catch (SimulatedCrash e) {
        assertThat(hasCrashed(faulty)).as(String.valueOf(e)).isTrue();
      } catch (KmeshException e) {
        assertThat(e.kind()).as(String.valueOf(e)).isNotEqualTo(ErrorKind.INVALID);
      }
      state = state.reopen();
      // Also what was accepted by a process that could not say so any more.
      for (StateRecord record : state.scan("operation", "", "", 100)) {
        accepted.add(new OperationId(record.key().id()));
      }
      return injector;
    }

    /** The next process without faults, and what must hold then. */
    void recoverAndCheck() throws Exception {
      try (Kmesh kmesh = open(state, cloud)) {
        OperationState ended = null;
        for (OperationId id : accepted) {
          Optional<Operation<ProvisionedCluster>> known =
              kmesh.operations().find(id, ProvisionedCluster.class);
          if (known.isPresent()) {
            if (known.get().state() == OperationState.OUTCOME_UNKNOWN) {
              kmesh.operations().reconcile(id);
            }
            ended = end(kmesh.operations().find(id, ProvisionedCluster.class).orElseThrow());
          }
        }
        check(kmesh, Optional.ofNullable(ended));
        goOn(kmesh);
      }
    }

    private OperationState end(Operation<ProvisionedCluster> operation) {
      try {
        operation.await();
      } catch (KmeshException e) {
        assertThat(operation.state()).isIn(OperationState.CANCELLED, OperationState.FAILED);
        assertThat(e.kind()).as(String.valueOf(e)).isIn(ErrorKind.CANCELLED, ErrorKind.TRANSIENT);
      }
      return operation.state();
    }

    private void check(Kmesh kmesh, Optional<OperationState> ended) throws IOException {
      boolean isDone = ended.filter(s -> s == OperationState.SUCCEEDED).isPresent();
      List<CloudResource> there = cloud.resources();
      List<ProvisionedCluster> known = kmesh.clusters().provisioned();
      assertThat(known)
          .as("the state knows each resource")
          .extracting(ProvisionedCluster::resourceId)
          .containsExactlyElementsOf(there.stream().map(CloudResource::id).toList());
      assertThat(known).allSatisfy(c -> assertThat(c.phase()).isEqualTo(Phase.READY));
      assertThat(there)
          .allSatisfy(r -> assertThat(r.state()).isEqualTo(CloudState.AVAILABLE))
          .allSatisfy(r -> assertThat(r.shape()).isEqualTo(known.get(0).spec().shape()));
      boolean isThere =
          switch (work) {
            case CREATE, FAILING_CREATE -> isDone;
            case RESIZE -> true;
            case DELETE -> !isDone;
          };
      assertThat(there).hasSize(isThere ? 1 : 0);
      assertThat(cloud.counts().made()).isLessThanOrEqualTo(work == Work.FAILING_CREATE ? 2 : 1);
      if (work == Work.RESIZE) {
        assertThat(there.get(0).shape()).isEqualTo(isDone ? LARGE : SMALL);
      }
      assertThat(state.count("operation", "")).isZero();
    }

    /** Nothing is left that is in the way. */
    private void goOn(Kmesh kmesh) throws IOException {
      ClusterShape now = cloud.resources().isEmpty() ? SMALL : cloud.resources().get(0).shape();
      ClusterSpec wanted = SPEC.toBuilder().shape(now).build();
      if (work == Work.FAILING_CREATE && cloud.counts().made() == 0) {
        assertThat(end(kmesh.clusters().create(NAME, wanted))).isEqualTo(OperationState.FAILED);
      }
      kmesh.clusters().ensure(NAME, wanted).await();
      assertThat(cloud.resources()).hasSize(1);
      kmesh.clusters().delete(NAME).await();
      assertThat(cloud.resources()).isEmpty();
      assertThat(state.count("cluster.provisioned", "")).isZero();
    }
  }

  /** Cancels all operations just before one call of the provider. */
  private static final class CancelAt {
    private final String call;
    private final int at;
    private int calls;
    private Kmesh kmesh;

    CancelAt(String call, int at) {
      this.call = call;
      this.at = at;
    }

    CloudProvider before(CloudProvider provider) {
      return (CloudProvider)
          Proxy.newProxyInstance(
              CloudProvider.class.getClassLoader(),
              new Class<?>[] {CloudProvider.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals(call) && ++calls == at) {
                  kmesh.operations().open().forEach(Operation::cancel);
                }
                try {
                  return method.invoke(provider, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }
  }

  private static boolean hasCrashed(FaultyStateStore state) {
    try {
      assertThat(state.find(new RecordKey("none", "none"))).isEmpty();
      return false;
    } catch (SimulatedCrash e) {
      return true;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private interface Until {
    boolean holds();
  }

  private static void eventually(Until until) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!until.holds()) {
      assertThat(System.nanoTime()).as("a minute is over").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static FaultPlan with(FaultPlan plan, Trouble trouble) {
    return trouble == Trouble.NONE
        ? plan
        : plan.and("create")
            .loseReplyOnce()
            .and("update")
            .loseReplyOnce()
            .and("delete")
            .loseReplyOnce();
  }

  private FaultInjector one(
      Work work, Trouble trouble, FaultPlan plan, String cancelAt, int cancelCall)
      throws Exception {
    World world = new World(work, trouble);
    String where = work + ", " + trouble + ", " + plan + ", cancel " + cancelAt + cancelCall;
    try {
      FaultInjector injector = world.process(with(plan, trouble), cancelAt, cancelCall);
      world.recoverAndCheck();
      return injector;
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(where + ": " + e.getMessage(), e);
    }
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void work_crashedAtAnyStep_endsWithOneResourceOrNone(Work work) throws Exception {
    int crashes = 0;
    for (Trouble trouble : Trouble.values()) {
      FaultInjector counting = one(work, trouble, FaultPlan.none(), "", 0);
      for (String step : concat(CALLS, "apply")) {
        for (int at = 1; at <= counting.calls(step); at++) {
          one(work, trouble, FaultPlan.on(step).crashAt(at), "", 0);
          one(work, trouble, FaultPlan.on(step).crashAfter(at), "", 0);
          crashes += 2;
        }
      }
    }
    assertThat(crashes).isGreaterThan(30);
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void work_cancelledAtAnyCall_endsWithOneResourceOrNone(Work work) throws Exception {
    int cancels = 0;
    for (Trouble trouble : Trouble.values()) {
      FaultInjector counting = one(work, trouble, FaultPlan.none(), "", 0);
      for (String call : CALLS) {
        for (int at = 1; at <= counting.calls(call); at++) {
          one(work, trouble, FaultPlan.none(), call, at);
          // And the process ends while it withdraws what it began.
          one(work, trouble, FaultPlan.on("delete").crashAfter(1), call, at);
          one(work, trouble, FaultPlan.on("apply").crashAfter(4), call, at);
          cancels += 3;
        }
      }
    }
    assertThat(cancels).isGreaterThan(9);
  }

  private static List<String> concat(List<String> list, String more) {
    List<String> all = new java.util.ArrayList<>(list);
    all.add(more);
    return all;
  }

  /** Several processes, each ended somewhere, with failures and cancels anywhere. */
  @Test
  void work_crashedAgainAndAgain_endsWithOneResourceOrNone() throws Exception {
    long first = 20261122;
    for (long seed = first; seed < first + 150; seed++) {
      Random random = new Random(seed);
      Work work = Work.values()[random.nextInt(Work.values().length)];
      Trouble trouble = Trouble.values()[random.nextInt(Trouble.values().length)];
      World world = new World(work, trouble);
      try {
        for (int process = 0; process < 3; process++) {
          world.process(plan(random), call(random), random.nextInt(6));
        }
        world.recoverAndCheck();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("With seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static String call(Random random) {
    return CALLS.get(random.nextInt(CALLS.size()));
  }

  private static FaultPlan plan(Random random) {
    FaultPlan plan = FaultPlan.on(random.nextInt(3) == 0 ? "apply" : call(random));
    int at = 1 + random.nextInt(4);
    plan = random.nextBoolean() ? plan.crashAt(at) : plan.crashAfter(at);
    for (int i = random.nextInt(3); i > 0; i--) {
      plan = plan.and(call(random)).after(random.nextInt(2));
      plan =
          switch (random.nextInt(3)) {
            case 0 -> plan.loseReplyOnce();
            case 1 -> plan.fail(1, ErrorKind.THROTTLED);
            default -> plan.failPlainly(1);
          };
    }
    return plan;
  }
}
