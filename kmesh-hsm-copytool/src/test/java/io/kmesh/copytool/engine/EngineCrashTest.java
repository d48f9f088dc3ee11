// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.engine;

import static io.kmesh.copytool.engine.Lab.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Cluster;
import io.kmesh.Durability;
import io.kmesh.Kmesh;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.OperationState;
import io.kmesh.Receipt;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmReport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyLustre;
import io.kmesh.testkit.fault.FaultyStateStore;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.tiering.TieringPolicy;
import io.kmesh.tiering.TieringReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ends the process of Kmesh before and after each write to its state and each change that it asks
 * of the file system; the copytool, another process, lives on. What was accepted is then finished
 * by the next Kmesh on that state, and nothing is done twice.
 */
@Tag("crash")
class EngineCrashTest {
  private static final List<String> STEPS = List.of("apply", "request", "migrate");
  private static final int SIZE = 5000;

  private Lab lab;
  private int run;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    lab = Lab.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  /** One kind of operation. */
  private interface Scenario<T> {
    /** Makes the files of a run below a folder. */
    void prepare(String folder) throws IOException;

    /** Starts it. */
    Operation<T> start(Kmesh kmesh, Cluster cluster, String folder);

    /** Checks the world and the result after the recovery; no result: it was never accepted. */
    void check(String folder, Optional<T> result) throws IOException;
  }

  private <T> void enumerate(Class<T> type, Scenario<T> scenario) throws Exception {
    FaultInjector counting = one(type, scenario, FaultPlan.none(), "without a crash");
    int crashes = 0;
    for (String step : STEPS) {
      for (int at = 1; at <= counting.calls(step); at++) {
        one(type, scenario, FaultPlan.on(step).crashAt(at), "before " + step + " " + at);
        one(type, scenario, FaultPlan.on(step).crashAfter(at), "after " + step + " " + at);
        crashes += 2;
      }
    }
    assertThat(crashes).isGreaterThan(6);
  }

  private <T> FaultInjector one(Class<T> type, Scenario<T> scenario, FaultPlan plan, String where)
      throws Exception {
    String folder = "run" + run++;
    try {
      scenario.prepare(folder);
      MemoryState state = MemoryState.create(lab.time());
      FaultInjector injector = FaultInjector.start(plan, lab.time());
      OperationId id = runUntilCrash(scenario, folder, state, injector);
      recover(type, scenario, folder, state.reopen(), id);
      return injector;
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("Crash " + where + ": " + e.getMessage(), e);
    }
  }

  private <T> @Nullable OperationId runUntilCrash(
      Scenario<T> scenario, String folder, MemoryState state, FaultInjector injector)
      throws Exception {
    FaultyStateStore faulty = FaultyStateStore.of(state, injector);
    OperationId id = null;
    try (Kmesh kmesh = lab.openKmesh(faulty)) {
      Cluster cluster = kmesh.clusters().attach("lab", FaultyLustre.of(lab.lustre, injector));
      Operation<T> operation = scenario.start(kmesh, cluster, folder);
      id = operation.id();
      Lab.eventually(() -> operation.state().isEnded() || hasCrashed(faulty));
    } catch (SimulatedCrash e) {
      return id; // the process is gone
    }
    return id;
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
      String folder,
      MemoryState state,
      @Nullable OperationId known)
      throws Exception {
    try (Kmesh kmesh = lab.openKmesh(state)) {
      kmesh.clusters().attach("lab", lab.lustre);
      OperationId id = known;
      if (id == null) {
        id = kmesh.operations().open().stream().map(Operation::id).findFirst().orElse(null);
      }
      Optional<T> result = Optional.empty();
      if (id != null) {
        Operation<T> operation = kmesh.operations().find(id, type).orElseThrow();
        if (operation.state() == OperationState.OUTCOME_UNKNOWN) {
          kmesh.operations().reconcile(id);
          operation = kmesh.operations().find(id, type).orElseThrow();
        }
        result = Optional.of(operation.await(LIMIT));
        assertThat(operation.state()).isEqualTo(OperationState.SUCCEEDED);
      }
      assertThat(kmesh.operations().open()).isEmpty();
      scenario.check(folder, result);
    }
    try (Kmesh kmesh = lab.openKmesh(state)) {
      Lab.eventually(() -> count(state, "tiering.steps") + count(state, "tiering.outcome") == 0);
      assertThat(kmesh.operations().open()).isEmpty();
    }
    assertThat(state.count("tiering.under-way", "")).isZero();
  }

