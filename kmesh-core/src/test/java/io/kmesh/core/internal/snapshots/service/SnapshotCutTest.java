// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.core.internal.snapshots.cut.StateQuiesceJournal;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.Credential;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotCut;
import io.kmesh.snapshots.SnapshotCutSpec;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.observe.RecordingObserver;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots of a directory and a Lustre at one moment, by the API. */
@Timeout(60)
class SnapshotCutTest {
  private static final Duration LIMIT = Duration.ofHours(1);

  private final ManualTime time = ManualTime.startingAt(Instant.now());
  private final MemoryState state = MemoryState.create(time);
  private final MemoryStore store = MemoryStore.create();
  private final MemoryStore second = MemoryStore.create();
  private final RecordingObserver observer = new RecordingObserver();
  private final MemoryKeys keys = new MemoryKeys();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Set<String> frozen = new ConcurrentSkipListSet<>();
  private SimulatedLustre lustre;
  private Kmesh kmesh;
  private Path accounts;
  private int moved;
  @TempDir Path directory;

  /** What a hook does besides. */
  private interface Step {
    void run() throws IOException, InterruptedException;
  }

  private Step freezing = () -> {};
  private Step thawing = () -> {};

  private final class Hook implements QuiesceHook {
    private final String name;

    Hook(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void freeze(String cut) throws IOException, InterruptedException {
      calls.add("freeze " + name);
      frozen.add(name);
      freezing.run();
    }

    @Override
    public void thaw(String cut) throws IOException, InterruptedException {
      calls.add("thaw " + name);
      thawing.run();
      frozen.remove(name);
    }
  }

  @BeforeEach
  void open() throws IOException {
    keys.make("site");
    lustre = SimulatedLustre.at(Files.createDirectory(directory.resolve("lustre")));
    accounts = Files.createDirectory(directory.resolve("accounts"));
    Files.createDirectory(lustre.fileSystem().getPath("/job"));
    transfer();
    kmesh = openKmesh("bank", "log");
    kmesh.repositories().init("repo");
    kmesh.repositories().init("second");
  }

  private Kmesh openKmesh(String... hooks) {
    Kmesh.Builder builder =
        Kmesh.builder()
            .state(state)
            .time(time)
            .observer(observer)
            .repository("repo", store, Credential.key(keys, "site"))
            .repository("second", second, Credential.key(keys, "site"));
    for (String hook : hooks) {
      builder.quiesceHook(new Hook(hook));
    }
    Kmesh opened = builder.build();
    opened.clusters().attach("lab", busy());
    return opened;
  }

  @AfterEach
  void close() throws IOException {
    kmesh.close();
    lustre.close();
    state.close();
    store.close();
    second.close();
    keys.close();
  }

  /** Moves one from an account on one site to an account on the other: the sum stays. */
  private void transfer() throws IOException {
    moved++;
    Files.writeString(accounts.resolve("mine"), Integer.toString(1000 - moved));
    Files.writeString(lustre.fileSystem().getPath("/job/yours"), Integer.toString(moved));
  }

  /** A Lustre at which a transfer happens whenever a directory is opened, unless writers rest. */
  private LustreBinding busy() {
    PosixTree tree =
        new ForwardingPosixTree() {
          @Override
          protected PosixTree delegate() {
            return lustre.tree();
          }

          @Override
          public PosixDirectory openDirectory(PathBytes path) throws IOException {
            if (frozen.isEmpty()) {
              transfer();
            }
            return super.openDirectory(path);
          }
        };
    return new ForwardingLustreBinding() {
      @Override
      protected LustreBinding delegate() {
        return lustre;
      }

      @Override
      public PosixTree tree() {
        return tree;
      }
    };
  }

  private Operation<SnapshotCut> start(Consumer<SnapshotCutSpec.Builder> options) {
    time.jump(Duration.ofSeconds(10));
    return kmesh
        .snapshots()
        .takeTogether(
            "cut",
            options.andThen(
                c ->
                    c.site(Endpoint.directory(accounts), s -> s.into("repo").tag("job", "42"))
                        .site(
                            kmesh.clusters().find("lab").orElseThrow().path("/job"),
                            s -> s.into("second").hold("paper", "figure 3"))));
  }

