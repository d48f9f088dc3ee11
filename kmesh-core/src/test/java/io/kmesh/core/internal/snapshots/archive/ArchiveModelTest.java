// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.collect.Collector;
import io.kmesh.core.internal.snapshots.InterleavedStore;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.SnapshotWorld;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.DeterministicScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Copytools of several processes that archive, remove and restore, and collectors, one of which
 * ends the sessions of the living, take turns at each call of the store, in an order that a seed
 * decides.
 */
class ArchiveModelTest {
  private static final int FILES = 4;

  /** One run. */
  private static final class World implements AutoCloseable {
    private final MemoryStore store = MemoryStore.create();
    private final DeterministicScheduler scheduler;
    private final Random random;
    private final int sleeps;
    private final Path folder;
    private final PosixTree files;

    /** What each file has, by what was told. */
    private final Map<Integer, Optional<Integer>> told = new HashMap<>();

    private int working;

    World(long seed, int sleeps) throws IOException {
      this.scheduler = new DeterministicScheduler(seed);
      this.random = new Random(seed);
      this.sleeps = sleeps;
      this.folder = Files.createTempDirectory("kmesh-model");
      this.files = JnaPosix.open(folder);
    }

    private interface Task {
      void run(ArchiveWorld world) throws IOException, InterruptedException;
    }

    private void start(String name, Task task) {
      scheduler.start(
          name,
          () -> {
            try (ArchiveWorld world =
                new ArchiveWorld(files, new InterleavedStore(store, scheduler, random, sleeps))) {
              task.run(world);
            } catch (IOException | InterruptedException e) {
              throw new AssertionError(name + ": " + e, e);
            }
          });
    }

    private void rest(int milliseconds) throws InterruptedException {
      scheduler.time().sleep(Duration.ofMillis(1 + random.nextInt(milliseconds)));
    }

    /** Works on files of its own, as no two actions of one file run at once. */
    void copytool(int number, int actions) {
      working++;
      start(
          "copytool" + number,
          world -> {
            try {
              for (int i = 0; i < actions; i++) {
                rest(8);
                int file = number * FILES + random.nextInt(FILES);
                if (random.nextInt(3) == 0) {
                  again(() -> world.removeAny(file));
                  told.put(file, Optional.empty());
                } else {
                  int seed = random.nextInt(30);
                  again(() -> world.archive(file, seed));
                  told.put(file, Optional.of(seed));
                }
                assertThat(world.restored(file)).isEqualTo(told.get(file));
              }
            } finally {
              working--;
            }
          });
    }

    private interface Action {
      void run() throws IOException;
    }

    /** As a copytool does: what did not happen, or may have, is done once more. */
    private static void again(Action action) throws IOException {
      for (int tries = 1; ; tries++) {
        try {
          action.run();
          return;
        } catch (ProviderException e) {
          if (e.kind() != ErrorKind.TRANSIENT || tries == 50) {
            throw e;
          }
        }
      }
    }

    /** Restores whatever is there: the bytes are of one content, see {@link ArchiveWorld}. */
    void restorer() {
      start(
          "restorer",
          world -> {
            while (working > 0) {
              rest(8);
              world.restored(random.nextInt(2 * FILES));
            }
          });
    }

    void collector(String name, int endsOfHundred) {
      start(
          name,
          world -> {
            while (working > 0) {
              rest(15);
              try {
                new Collector(
                        world.world().domain(),
                        SnapshotStore.READERS,
                        new Collector.Settings(
                            random.nextDouble(), s -> random.nextInt(100) < endsOfHundred, 0, name),
                        Retrier.Check.NONE)
                    .run();
              } catch (ProviderException e) {
                // The session in which it writes packs again was ended by the other one.
                assertThat(e.kind()).as(e.getMessage()).isEqualTo(ErrorKind.PRECONDITION);
              }
            }
          });
    }

    void checkAtTheEnd() throws IOException {
      try (ArchiveWorld world = new ArchiveWorld(files, store)) {
        checkFiles(world);
        world.world().prune(1.0);
        world.world().prune(0);
        checkFiles(world);
        assertThat(world.world().check().damages()).isEmpty();
        world.world().requireTidy(store);
        for (int file : told.keySet()) {
          world.removeAny(file);
        }
        world.world().prune(0);
        world.world().prune(0);
        assertThat(world.dataPacks()).isZero();
      }
    }

    private void checkFiles(ArchiveWorld world) throws IOException {
      for (Map.Entry<Integer, Optional<Integer>> file : told.entrySet()) {
        assertThat(world.restored(file.getKey())).isEqualTo(file.getValue());
      }
    }

    @Override
    public void close() throws IOException {
      files.close();
      SnapshotWorld.delete(folder);
    }
  }

  @Property(tries = 12)
  void anyInterleaving_losesNothing(
      @ForAll long seed,
      @ForAll @IntRange(max = 15) int sleeps,
      @ForAll @IntRange(max = 30) int ends,
      @ForAll @IntRange(max = 7) int tasks)
      throws IOException {
    try (World world = new World(seed, sleeps)) {
      world.copytool(0, 8);
      world.copytool(1, 8);
      if ((tasks & 1) == 0) {
        world.collector("ending", ends);
      }
      if ((tasks & 2) == 0) {
        world.collector("patient", 0);
      }
      if ((tasks & 4) == 0) {
        world.restorer();
      }
      world.scheduler.runUntilIdle();
      world.checkAtTheEnd();
    }
  }
}