  private static long count(MemoryState state, String kind) {
    try {
      return state.count(kind, "");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private long delivered(HsmActionKind action) {
    return lab.lustre.coordinator().statistics().delivered(action);
  }

  @Test
  void archive_killedAtAnyStep_endsAndArchivesOnce() throws Exception {
    enumerate(
        Receipt.class,
        new Scenario<Receipt>() {
          private long before;

          @Override
          public void prepare(String folder) throws IOException {
            lab.write(folder + "/f", SIZE);
            before = delivered(HsmActionKind.ARCHIVE);
          }

          @Override
          public Operation<Receipt> start(Kmesh kmesh, Cluster cluster, String folder) {
            return cluster.hsm().archive(folder + "/f", a -> a.durability(Durability.REMOTE));
          }

          @Override
          public void check(String folder, Optional<Receipt> receipt) {
            assertThat(delivered(HsmActionKind.ARCHIVE) - before)
                .isEqualTo(receipt.isPresent() ? 1 : 0);
            assertThat(receipt.map(Receipt::stillHolds)).isIn(Optional.of(true), Optional.empty());
          }
        });
  }

  @Test
  void releaseAndRecall_killedAtAnyStep_endAndKeepTheData() throws Exception {
    enumerate(HsmReport.class, new TreeScenario(cluster -> {}, HsmActionKind.RELEASE));
    enumerate(
        HsmReport.class,
        new TreeScenario(folder -> lab.hsm().release(folder).await(LIMIT), HsmActionKind.RESTORE));
  }

  private final class TreeScenario implements Scenario<HsmReport> {
    private final Consumer<String> preparation;
    private final HsmActionKind action;

    TreeScenario(Consumer<String> preparation, HsmActionKind action) {
      this.preparation = preparation;
      this.action = action;
    }

    @Override
    public void prepare(String folder) throws IOException {
      for (int i = 0; i < 3; i++) {
        lab.write(folder + "/f" + i, SIZE);
      }
      lab.hsm().archiveTree(folder, a -> a.durability(Durability.REMOTE)).await(LIMIT);
      preparation.accept(folder);
    }

    @Override
    public Operation<HsmReport> start(Kmesh kmesh, Cluster cluster, String folder) {
      return action == HsmActionKind.RELEASE
          ? cluster.hsm().release(folder)
          : cluster.hsm().recall(folder);
    }

    @Override
    public void check(String folder, Optional<HsmReport> report) throws IOException {
      report.ifPresent(
          r -> {
            assertThat(r.done() + r.unchanged()).isEqualTo(3);
            assertThat(r.details()).isEmpty();
          });
      for (int i = 0; i < 3; i++) {
        String file = folder + "/f" + i;
        if (report.isPresent()) {
          assertThat(lab.state(file).isReleased()).isEqualTo(action == HsmActionKind.RELEASE);
        }
        assertThat(Files.readAllBytes(lab.path(file))).isEqualTo(Lab.content(file, SIZE, 0));
      }
    }
  }

  @Test
  void tieringApply_killedAtAnyStep_endsCountsAllAndLeavesNothingBehind() throws Exception {
    enumerate(
        TieringReport.class,
        new Scenario<TieringReport>() {
          private long before;

          @Override
          public void prepare(String folder) throws IOException {
            for (int i = 0; i < 3; i++) {
              lab.write(folder + "/f" + i, SIZE);
            }
            before = delivered(HsmActionKind.ARCHIVE);
          }

          @Override
          public Operation<TieringReport> start(Kmesh kmesh, Cluster cluster, String folder) {
            TieringPolicy policy =
                TieringPolicy.builder("p")
                    .on(cluster)
                    .under(folder)
                    .moveTo("cheap")
                    .archiveTo(Lab.STORE)
                    .thenRelease()
                    .build();
            return kmesh.tiering().plan(policy).apply();
          }

          @Override
          public void check(String folder, Optional<TieringReport> report) throws IOException {
            if (report.isEmpty()) {
              assertThat(delivered(HsmActionKind.ARCHIVE)).isEqualTo(before);
              return;
            }
            assertThat(report.get().details()).isEmpty();
            assertThat(report.get().moved()).isEqualTo(3);
            assertThat(report.get().archived()).isEqualTo(3);
            assertThat(report.get().released()).isEqualTo(3);
            assertThat(delivered(HsmActionKind.ARCHIVE) - before).isEqualTo(3);
            for (int i = 0; i < 3; i++) {
              String file = folder + "/f" + i;
              assertThat(lab.state(file).isReleased()).isTrue();
              assertThat(lab.cluster.layouts().of(PathBytes.of(file)).pool()).contains("cheap");
              assertThat(Files.readAllBytes(lab.path(file))).isEqualTo(Lab.content(file, SIZE, 0));
            }
          }
        });
  }

  @Test
  void tieringApply_killedBetweenChunks_goesOnBehindThem() throws Exception {
    String folder = "many";
    for (int i = 0; i < 1001; i++) {
      lab.write(folder + "/f" + i, 1);
    }
    MemoryState state = MemoryState.create(lab.time());
    FaultInjector injector =
        FaultInjector.start(FaultPlan.on("migrate").crashAfter(700), lab.time());
    OperationId id = runUntilCrash(new Moves(), folder, state, injector);
    assertThat(id).isNotNull();
    assertThat(count(state, "tiering.outcome")).isEqualTo(1);
    assertThat(count(state, "tiering.steps")).isEqualTo(2);
    FaultInjector second = FaultInjector.start(FaultPlan.none(), lab.time());
    try (Kmesh kmesh = lab.openKmesh(state.reopen())) {
      kmesh.clusters().attach("lab", FaultyLustre.of(lab.lustre, second));
      TieringReport report =
          kmesh
              .operations()
              .find(Objects.requireNonNull(id), TieringReport.class)
              .orElseThrow()
              .await(LIMIT);
      assertThat(report.planned()).isEqualTo(1001);
      assertThat(report.moved()).isEqualTo(1001);
      assertThat(report.details()).isEmpty();
    }
    assertThat(second.calls("migrate")).as("only what was left").isEqualTo(301);
  }

  private static final class Moves implements Scenario<TieringReport> {
    @Override
    public void prepare(String folder) {}

    @Override
    public Operation<TieringReport> start(Kmesh kmesh, Cluster cluster, String folder) {
      return kmesh
          .tiering()
          .plan(TieringPolicy.builder("p").on(cluster).under(folder).moveTo("cheap").build())
          .apply();
    }

    @Override
    public void check(String folder, Optional<TieringReport> result) {}
  }
}
