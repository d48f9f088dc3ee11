// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.engine;

import static io.kmesh.copytool.engine.Lab.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Durability;
import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.repository.CheckDepth;
import io.kmesh.repository.Credential;
import io.kmesh.snapshots.RestorePlan;
import io.kmesh.snapshots.RestoreReport;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotEntry;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots by the API of a Lustre whose files are released: nothing is restored on the way. */
class ReleasedTreeTest {
  @TempDir Path directory;

  @Test
  void takeCheckPlanAndRestore_aReleasedTree_sendNoRestore() throws IOException {
    try (Lab lab = Lab.open(Files.createDirectory(directory.resolve("lustre")));
        MemoryKeys keys = new MemoryKeys();
        MemoryStore store = MemoryStore.create()) {
      keys.make("site");
      for (int i = 0; i < 4; i++) {
        lab.write("job/cold/f" + i, 20_000);
      }
      lab.write("job/hot", 10_000);
      lab.hsm().archiveTree("job/cold", a -> a.durability(Durability.REMOTE)).await(LIMIT);
      assertThat(lab.hsm().release("job/cold").await(LIMIT).done()).isEqualTo(4);
      try (Kmesh kmesh =
          Kmesh.builder()
              .state(lab.state)
              .time(lab.time())
              .store(Lab.STORE, lab.store)
              .repository("repo", store, Credential.key(keys, "site"))
              .build()) {
        Endpoint job = kmesh.clusters().attach("lab", lab.binding).path("/job");
        kmesh.repositories().init("repo");
        Snapshot s = kmesh.snapshots().take("done", job, o -> {}).await(LIMIT);
        assertThat(s.problems()).isZero();
        assertThat(s.files()).isEqualTo(5);
        assertThat(s.host()).isEqualTo("lab");
        assertThat(s.source()).isEqualTo("lab:/job");
        assertThat(s.at("cold/f1").residence()).isEqualTo(SnapshotEntry.Residence.ARCHIVE);
        assertThat(s.at("hot").residence()).isEqualTo(SnapshotEntry.Residence.REPOSITORY);
        assertThat(
                kmesh
                    .repositories()
                    .find("repo")
                    .orElseThrow()
                    .check(CheckDepth.EVERYTHING)
                    .await(LIMIT)
                    .isSound())
            .isTrue();
        kmesh.snapshots().take("again", job, o -> o.readEverything()).await(LIMIT);
        RestorePlan plan = s.planRestore(r -> r.inPlace(job));
        assertThat(plan.steps()).isEmpty();
        plan.apply().await(LIMIT);
        Path out = directory.resolve("out");
        RestoreReport report = s.restore(Endpoint.directory(out)).await(LIMIT);
        assertThat(report.details())
            .hasSize(4)
            .allMatch(problem -> problem.reason().contains("archive"));
        assertThat(Files.readAllBytes(out.resolve("hot")))
            .isEqualTo(Lab.content("job/hot", 10_000, 0));
        s.restore(kmesh.clusters().find("lab").orElseThrow().path("/elsewhere")).await(LIMIT);
        assertThat(Files.readAllBytes(lab.path("elsewhere/hot")))
            .isEqualTo(Lab.content("job/hot", 10_000, 0));
      }
      assertThat(lab.lustre.coordinator().statistics().delivered(HsmActionKind.RESTORE)).isZero();
      assertThat(lab.state("job/cold/f3").isReleased()).isTrue();
    }
  }
}
