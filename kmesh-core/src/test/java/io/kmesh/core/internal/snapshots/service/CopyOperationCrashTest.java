// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.Operation;
import io.kmesh.snapshots.ConflictRule;
import io.kmesh.snapshots.ReverseSyncReport;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.VirtualCopy;
import io.kmesh.snapshots.VirtualCopyDeletion;
import io.kmesh.snapshots.VirtualCopyRefresh;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Ends the process anywhere while it makes, refreshes, syncs back or deletes a virtual copy. The
 * next process finishes what was accepted, and reports the same.
 */
@Tag("crash")
class CopyOperationCrashTest extends OperationCrashes {
  private static void make(Kmesh kmesh, Path place) throws IOException {
    Snapshot snapshot = kmesh.snapshots().find("repo", "before").orElseThrow();
    VirtualCopy copy =
        kmesh.virtualCopies().create("it", snapshot, Endpoint.directory(place)).await(LIMIT);
    try (FileSystem files = copy.fileSystem()) {
      Files.writeString(files.getPath("/f0"), "ours");
      Files.writeString(files.getPath("/new"), "mine");
      Files.move(files.getPath("/d"), files.getPath("/renamed"));
    }
  }

  private static VirtualCopy copy(Kmesh kmesh) {
    return kmesh.virtualCopies().find("repo", "it").orElseThrow();
  }

  /** A dead process has no locks; this one lives, and has those of the one that it plays. */
  @Override
  void afterDeath(Path place) throws IOException {
    Files.deleteIfExists(place.resolve("lock"));
  }

  private static Path tree(Path place) {
    return place.resolveSibling(place.getFileName() + "-tree");
  }

  private static String read(VirtualCopy copy, String path) throws IOException {
    try (FileSystem files = copy.fileSystem()) {
      return Files.readString(files.getPath(path));
    }
  }

  @Test
  void create_killedAnywhere_isMadeOnce() throws Exception {
    enumerate(
        VirtualCopy.class,
        READS,
        new Scenario<VirtualCopy>() {
          @Override
          public Operation<VirtualCopy> start(Kmesh kmesh, Path place) {
            Snapshot snapshot = kmesh.snapshots().find("repo", "before").orElseThrow();
            return kmesh.virtualCopies().create("it", snapshot, Endpoint.directory(place));
          }

          @Override
          public void check(Kmesh kmesh, Path place, Optional<VirtualCopy> result)
              throws IOException {
            assertThat(kmesh.virtualCopies().list()).isEqualTo(result.stream().toList());
            if (result.isPresent()) {
              assertThat(read(result.get(), "/f0")).isEqualTo("content 0");
              assertThat(result.get().changes()).isEmpty();
            }
          }
        });
  }

  @Test
  void refresh_killedAnywhere_isDoneOnceAndReportsItsConflicts() throws Exception {
    Files.writeString(source.resolve("f0"), "theirs, longer");
    enumerate(
        VirtualCopyRefresh.class,
        READS,
        new Scenario<VirtualCopyRefresh>() {
          @Override
          public void prepare(Kmesh kmesh, Path place) throws IOException {
            make(kmesh, place);
            kmesh.snapshots().take("newer", source(), s -> {}).await(LIMIT);
          }

          @Override
          public Operation<VirtualCopyRefresh> start(Kmesh kmesh, Path place) {
            Snapshot newer = kmesh.snapshots().find("repo", "newer").orElseThrow();
            return copy(kmesh).refresh(newer, ConflictRule.OURS);
          }

          @Override
          public void check(Kmesh kmesh, Path place, Optional<VirtualCopyRefresh> result)
              throws IOException {
            if (result.isPresent()) {
              VirtualCopy copy = copy(kmesh);
              assertThat(copy.snapshot()).isEqualTo(result.get().now());
              assertThat(result.get().before()).isNotEqualTo(result.get().now());
              assertThat(result.get().kept()).isEqualTo(3);
              assertThat(result.get().conflicts()).isEqualTo(1);
              assertThat(read(copy, "/f0")).isEqualTo("ours");
              assertThat(read(copy, "/renamed/f1")).isEqualTo("content 1");
            }
          }
        });
  }

  @Test
  void applyOfAReverseSync_killedAnywhere_goesOn() throws Exception {
    enumerate(
        ReverseSyncReport.class,
        Set.of(),
        new Scenario<ReverseSyncReport>() {
          @Override
          public void prepare(Kmesh kmesh, Path place) throws IOException {
            make(kmesh, place);
            kmesh
                .snapshots()
                .find("repo", "before")
                .orElseThrow()
                .restore(Endpoint.directory(tree(place)))
                .await(LIMIT);
            Files.writeString(tree(place).resolve("f0"), "theirs, longer");
          }

          @Override
          public Operation<ReverseSyncReport> start(Kmesh kmesh, Path place) {
            return copy(kmesh)
                .planReverseSync(
                    s -> s.to(Endpoint.directory(tree(place))).onConflict(ConflictRule.OURS))
                .apply();
          }

          @Override
          public void check(Kmesh kmesh, Path place, Optional<ReverseSyncReport> result)
              throws IOException {
            if (result.isPresent()) {
              Path tree = tree(place);
              Map<String, String> there = facts(tree);
              assertThat(there.keySet()).contains("new", "renamed/f1").doesNotContain("d");
              assertThat(there.keySet()).noneMatch(name -> name.startsWith(".kmesh"));
              assertThat(tree.resolve("f0")).hasContent("ours");
              assertThat(tree.resolve("renamed/f1")).hasContent("content 1");
            }
          }
        });
  }

  @Test
  void delete_killedAnywhere_leavesNothing() throws Exception {
    enumerate(
        VirtualCopyDeletion.class,
        READS,
        new Scenario<VirtualCopyDeletion>() {
          @Override
          public void prepare(Kmesh kmesh, Path place) throws IOException {
            make(kmesh, place);
          }

          @Override
          public Operation<VirtualCopyDeletion> start(Kmesh kmesh, Path place) {
            return copy(kmesh).delete();
          }

          @Override
          public void check(Kmesh kmesh, Path place, Optional<VirtualCopyDeletion> result) {
            if (result.isPresent()) {
              assertThat(kmesh.virtualCopies().list()).isEmpty();
              assertThat(place).doesNotExist();
            }
          }
        });
  }
}
