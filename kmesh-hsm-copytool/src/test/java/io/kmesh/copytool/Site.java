// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.archive.ArchiveBackend;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.observe.KmeshEvent;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.Sha256;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.CopytoolAgent;
import io.kmesh.testkit.lustre.QueuedAction;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.observe.RecordingObserver;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * A simulated Lustre, a store and a state, for copytools under test. Coordinators run when a test
 * steps them, and time stands until a test moves it.
 */
final class Site implements AutoCloseable {
  static final ArchiveId ONE = ArchiveId.of(1);
  static final ArchiveId TWO = ArchiveId.of(2);

  /** How long, in real time, a test waits for the copytool's threads. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  final ManualTime time;
  final SimulatedLustre lustre;
  final MemoryStore store;
  final RecordingObserver observer = new RecordingObserver();
  MemoryState state;

  /** Weakly, since each holds its buffers and a test may bury a hundred. */
  private final Set<Copytool> copytools = Collections.newSetFromMap(new WeakHashMap<>());

  private Site(ManualTime time, SimulatedLustre lustre) {
    this.time = time;
    this.lustre = lustre;
    this.store = MemoryStore.builder().time(time).build();
    this.state = MemoryState.create(time);
  }

  static Site open(Path directory) throws IOException {
    ManualTime time = ManualTime.create();
    return new Site(
        time,
        SimulatedLustre.builder(directory.resolve("fs"))
            .caller(0, 0)
            .time(time)
            .seed(7)
            .coordinator(CoordinatorSettings.DEFAULTS.withMaxRequests(100))
            .open());
  }

  /** A copytool with two workers for archive 1 on the store. */
  Copytool.Builder copytool() {
    return copytool(lustre);
  }

  Copytool.Builder copytool(LustreBinding binding) {
    return bare(binding).store("ckpt", ONE, store);
  }

  /** A copytool for archive 1 on another store. */
  Copytool.Builder copytoolOn(ObjectStore other) {
    return bare(lustre).store("ckpt", ONE, other);
  }

  /** A copytool for archive 1 by a back end. */
  Copytool.Builder copytool(ArchiveBackend backend) {
    return copytool(lustre, backend);
  }

  Copytool.Builder copytool(LustreBinding binding, ArchiveBackend backend) {
    return bare(binding).archive(ONE, backend);
  }

  /** Closing does not wait, since time stands: what runs is parked. */
  private Copytool.Builder bare(LustreBinding binding) {
    return Copytool.builder(binding)
        .state(state)
        .observer(observer)
        .time(time)
        .closeTimeout(Duration.ZERO)
        .workers(2);
  }

  /** Starts a copytool, whose work counts as an action's until all of it is done. */
  Copytool start(Copytool.Builder builder) throws IOException {
    Copytool copytool = builder.start();
    copytools.add(copytool);
    return copytool;
  }

  // ---- files

  static byte[] bytes(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static Sha256 sha256(byte[] bytes) {
    try {
      return new Sha256(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  Fid write(String name, byte[] content) throws IOException {
    try (PosixFile file =
        lustre
            .tree()
            .openFile(
                PathBytes.of(name), Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
      ByteBuffer left = ByteBuffer.wrap(content);
      while (left.hasRemaining()) {
        file.write(left, left.position());
      }
    }
    return lustre.identity().fid(PathBytes.of(name));
  }

  /** The bytes of a file that is not released. */
  byte[] read(Fid fid) throws IOException {
    assertThat(has(fid, HsmFlag.RELEASED)).as("released").isFalse();
    try (PosixFile file = lustre.identity().open(fid, Set.of(OpenFlag.READ))) {
      ByteBuffer all = ByteBuffer.allocate((int) file.stat().size());
      while (all.hasRemaining() && file.read(all, all.position()) > 0) {
        continue;
      }
      return all.array();
    }
  }

  boolean has(Fid fid, HsmFlag flag) throws IOException {
    return lustre.hsm().state(fid).flags().contains(flag);
  }

  boolean isArchived(Fid fid) throws IOException {
    return lustre.hsm().state(fid).isArchivedAndClean();
  }

  // ---- requests

  void request(HsmActionKind action, ArchiveId archive, Fid... fids) throws IOException {
    lustre.hsm().request(HsmRequest.of(action, archive, List.of(fids)));
  }

  /** Asks for an action and lets it end, with retries' times passing. */
  void act(HsmActionKind action, Fid... fids) throws IOException {
    act(action, ONE, fids);
  }

  void act(HsmActionKind action, ArchiveId archive, Fid... fids) throws IOException {
    request(action, archive, fids);
    if (action != HsmActionKind.RELEASE) {
      untilQuiet();
    }
  }

  // ---- waiting

  interface Condition {
    boolean holds() throws IOException;
  }

  /** Steps the coordinators until something holds; time stands. */
  void until(String what, Condition condition) throws IOException {
    until(what, Duration.ZERO, condition);
  }

  /** Steps the coordinators until nothing waits or runs, a tenth of a second each time. */
  void untilQuiet() throws IOException {
    until("all actions have ended", Duration.ofMillis(100), this::isQuiet);
  }

  boolean isQuiet() {
    return lustre.coordinator().actions().stream().allMatch(a -> a.status().isFinal())
        && copytools.stream().allMatch(c -> c.status().running() == 0);
  }

  void until(String what, Duration passing, Condition condition) throws IOException {
    RunningTime clock = RunningTime.instance();
    long end = clock.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      lustre.coordinator().step();
      if (condition.holds()) {
        return;
      }
      assertThat(clock.nanoTime() < end)
          .as("%s; actions %s, events %s", what, lustre.coordinator().actions(), observer.events())
          .isTrue();
      if (!passing.isZero()) {
        time.advance(passing);
      }
      try {
        clock.sleep(Duration.ofMillis(1));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
  }

  /** The status of the last action on a file. */
  ActionStatus status(Fid fid) {
    return actions(fid).get(actions(fid).size() - 1).status();
  }

  List<QueuedAction> actions(Fid fid) {
    return lustre.coordinator().actions().stream().filter(a -> a.fid().equals(fid)).toList();
  }

  int slotsTaken() {
    return lustre.coordinator().mdts().stream()
        .mapToInt(lustre.coordinator()::activeRequests)
        .sum();
  }

  boolean saw(String event) {
    return !observer.events(event).isEmpty();
  }

  List<String> messages(String event) {
    return observer.events(event).stream().map(KmeshEvent::message).toList();
  }

  void awaitEvent(String event) throws IOException {
    until("an event " + event, Duration.ofMillis(100), () -> saw(event));
  }

  /** Kills the copytool's registration as the end of its process does. */
  void killRegistration() throws IOException {
    for (CopytoolAgent agent : lustre.coordinator().agents(0)) {
      lustre.coordinator().killCopytool(agent.uuid());
    }
  }

  @Override
  public void close() throws IOException {
    try {
      assertThat(lustre.coordinator().violations()).isEmpty();
    } finally {
      lustre.close();
    }
  }
}
