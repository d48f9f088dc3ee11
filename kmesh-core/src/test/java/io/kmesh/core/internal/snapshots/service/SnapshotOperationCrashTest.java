// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.Operation;
import io.kmesh.snapshots.RestoreReport;
import io.kmesh.snapshots.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Ends the process anywhere while it takes a snapshot, restores one, or applies a plan. The next
 * process finishes what was accepted: one snapshot, the right tree.
 */
@Tag("crash")
class SnapshotOperationCrashTest extends OperationCrashes {
  @Test
  void take_killedAnywhere_isTakenOnce() throws Exception {
    Files.writeString(source.resolve("new"), "new content");
    enumerate(
        Snapshot.class,
        READS,
        new Scenario<Snapshot>() {
          @Override
          public Operation<Snapshot> start(Kmesh kmesh, Path place) {
            return kmesh.snapshots().take("it", source(), s -> s.readEverything());
          }

          @Override
          public void check(Kmesh kmesh, Path place, Optional<Snapshot> result) throws IOException {
            assertThat(kmesh.snapshots().list(q -> q.named("it")))
                .hasSize(result.isPresent() ? 1 : 0);
            if (result.isPresent()) {
              assertThat(result.get().files()).isEqualTo(6);
              assertThat(kmesh.repositories().find("repo").orElseThrow().stats().sessions())
                  .isZero();
              result.get().restore(Endpoint.directory(place)).await(LIMIT);
              assertThat(facts(place)).isEqualTo(facts(source));
            }
          }
        });
  }

  @Test
  void restore_killedAnywhere_goesOn() throws Exception {
    enumerate(
        RestoreReport.class,
        Set.of(),
        new Scenario<RestoreReport>() {
          @Override
          public Operation<RestoreReport> start(Kmesh kmesh, Path place) {
            return kmesh
                .snapshots()
                .find("repo", "before")
                .orElseThrow()
                .restore(Endpoint.directory(place));
          }

          @Override
          public void check(Kmesh kmesh, Path place, Optional<RestoreReport> result)
              throws IOException {
            if (result.isPresent()) {
              assertThat(result.get().problems()).isZero();
              assertThat(facts(place)).isEqualTo(facts(source));
            }
          }
        });
  }

  @Test
  void applyOfAPlan_killedAnywhere_goesOnAndTouchesNothingElse() throws Exception {
    enumerate(
        RestoreReport.class,
        Set.of(),
        new Scenario<RestoreReport>() {
          @Override
          public Operation<RestoreReport> start(Kmesh kmesh, Path place) throws IOException {
            Files.createDirectories(place.resolve("d"));
            Files.writeString(place.resolve("d/f1"), "another");
            Files.setLastModifiedTime(
                place.resolve("d/f1"), FileTime.from(Instant.ofEpochSecond(1)));
            Files.writeString(place.resolve("extra"), "mine");
            return kmesh
                .snapshots()
                .find("repo", "before")
                .orElseThrow()
                .planRestore(r -> r.inPlace(Endpoint.directory(place)))
                .apply();
          }

          @Override
          public void check(Kmesh kmesh, Path place, Optional<RestoreReport> result)
              throws IOException {
            if (result.isPresent()) {
              assertThat(place.resolve("extra")).hasContent("mine");
              Files.delete(place.resolve("extra"));
              Map<String, String> there = facts(place);
              Map<String, String> wanted = facts(source);
              assertThat(there.keySet()).isEqualTo(wanted.keySet());
              assertThat(there.get("d/f1")).isEqualTo(wanted.get("d/f1"));
            }
          }
        });
  }
}
