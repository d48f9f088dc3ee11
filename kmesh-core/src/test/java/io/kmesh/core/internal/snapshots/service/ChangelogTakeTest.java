// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.OperationId;
import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.Credential;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyLustre;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.lustre.ChangelogAdmin;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots by changelog, by the API. */
class ChangelogTakeTest {
  private static final Duration LIMIT = Duration.ofHours(1);

  private final ManualTime time = ManualTime.startingAt(Instant.now().plus(Duration.ofHours(1)));
  private final MemoryState state = MemoryState.create(time);
  private final MemoryStore store = MemoryStore.create();
  private final MemoryKeys keys = new MemoryKeys();
  private final Map<Integer, String> users = new TreeMap<>();
  private SimulatedLustre lustre;
  private FaultyLustre counted;
  private Kmesh kmesh;
  @TempDir Path directory;

  @BeforeEach
  void open() throws IOException {
    keys.make("site");
    lustre =
        SimulatedLustre.builder(Files.createDirectory(directory.resolve("lustre")))
            .mdts(2, DataSize.ofGib(1))
            .time(time)
            .open();
    for (int mdt : lustre.identity().mdts()) {
      users.put(mdt, lustre.changelogAdmin().register(mdt, Optional.empty()));
    }
    counted = FaultyLustre.of(lustre, FaultPlan.none(), time);
    LustreIdentity identity = counted.identity();
    LustreBinding binding =
        new ForwardingLustreBinding() {
          @Override
          protected LustreBinding delegate() {
            return lustre;
          }

          @Override
          public LustreIdentity identity() {
            return identity;
          }
        };
    kmesh = openKmesh(binding);
    kmesh.repositories().init("repo");
  }

  private Kmesh openKmesh(LustreBinding binding) {
    Kmesh opened =
        Kmesh.builder()
            .state(state)
            .time(time)
            .repository("repo", store, Credential.key(keys, "site"))
            .build();
    opened.clusters().attach("lab", binding);
    opened.clusters().attach("audit", lustre);
    return opened;
  }

  @AfterEach
  void close() throws IOException {
    kmesh.close();
    lustre.close();
    state.close();
    store.close();
    keys.close();
  }

  private Path file(String path) {
    return lustre.fileSystem().getPath("/job").resolve(path);
  }

  private void write(String path, String text) throws IOException {
    Files.createDirectories(file(path).getParent());
    Files.writeString(file(path), text);
  }

  private Endpoint job(String cluster) {
    return kmesh.clusters().find(cluster).orElseThrow().path("/job");
  }

  private Snapshot take(String name) {
    time.jump(Duration.ofMinutes(1));
    return kmesh
        .snapshots()
        .take(name, job("lab"), s -> users.forEach(s.exclude("*.tmp")::changelogUser))
        .await(LIMIT);
  }

  private void requireScanFinds(Snapshot snapshot) {
    Snapshot scan =
        kmesh.snapshots().take("scan", job("audit"), s -> s.exclude("*.tmp")).await(LIMIT);
    assertThat(snapshot.diff(scan)).isEmpty();
    assertThat(snapshot.files()).isEqualTo(scan.files());
    assertThat(snapshot.directories()).isEqualTo(scan.directories());
    assertThat(snapshot.bytes()).isEqualTo(scan.bytes());
  }

  private long identityCalls() {
    return counted.faults().calls().values().stream().mapToLong(Long::longValue).sum();
  }

  /** Makes files of some bytes each, a hundred in a directory. */
  private void fill(int files) throws IOException {
    for (int i = 0; i < files; i++) {
      write("d" + i / 100 + "/f" + i % 100, "content " + i);
    }
  }

  /** Changes the content of files here and there, moves one directory, and removes one file. */
  private void change(int count) throws IOException {
    for (int i = 0; i < count - 2; i++) {
      write("d" + i + "/f7", "changed");
    }
    try (PosixDirectory job = lustre.tree().openDirectory(PathBytes.of("job"))) {
      PathBytes from = PathBytes.of("d" + (count - 2));
      job.rename(from, job, PathBytes.of("moved"), RenameMode.NO_REPLACE);
    }
    Files.delete(file("moved/f3"));
  }

  @Test
  void take_tenChangesInTwoThousandFiles_isWhatAScanFinds() throws IOException {
    fill(2_000);
    Snapshot first = take("first");
    assertThat(first.scanReason().orElse("")).contains("no snapshot before");
    requireScanFinds(first);
    change(10);
    write("d1/x.tmp", "left out");
    Snapshot[] taken = new Snapshot[1];
    long[] cost = cost(() -> taken[0] = take("second"));
    Snapshot second = taken[0];
    assertThat(second.scanReason()).isEmpty();
    assertThat(cost[0]).isPositive().isLessThan(200);
    assertThat(cost[1]).isLessThan(60);
    assertThat(second.files()).isEqualTo(1_999);
    requireScanFinds(second);
  }

