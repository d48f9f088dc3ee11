// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.OperationState;
import io.kmesh.core.internal.snapshots.SnapshotWorld;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.repository.CheckDepth;
import io.kmesh.repository.Credential;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.fault.FaultyStateStore;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ends the process before and after each write to the state and each call of the store, while it
 * works on an operation, and lets the next process finish it.
 */
abstract class OperationCrashes {
  static final Duration LIMIT = Duration.ofMinutes(1);

  /** What only looks at the state changes nothing by being cut. */
  private static final Set<String> LOOKS = Set.of("find", "findAll", "scan", "count", "events");

  /** Between reads of the store a restore writes files; a snapshot writes nothing. */
  static final Set<String> READS = Set.of("read", "head", "list", "capabilities", "limits", "uri");

  static final FaultInjector NONE = FaultInjector.start(FaultPlan.none(), RunningTime.instance());

  private final MemoryKeys keys = new MemoryKeys();
  Path source;
  private MemoryStore base;
  private int run;
  @TempDir Path directory;

  @BeforeEach
  void prepare() throws IOException {
    keys.make("site");
    source = Files.createDirectory(directory.resolve("source"));
    Files.createDirectory(source.resolve("d"));
    for (int i = 0; i < 4; i++) {
      Files.writeString(source.resolve(i % 2 == 0 ? "f" + i : "d/f" + i), "content " + i);
    }
    Files.createLink(source.resolve("linked"), source.resolve("f0"));
    base = MemoryStore.create();
    try (MemoryState state = MemoryState.create(RunningTime.instance());
        Kmesh kmesh = open(state, base, NONE)) {
      kmesh.repositories().init("repo");
      kmesh.snapshots().take("before", source(), s -> {}).await(LIMIT);
    }
  }

  @AfterEach
  void close() throws IOException {
    base.close();
    keys.close();
  }

  Endpoint source() {
    return Endpoint.directory(source);
  }

  Kmesh open(StateStore state, ObjectStore store, FaultInjector injector) throws IOException {
    Kmesh.Builder builder =
        Kmesh.builder().state(state).repository("repo", store, Credential.key(keys, "site"));
    configure(builder, injector);
    Kmesh kmesh = builder.build();
    attach(kmesh, injector);
    return kmesh;
  }

  /** What the runs of a scenario have besides state and store; closed after each. */
  Closeable surround(Path place, MemoryStore store) throws IOException {
    return () -> {};
  }

  /**
   * Gives the builder what the operations need besides.
   *
   * @param injector ends the process
   */
  void configure(Kmesh.Builder builder, FaultInjector injector) {}

  /**
   * Attaches what the operations need besides.
   *
   * @param injector ends the process
   */
  void attach(Kmesh kmesh, FaultInjector injector) throws IOException {}

  /** One kind of operation. */
  interface Scenario<T> {
    /** Makes what the operation needs; nothing crashes. */
    default void prepare(Kmesh kmesh, Path place) throws IOException {}

    Operation<T> start(Kmesh kmesh, Path place) throws IOException;

    /** Checks the world and the result after the recovery; no result: it was never accepted. */
    void check(Kmesh kmesh, Path place, Optional<T> result) throws IOException;
  }

  <T> void enumerate(Class<T> type, Set<String> without, Scenario<T> scenario) throws Exception {
    enumerate(type, without, scenario, 1);
  }

  /**
   * The same for some of the points.
   *
   * @param oneIn of so many points one is tried, chosen by {@code -Dkmesh.crash.seed}; all with
   *     {@code -Dkmesh.crash.all=true}
   */
  <T> void enumerate(Class<T> type, Set<String> without, Scenario<T> scenario, int oneIn)
      throws Exception {
    long seed = Long.getLong("kmesh.crash.seed", 1);
    Random random = new Random(seed);
    boolean isAll = oneIn == 1 || Boolean.getBoolean("kmesh.crash.all");
    Map<String, Long> calls = one(type, scenario, FaultPlan.none(), "without a crash").calls();
    int crashes = 0;
    for (Map.Entry<String, Long> step : calls.entrySet()) {
      if (LOOKS.contains(step.getKey()) || without.contains(step.getKey())) {
        continue;
      }
      for (int at = 1; at <= step.getValue(); at++) {
        String where = step.getKey() + " " + at + (isAll ? "" : " (seed " + seed + ")");
        if (isAll || random.nextInt(oneIn) == 0) {
          one(type, scenario, FaultPlan.on(step.getKey()).crashAt(at), "before " + where);
          crashes++;
        }
        if (isAll || random.nextInt(oneIn) == 0) {
          one(type, scenario, FaultPlan.on(step.getKey()).crashAfter(at), "after " + where);
          crashes++;
        }
      }
    }
    assertThat(crashes).as("of %s", calls).isGreaterThan(isAll ? 7 : 0);
  }

