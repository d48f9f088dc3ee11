// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A take that is killed and begun again. */
class KilledTakeTest {
  private static final String ID = "00112233445566aa";
  private static final int FILES = 40;
  private static final int SIZE = 300_000;

  /** So that several uploads are as long as a wait of who gives the work. */
  private static final Duration UPLOAD = Duration.ofMillis(30);

  @TempDir Path directory;

  private static SnapshotStore.Taken take(SnapshotWorld world, PosixTree tree) throws IOException {
    return world
        .snapshots()
        .take(
            ID,
            Map.of(),
            new SnapshotStore.Request(
                tree, PathBytes.EMPTY, "it", "src", Map.of(), ContentGate.OPEN, false, List.of()),
            new ScanTally(),
            Retrier.Check.NONE);
  }

  private static long packBytes(MemoryStore store) throws IOException {
    long sum = 0;
    for (String key : store.keys()) {
      sum += key.contains("/packs/") ? SnapshotWorld.bytes(store, key).length : 0;
    }
    return sum;
  }

  @Test
  void take_begunAgain_uploadsLittleASecondTime_alsoWhenCollectedBetween() throws IOException {
    try (PosixTree tree = JnaPosix.open(directory);
        MemoryStore store = MemoryStore.create();
        MemoryStore whole = MemoryStore.create()) {
      for (int i = 0; i < FILES; i++) {
        SnapshotWorld.write(tree, "f" + i, i, SIZE);
      }
      take(SnapshotWorld.in(whole), tree);
      FaultPlan plan =
          FaultPlan.on("put")
              .matching("/packs/")
              .delay(UPLOAD)
              .and("put")
              .matching("/packs/")
              .crashAt(FILES - 4);
      FaultyObjectStore killed = FaultyObjectStore.of(store, plan, RunningTime.instance());
      assertThatThrownBy(() -> take(SnapshotWorld.in(killed), tree))
          .hasStackTraceContaining(SimulatedCrash.class.getName());
      long before = packBytes(store);
      assertThat(before).isGreaterThan(FILES / 2 * (long) SIZE);

      MemoryStore collected = SnapshotWorld.copy(store);
      SnapshotWorld.in(collected).prune(0);
      assertThat(packBytes(collected)).as("nothing names it").isZero();
      take(SnapshotWorld.in(collected), tree);
      assertThat(packBytes(collected)).isLessThanOrEqualTo(packBytes(whole) * 11 / 10);

      SnapshotWorld world = SnapshotWorld.in(store);
      SnapshotStore.Taken taken = take(world, tree);
      assertThat(taken.stored()).as("uploaded by the second").isLessThan(packBytes(whole) / 2);
      assertThat(world.domain().heads().newest().sessions()).isEmpty();
      assertThat(take(world, tree).manifest()).as("taken once").isEqualTo(taken.manifest());
      world.prune(0);
      world.prune(0);
      assertThat(world.check().damages()).isEmpty();
      assertThat(world.restored(ID)).isEqualTo(SnapshotWorld.facts(tree));
    }
  }
}