  private static int read(Snapshot snapshot, String file) throws IOException {
    try (FileSystem files = snapshot.fileSystem()) {
      return Integer.parseInt(Files.readString(files.getPath(file)));
    }
  }

  private static int sum(SnapshotCut cut) throws IOException {
    return read(cut.snapshots().get(0), "mine") + read(cut.snapshots().get(1), "yours");
  }

  private void requireNothing() throws IOException {
    assertThat(frozen).isEmpty();
    assertThat(kmesh.snapshots().list()).isEmpty();
    assertThat(new StateQuiesceJournal(state).left()).isEmpty();
  }

  private static ErrorKind failure(Operation<?> operation) {
    try {
      operation.await(LIMIT);
    } catch (KmeshException e) {
      return e.kind();
    }
    throw new AssertionError("It succeeded.");
  }

  @Test
  void takeTogether_withHooks_isWhole_andWithoutItIsTorn() throws IOException {
    SnapshotCut torn = start(c -> {}).await(LIMIT);
    assertThat(sum(torn)).isNotEqualTo(1000);
    Operation<SnapshotCut> operation = start(c -> c.hook("bank").hook("log"));
    SnapshotCut whole = operation.await(LIMIT);
    assertThat(sum(whole)).isEqualTo(1000);
    assertThat(calls).containsExactly("freeze bank", "freeze log", "thaw log", "thaw bank");
    assertThat(whole.snapshots()).extracting(s -> s.cut().orElseThrow()).containsOnly(whole.id());
    assertThat(whole.snapshots()).extracting(Snapshot::host).element(1).isEqualTo("lab");
    assertThat(whole.snapshots().get(1).holds()).containsKey("paper");
    assertThat(kmesh.snapshots().list()).hasSize(4).containsAll(whole.snapshots());
    assertThat(new StateQuiesceJournal(state).left()).isEmpty();
    kmesh.close();
    kmesh = openKmesh("bank", "log");
    assertThat(
            kmesh.operations().find(operation.id(), SnapshotCut.class).orElseThrow().await(LIMIT))
        .isEqualTo(whole);
  }

  @Test
  void takeTogether_aHookThatFails_publishesNothingAndThawsAll() throws IOException {
    freezing =
        () -> {
          if (frozen.contains("log")) {
            throw new IOException("the log is full.");
          }
        };
    Operation<SnapshotCut> operation = start(c -> c.hook("bank").hook("log"));
    assertThat(failure(operation)).isEqualTo(ErrorKind.TRANSIENT);
    assertThatThrownBy(() -> operation.await(LIMIT)).hasMessageContaining("the log is full");
    assertThat(calls).containsExactly("freeze bank", "freeze log", "thaw log", "thaw bank");
    requireNothing();
  }

  @Test
  void takeTogether_aHookThatOverruns_publishesNothingAndThawsAll() throws IOException {
    freezing =
        () -> {
          time.advance(Duration.ofSeconds(11));
          new CountDownLatch(1).await();
        };
    Operation<SnapshotCut> operation =
        start(c -> c.hook("bank").hookDeadline(Duration.ofSeconds(10)));
    assertThat(failure(operation)).isEqualTo(ErrorKind.TRANSIENT);
    assertThatThrownBy(() -> operation.await(LIMIT)).hasMessageContaining("PT10S");
    requireNothing();
    freezing = () -> time.advance(Duration.ofSeconds(61));
    Operation<SnapshotCut> slow =
        start(
            c ->
                c.hook("bank")
                    .hookDeadline(Duration.ofMinutes(5))
                    .frozenDeadline(Duration.ofMinutes(1)));
    assertThat(failure(slow)).isEqualTo(ErrorKind.TRANSIENT);
    requireNothing();
  }

