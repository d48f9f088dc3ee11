// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.scheduler;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Cluster;
import io.kmesh.Kmesh;
import io.kmesh.OperationId;
import io.kmesh.copytool.Copytool;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.HsmReport;
import io.kmesh.spi.state.StateStore;
import io.kmesh.state.SqliteState;
import io.kmesh.testkit.junit.KmeshExtension;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Each hook of the scheduler is a process of its own: it opens Kmesh, does one thing and ends. */
@ExtendWith(KmeshExtension.class)
class JobDataTest {
  private static final ArchiveId RESULTS = ArchiveId.of(1);

  @TempDir Path folder;
  private SimulatedLustre lustre;
  private FileSystem mount;
  private MemoryStore store;
  private StateStore daemonState;
  private Copytool copytool;

  @BeforeEach
  void startSite(MemoryStore results) throws IOException {
    store = results;
    lustre = SimulatedLustre.at(folder.resolve("lustre"));
    mount = lustre.fileSystem();
    daemonState = SqliteState.at(folder.resolve("copytool.db"));
    copytool =
        Copytool.builder(lustre).state(daemonState).store("results", RESULTS, results).start();
    Files.createDirectories(mount.getPath("/job42/out"));
    for (int part = 0; part < 8; part++) {
      Files.writeString(mount.getPath("/job42/out/part-" + part), "result " + part);
    }
  }

  @AfterEach
  void stopSite() throws IOException {
    copytool.close();
    daemonState.close();
    mount.close();
    lustre.close();
  }

  /** What one short-lived process does. */
  private <T> T process(Function<JobData, T> hook) {
    return process((data, scratch) -> hook.apply(data));
  }

  private <T> T process(BiFunction<JobData, Cluster, T> hook) {
    try (SqliteState state = SqliteState.at(folder.resolve("scheduler.db"));
        Kmesh kmesh =
            Kmesh.builder().state(state).store("results", store, RESULTS).build()) {
      Cluster scratch = kmesh.clusters().attach("scratch", lustre);
      return hook.apply(new JobData(kmesh, scratch), scratch);
    }
  }

  private boolean isReleased(String path) {
    return process((data, scratch) -> scratch.hsm().state(path).isReleased());
  }

  /** What the copytool did between two processes, the next one finds unchanged. */
  private static long there(HsmReport report) {
    assertThat(report.failed()).isZero();
    assertThat(report.skipped()).isZero();
    return report.done() + report.unchanged();
  }

  @Test
  void epilogThenProlog_whenEachIsAProcess_movesTheDataOutAndBack() throws IOException {
    OperationId out = process(data -> data.stageOut("/job42/out"));
    HsmReport safe = process(data -> data.await(out));
    assertThat(there(safe)).isEqualTo(8);
    assertThat(safe.failed()).isZero();
    assertThat(store.keys()).hasSize(8);
    String status = process(data -> data.status(out));
    assertThat(status).isEqualTo("SUCCEEDED 100 %");

    assertThat(process(data -> data.free("/job42/out")).done()).isEqualTo(8);
    assertThat(isReleased("/job42/out/part-3")).isTrue();

    OperationId in = process(data -> data.stageIn("/job42/out"));
    assertThat(there(process(data -> data.await(in)))).isEqualTo(8);
    assertThat(isReleased("/job42/out/part-3")).isFalse();
    assertThat(Files.readString(mount.getPath("/job42/out/part-3"), UTF_8)).isEqualTo("result 3");
  }

  @Test
  void await_whenTheIdIsOfAnotherState_saysWhatToDo() {
    assertThatThrownBy(() -> process(data -> data.await(new OperationId("01ABCDEFGH"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Use the state that it was begun with.");
  }
}