  private <T> FaultInjector one(Class<T> type, Scenario<T> scenario, FaultPlan plan, String where)
      throws Exception {
    Path place = directory.resolve("run" + run++);
    FaultInjector injector = FaultInjector.start(plan, RunningTime.instance());
    try (MemoryStore store = SnapshotWorld.copy(base);
        MemoryState state = MemoryState.create(RunningTime.instance())) {
      Closeable surroundings = surround(place, store);
      try {
        try (Kmesh kmesh = open(state, store, NONE)) {
          scenario.prepare(kmesh, place);
        }
        OperationId id = runUntilCrash(scenario, place, state, store, injector);
        try (MemoryState reopened = state.reopen()) {
          afterDeath(place);
          recover(type, scenario, place, reopened, store, id);
        }
      } finally {
        surroundings.close();
      }
      return injector;
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("Crash " + where + ": " + e.getMessage(), e);
    }
  }

  /** Does what the end of a process does by itself, and a simulated one does not. */
  void afterDeath(Path place) throws IOException {}

  private <T> @Nullable OperationId runUntilCrash(
      Scenario<T> scenario,
      Path place,
      MemoryState state,
      MemoryStore store,
      FaultInjector injector)
      throws Exception {
    FaultyStateStore faulty = FaultyStateStore.of(state, injector);
    OperationId id = null;
    try (Kmesh kmesh = open(faulty, FaultyObjectStore.of(store, injector), injector)) {
      Operation<T> operation = scenario.start(kmesh, place);
      id = operation.id();
      eventuallyEnded(operation, faulty);
    } catch (SimulatedCrash e) {
      return id; // the process is gone
    }
    return id;
  }

  private static void eventuallyEnded(Operation<?> operation, FaultyStateStore state)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!operation.state().isEnded() && !hasCrashed(state)) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("Neither ended nor crashed after 30 s.");
      }
      TimeUnit.MILLISECONDS.sleep(1);
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

  private <T> void recover(
      Class<T> type,
      Scenario<T> scenario,
      Path place,
      MemoryState state,
      MemoryStore store,
      @Nullable OperationId known)
      throws IOException {
    OperationId id = known;
    if (id == null) {
      // Before it is opened: then it goes on at once, and may have ended before anybody looks.
      id =
          state.scan("operation", "", "", 1).stream()
              .map(record -> new OperationId(record.key().id()))
              .findFirst()
              .orElse(null);
    }
    try (Kmesh kmesh = open(state, store, NONE)) {
      Optional<T> result = Optional.empty();
      if (id != null) {
        Operation<T> operation = kmesh.operations().find(id, type).orElseThrow();
        if (operation.state() == OperationState.OUTCOME_UNKNOWN) {
          kmesh.operations().reconcile(id);
          operation = kmesh.operations().find(id, type).orElseThrow();
        }
        result = Optional.of(operation.await(LIMIT));
      }
      assertThat(kmesh.operations().open()).isEmpty();
      scenario.check(kmesh, place, result);
      assertThat(
              kmesh
                  .repositories()
                  .find("repo")
                  .orElseThrow()
                  .check(CheckDepth.EVERYTHING)
                  .await(LIMIT)
                  .isSound())
          .isTrue();
    }
  }

  static Map<String, String> facts(Path top) throws IOException {
    try (PosixTree tree = JnaPosix.open(top)) {
      return SnapshotWorld.facts(tree);
    }
  }
}
