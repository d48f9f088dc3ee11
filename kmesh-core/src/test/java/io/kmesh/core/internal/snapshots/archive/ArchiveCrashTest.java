// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.snapshots.SnapshotWorld;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An archive in a repository whose process ends anywhere, or whose replies get lost, with a prune
 * that writes packs again in the midst: what was told to be archived restores exactly, what was
 * removed is collected in the end, and nothing is left over.
 */
@Tag("crash")
class ArchiveCrashTest {
  private final MemoryStore template = MemoryStore.create();
  private PosixTree files;

  @BeforeEach
  void fill(@TempDir Path directory) throws IOException {
    files = JnaPosix.open(directory);
    try (ArchiveWorld world = new ArchiveWorld(files, template)) {
      world.archive(1, 1);
      world.archive(2, 2);
      world.archive(2, 42);
      world.archive(3, 3);
      world.archive(6, 6);
      world.remove(6);
    }
  }

  @AfterEach
  void close() throws IOException {
    files.close();
  }

  /** What may be in the archive of each file, by what was told. */
  private static final class Told {
    private static final Optional<Integer> NOTHING = Optional.empty();
    private final Map<Integer, Set<Optional<Integer>>> may = new TreeMap<>();

    Told() {
      may.put(1, Set.of(Optional.of(1)));
      may.put(2, Set.of(Optional.of(42)));
      may.put(3, Set.of(Optional.of(3)));
      may.put(4, Set.of(NOTHING));
      may.put(6, Set.of(NOTHING));
    }

    private interface Step {
      void run() throws IOException;
    }

    /** Until a step has ended a file may be as it was or as it will be. */
    void to(int file, Optional<Integer> after, Step step) throws IOException {
      may.put(file, Set.of(may.get(file).iterator().next(), after));
      step.run();
      may.put(file, Set.of(after));
    }
  }

  private void work(ObjectStore store, Told told) throws IOException {
    try (ArchiveWorld world = new ArchiveWorld(files, store)) {
      told.to(1, Optional.of(31), () -> world.archive(1, 31));
      told.to(2, Told.NOTHING, () -> world.remove(2));
      world.world().prune(0.95);
      told.to(4, Optional.of(44), () -> world.archive(4, 44));
      assertThat(world.restored(1)).contains(31);
      assertThat(world.restored(4)).contains(44);
    }
  }

  private void check(MemoryStore store, Told told) throws IOException {
    try (ArchiveWorld world = new ArchiveWorld(files, store)) {
      checkFiles(world, told);
      world.archive(5, 5);
      world.world().prune(0.9);
      world.world().prune(0);
      checkFiles(world, told);
      assertThat(world.restored(5)).contains(5);
      assertThat(world.world().check().damages()).isEmpty();
      world.world().requireTidy(store);
      for (int file = 1; file <= 6; file++) {
        world.removeAny(file);
      }
      world.world().prune(0);
      world.world().prune(0);
      assertThat(world.dataPacks()).as("packs of what was removed").isZero();
      world.world().requireTidy(store);
      assertThat(world.archive().archived(Optional.empty(), 10)).isEmpty();
    }
  }

  private static void checkFiles(ArchiveWorld world, Told told) throws IOException {
    for (Map.Entry<Integer, Set<Optional<Integer>>> file : told.may.entrySet()) {
      assertThat(world.restored(file.getKey())).as("file %d", file.getKey()).isIn(file.getValue());
    }
  }

  @Test
  void archiveRemovePruneRestore_crashAnywhere_losesNothing() throws IOException {
    CrashPoints.Report report =
        CrashPoints.enumerate(
            () ->
                new CrashPoints.Scenario() {
                  private final MemoryStore store = SnapshotWorld.copy(template);
                  private final Told told = new Told();

                  @Override
                  public void run(CrashPoint crashPoint) throws IOException {
                    work(CrashableStore.of(store, crashPoint), told);
                  }

                  @Override
                  public void recoverAndCheck(long seed) throws IOException {
                    check(store, told);
                  }
                },
            1);
    assertThat(report.operations()).isGreaterThan(60);
    assertThat(report.crashes()).isGreaterThan(report.operations());
  }

  @Test
  void archiveRemovePruneRestore_eachReplyLost_losesNothing() throws IOException {
    for (String method : List.of("put", "delete", "read", "head", "list")) {
      for (int call = 0; ; call++) {
        MemoryStore store = SnapshotWorld.copy(template);
        FaultInjector faults =
            FaultInjector.start(
                FaultPlan.on(method).after(call).loseReplyOnce(), ManualTime.create());
        Told told = new Told();
        try {
          work(FaultyObjectStore.of(store, faults), told);
        } catch (IOException e) {
          // A read has no unknown outcome; what was changed is settled.
          assertThat(method).as(e.getMessage()).isIn("read", "head", "list");
        }
        if (faults.injected() == 0) {
          break;
        }
        check(store, told);
      }
    }
  }
}
