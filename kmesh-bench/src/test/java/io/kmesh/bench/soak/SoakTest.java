// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.soak;

import static io.kmesh.Durability.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Cluster;
import io.kmesh.Kmesh;
import io.kmesh.copytool.Copytool;
import io.kmesh.engine.EngineTime;
import io.kmesh.lustre.HsmReport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.state.SqliteState;
import io.kmesh.store.DirectoryStore;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.LastUnlink;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The main job's calls, mixed, by several threads, for {@code kmesh.soak.minutes} (15), over a
 * store that fails now and then and copytools that come and go. At the end every byte is compared.
 */
@Tag("soak")
class SoakTest {
  private static final double MINUTES =
      Double.parseDouble(System.getProperty("kmesh.soak.minutes", "15"));
  private static final long SEED = Long.getLong("kmesh.soak.seed", 20261121L);
  private static final int THREADS = 6;
  private static final int SAMPLES = 12;
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private final KmeshTime time = EngineTime.system();

  @Test
  @Timeout(value = 24, unit = TimeUnit.HOURS)
  void everything_whenItLasts_staysRightAndSteady(@TempDir Path directory) throws Exception {
    System.out.printf("soak: %.1f minutes, seed %d%n", MINUTES, SEED);
    Vitals vitals = new Vitals();
    try (SimulatedLustre lustre =
            SimulatedLustre.builder(directory.resolve("lustre"))
                .coordinator(
                    CoordinatorSettings.DEFAULTS
                        .withMaxRequests(16)
                        .withGraceDelay(Duration.ofSeconds(1))
                        .withLoopPeriod(Duration.ofSeconds(1))
                        // A slot that a gone copytool left behind is free again soon.
                        .withActiveRequestTimeout(Duration.ofSeconds(20))
                        .withLastUnlink(LastUnlink.REMOVE_ARCHIVE))
                .open();
        SqliteState state = SqliteState.at(directory.resolve("kmesh.db"));
        DirectoryStore directoryStore = DirectoryStore.at(directory.resolve("store"));
        FlakyStore store = new FlakyStore(directoryStore, SEED);
        Kmesh kmesh = Kmesh.builder().state(state).store("ckpt", store).build()) {
      Cluster lab = kmesh.clusters().attach("lab", lustre);
      List<OwnFiles> all = new ArrayList<>();
      try (PosixDirectory root = lustre.tree().openDirectory(PathBytes.EMPTY)) {
        for (int i = 0; i < THREADS; i++) {
          PathBytes name = PathBytes.of("thread-" + i);
          root.makeDirectory(name, 0755);
          all.add(new OwnFiles(lustre.tree(), lab.hsm(), name, SEED + i));
        }
      }
      run(lustre, state, kmesh, all, vitals);
      finish(lustre, state, kmesh, lab, all);
      assertThat(directoryStore.listUploads("").toCompletableFuture().join()).isEmpty();
      assertThat(state.verify()).isPositive();
      report(all, store);
      vitals.take();
      vitals.assertSteady();
      assertThat(lustre.inodesInUse()).as("open handles in the simulator").isZero();
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("kmesh-copytool") || name.startsWith("kmesh-store-c"));
  }

  private void run(
      SimulatedLustre lustre, SqliteState state, Kmesh kmesh, List<OwnFiles> all, Vitals vitals)
      throws Exception {
    AtomicBoolean isOver = new AtomicBoolean();
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    List<Future<?>> threads = new ArrayList<>();
    try {
      for (OwnFiles files : all) {
        threads.add(
            pool.submit(
                () -> {
                  while (!isOver.get()) {
                    files.step();
                  }
                  return null;
                }));
      }
      for (int i = 0; i < SAMPLES && threads.stream().noneMatch(Future::isDone); i++) {
        try (Copytool copytool = copytool(lustre, state, kmesh)) {
          long until = time.nanoTime() + (long) (MINUTES * 60e9 / SAMPLES);
          while (time.nanoTime() < until && threads.stream().noneMatch(Future::isDone)) {
            time.sleep(Duration.ofMillis(200));
          }
          System.out.printf("soak: %s %s%n", vitals.take(), copytool.status());
        }
      }
      isOver.set(true);
      try (Copytool copytool = copytool(lustre, state, kmesh)) {
        for (Future<?> thread : threads) {
          thread.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
        assertThat(copytool.status()).isNotNull();
      }
    } finally {
      isOver.set(true);
      pool.shutdownNow();
    }
  }

  private static Copytool copytool(SimulatedLustre lustre, SqliteState state, Kmesh kmesh)
      throws Exception {
    return Copytool.builder(lustre)
        .state(state)
        .stores(kmesh.stores())
        .workers(12)
        .heartbeat(Duration.ofSeconds(4))
        .start();
  }

  /** Archives what is there, drops it from the disks, reads all back and compares. */
  private void finish(
      SimulatedLustre lustre, SqliteState state, Kmesh kmesh, Cluster lab, List<OwnFiles> all)
      throws Exception {
    try (Copytool copytool = copytool(lustre, state, kmesh)) {
      long files = all.stream().mapToLong(OwnFiles::size).sum();
      HsmReport archived = lab.hsm().archiveTree("/", a -> a.durability(REMOTE)).await(LIMIT);
      assertThat(archived.failed()).as("%s", archived).isZero();
      assertThat(archived.done() + archived.unchanged()).isEqualTo(files);
      HsmReport released = lab.hsm().release("/").await(LIMIT);
      assertThat(released.failed()).as("%s", released).isZero();
      for (OwnFiles own : all) {
        own.verifyAll();
      }
      assertThat(copytool.status().running()).isLessThan(100);
    }
  }

  private static void report(List<OwnFiles> all, FlakyStore store) {
    Map<String, Long> sums = new TreeMap<>();
    all.forEach(own -> own.done().forEach((what, n) -> sums.merge(what, n, Long::sum)));
    System.out.printf("soak: %s, %d faults of the store%n", sums, store.faults());
    assertThat(sums).containsKeys("create", "rewrite", "archive", "release", "read", "unlink");
    assertThat(store.faults()).isPositive();
  }
}