  @Test
  @Tag("scale")
  void take_fiftyChangesInAHundredThousandFiles_costsWhatChanged() throws IOException {
    fill(100_000);
    long[] scan = cost(() -> take("first"));
    change(50);
    Snapshot[] second = new Snapshot[1];
    long[] changes = cost(() -> second[0] = take("second"));
    System.out.printf(
        "100,000 files: %d identity calls, %d store reads, %.1f s;"
            + " 50 changes: %d identity calls, %d store reads, %.2f s%n",
        scan[0], scan[1], scan[2] / 1e9, changes[0], changes[1], changes[2] / 1e9);
    assertThat(second[0].scanReason()).isEmpty();
    assertThat(changes[0]).isPositive().isLessThan(5 * 50);
    assertThat(changes[1]).isLessThan(50);
    requireScanFinds(second[0]);
  }

  /** Calls to the file system's identity, reads of the store, and nanoseconds. */
  private long[] cost(Runnable work) {
    long calls = identityCalls();
    long reads = store.requests("read");
    long begin = SystemTime.INSTANCE.nanoTime();
    work.run();
    return new long[] {
      identityCalls() - calls,
      store.requests("read") - reads,
      SystemTime.INSTANCE.nanoTime() - begin
    };
  }

  @Test
  void records_areClearedWhenTheyAreInAPublishedSnapshot_andNotBefore() throws IOException {
    fill(300);
    take("first");
    Map<Integer, Long> cleared = cleared();
    assertThat(cleared.values()).allMatch(index -> index > 0);
    write("d0/f0", "changed");
    write("d1/f0", "changed");
    store.close(); // nothing can be published
    assertThatThrownBy(() -> take("second")).isInstanceOf(KmeshException.class);
    assertThat(cleared()).isEqualTo(cleared);
  }

  private Map<Integer, Long> cleared() throws IOException {
    Map<Integer, Long> cleared = new TreeMap<>();
    for (Map.Entry<Integer, String> user : users.entrySet()) {
      for (ChangelogAdmin.User one : lustre.changelogAdmin().users(user.getKey())) {
        if (one.id().equals(user.getValue())) {
          cleared.put(user.getKey(), one.cleared());
        }
      }
    }
    return cleared;
  }

  @Test
  void aGap_isScanned_andWhyIsInTheResult() throws IOException {
    fill(300);
    take("first");
    write("d0/f0", "changed");
    for (Map.Entry<Integer, String> user : users.entrySet()) {
      lustre.changelogs().clear(user.getKey(), user.getValue(), 0); // somebody else's doing
    }
    write("d1/f0", "changed");
    write("d2/f0", "changed");
    time.jump(Duration.ofMinutes(1));
    OperationId id =
        kmesh
            .snapshots()
            .take("second", job("lab"), s -> users.forEach(s.exclude("*.tmp")::changelogUser))
            .id();
    Snapshot second = kmesh.operations().find(id, Snapshot.class).orElseThrow().await(LIMIT);
    assertThat(second.scanReason().orElse("")).contains("does not go back");
    requireScanFinds(second);
    write("d2/f1", "changed");
    Snapshot third = take("third");
    assertThat(third.scanReason()).isEmpty();
    requireScanFinds(third);
    Snapshot all =
        kmesh
            .snapshots()
            .take("all", job("lab"), s -> users.forEach(s.readEverything()::changelogUser))
            .await(LIMIT);
    assertThat(all.scanReason().orElse("")).contains("everything");
    kmesh.close();
    kmesh = openKmesh(lustre);
    assertThat(kmesh.operations().find(id, Snapshot.class).orElseThrow().await(LIMIT))
        .isEqualTo(second);
  }

  @Test
  void aBindingWithoutChangelogs_isRefused() throws IOException {
    write("f", "content");
    kmesh
        .clusters()
        .attach(
            "bare",
            new ForwardingLustreBinding() {
              @Override
              protected LustreBinding delegate() {
                return lustre;
              }

              @Override
              public Set<LustreCapability> capabilities() {
                return EnumSet.complementOf(EnumSet.of(LustreCapability.CHANGELOGS));
              }
            });
    assertThatThrownBy(
            () ->
                kmesh
                    .snapshots()
                    .take("x", job("bare"), s -> users.forEach(s::changelogUser))
                    .await(LIMIT))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED));
    assertThatThrownBy(
            () ->
                kmesh
                    .snapshots()
                    .take("x", Endpoint.directory(directory), s -> s.changelogUser(0, "cl1")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no path of a Lustre");
  }
}