  @Test
  void takeTogether_aThawThatFails_isTriedByTheNextCut() throws IOException {
    boolean[] isBroken = {true};
    thawing =
        () -> {
          if (isBroken[0]) {
            throw new IOException("no connection.");
          }
        };
    assertThat(failure(start(c -> c.hook("bank")))).isEqualTo(ErrorKind.TRANSIENT);
    assertThat(observer.events("snapshot.not-thawed"))
        .extracting(e -> e.subject())
        .contains("bank");
    assertThat(new StateQuiesceJournal(state).left()).hasSize(1);
    assertThat(kmesh.snapshots().list()).isEmpty();
    isBroken[0] = false;
    calls.clear();
    assertThat(sum(start(c -> c.hook("bank")).await(LIMIT))).isEqualTo(1000);
    assertThat(calls).containsExactly("thaw bank", "freeze bank", "thaw bank");
    assertThat(new StateQuiesceJournal(state).left()).isEmpty();
  }

  private void leave(String cut, String hook, String record) throws IOException {
    String id = cut + "/" + HexFormat.of().formatHex(hook.getBytes(StandardCharsets.UTF_8));
    state.apply(
        List.of(
            new StateChange.Put(
                new RecordKey(StateQuiesceJournal.KIND, id),
                "",
                0,
                record.getBytes(StandardCharsets.UTF_8),
                StateChange.ANY)));
  }

  @Test
  void takeTogether_overADamagedRecordOfWhatIsFrozen_thawsWhatItsKeyNames() throws IOException {
    leave("0123456789abcdef", "bank", "{\"format\":0,\"cut\":");
    assertThat(sum(start(c -> c.hook("bank")).await(LIMIT))).isEqualTo(1000);
    assertThat(calls).containsExactly("thaw bank", "freeze bank", "thaw bank");
    assertThat(new StateQuiesceJournal(state).left()).isEmpty();
  }

  @Test
  void takeTogether_overARecordOfANewerKmesh_failsEachTime_andHoldsUpNobody() throws IOException {
    String record = "{\"format\":1,\"cut\":\"0123456789abcdef\",\"hook\":\"bank\"}";
    leave("0123456789abcdef", "bank", record);
    for (int i = 0; i < 2; i++) {
      Operation<SnapshotCut> operation = start(c -> c.hook("bank"));
      assertThat(failure(operation)).isEqualTo(ErrorKind.INVALID);
      assertThatThrownBy(() -> operation.await(LIMIT)).hasMessageContaining("it has format 1");
    }
    assertThat(calls).isEmpty();
    new StateQuiesceJournal(state).thawed("0123456789abcdef", new Hook("bank"));
    assertThat(sum(start(c -> c.hook("bank")).await(LIMIT))).isEqualTo(1000);
  }

  @Test
  void anOpening_thawsWhatAKilledProcessLeftFrozen_byTheHookOfItsName() throws Exception {
    kmesh.close();
    new StateQuiesceJournal(state).freezing("0123456789abcdef", new Hook("bank"));
    frozen.add("bank");
    kmesh = openKmesh("log");
    assertThat(frozen).containsExactly("bank");
    kmesh.close();
    kmesh = openKmesh("bank");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!new StateQuiesceJournal(state).left().isEmpty()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
    assertThat(frozen).isEmpty();
    assertThat(calls).containsExactly("thaw bank");
  }

  @Test
  void takeTogether_whatCantBe_isRefusedAtOnce() {
    assertThatThrownBy(() -> start(c -> c.hook("other")))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND))
        .hasMessageContaining("[bank, log]");
    assertThatThrownBy(() -> start(c -> c.site(Endpoint.directory(accounts), s -> {})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("each once");
    assertThatThrownBy(() -> start(c -> c.hook("bank").hook("bank")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> start(c -> c.frozenDeadline(Duration.ZERO)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Kmesh.builder().quiesceHook(new Hook("a")).quiesceHook(new Hook("a")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
