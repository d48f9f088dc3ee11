// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Kmesh;
import io.kmesh.OperationCancelledException;
import io.kmesh.Progress;
import io.kmesh.copytool.Copytool;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.HsmReport;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.state.SqliteState;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.junit.KmeshExtension;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The activity under an engine that ends in its middle, and one that does not want it any more. */
@ExtendWith(KmeshExtension.class)
class ArchiveActivityTest {
  private static final ArchiveId ARCHIVE = ArchiveId.of(1);
  private static final int FILES = 6;
  private static final Duration SLOW = Duration.ofHours(1);

  /** What the engine's own process ends with in this test. */
  private static final class EngineEnded extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @TempDir Path folder;
  private final List<String> tokens = new ArrayList<>();
  private ManualTime storeTime;
  private MemoryStore memory;
  private ObjectStore store;
  private SimulatedLustre lustre;
  private FileSystem mount;
  private StateStore daemonState;
  private Copytool copytool;

  @BeforeEach
  void startSite(MemoryStore memory, ManualTime time) throws IOException {
    this.memory = memory;
    storeTime = time;
    // Half of the puts hang until the test moves the store's clock.
    store =
        FaultyObjectStore.of(memory, FaultPlan.on("put").after(FILES / 2).delay(SLOW), storeTime);
    lustre = SimulatedLustre.at(folder.resolve("lustre"));
    mount = lustre.fileSystem();
    daemonState = SqliteState.at(folder.resolve("copytool.db"));
    copytool =
        Copytool.builder(lustre).state(daemonState).store("archive", ARCHIVE, store).start();
    Files.createDirectories(mount.getPath("/run7/step3"));
    for (int i = 0; i < FILES; i++) {
      Files.writeString(mount.getPath("/run7/step3/shard-" + i), "shard " + i);
    }
  }

  @AfterEach
  void stopSite() throws IOException {
    copytool.close();
    daemonState.close();
    mount.close();
    lustre.close();
  }

  /** One life of the engine's worker process. */
  private HsmReport work(
      Optional<String> token, Consumer<Progress> heartbeat, BooleanSupplier isCancelled) {
    try (SqliteState state = SqliteState.at(folder.resolve("engine.db"));
        Kmesh kmesh = Kmesh.builder().state(state).store("archive", store, ARCHIVE).build()) {
      return new ArchiveActivity(kmesh, kmesh.clusters().attach("scratch", lustre))
          .run("/run7/step3", token, tokens::add, heartbeat, isCancelled);
    }
  }

  @Test
  void run_whenTheEngineRestartsInItsMiddle_goesOnWithTheSameOperation() {
    assertThatThrownBy(
            () ->
                work(
                    Optional.empty(),
                    progress -> {
                      if (progress.itemsDone() > 0) {
                        throw new EngineEnded();
                      }
                    },
                    () -> false))
        .isInstanceOf(EngineEnded.class);
    assertThat(tokens).hasSize(1);
    assertThat(memory.keys()).hasSizeLessThan(FILES);

    HsmReport report =
        work(Optional.of(tokens.get(0)), progress -> storeTime.advance(SLOW), () -> false);

    assertThat(tokens).hasSize(2).containsOnly(tokens.get(0));
    assertThat(report.done() + report.unchanged()).isEqualTo(FILES);
    assertThat(report.failed()).isZero();
    assertThat(memory.keys()).hasSize(FILES);
    assertThat(memory.requests("put")).as("nothing was stored twice").isEqualTo(FILES);
  }

  @Test
  void run_whenTheEngineCancels_endsAsCancelled() {
    AtomicBoolean isUnwanted = new AtomicBoolean();

    assertThatThrownBy(
            () ->
                work(
                    Optional.empty(),
                    progress -> {
                      if (isUnwanted.get()) {
                        storeTime.advance(SLOW);
                      }
                      isUnwanted.set(storeTime.timers() == FILES / 2);
                    },
                    isUnwanted::get))
        .isInstanceOf(OperationCancelledException.class);
    assertThat(tokens).hasSize(1);
  }
}
