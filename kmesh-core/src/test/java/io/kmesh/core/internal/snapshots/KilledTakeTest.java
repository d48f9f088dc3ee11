// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.chunk.Coding;
import io.kmesh.core.internal.repository.collect.Collector;
import io.kmesh.core.internal.repository.index.ChunkIndex;
import io.kmesh.core.internal.repository.index.PackFrames;
import io.kmesh.core.internal.repository.index.RunFile;
import io.kmesh.core.internal.repository.session.ChunkWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A take that is killed and begun again. */
class KilledTakeTest {
  private static final String ID = "00112233445566aa";
  private static final int FILES = 40;
  private static final int SIZE = 300_000;
  private static final int SMALL = 20_000;

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

  /** Counts the bytes that are put. */
  private static final class MeteredStore extends ForwardingObjectStore {
    private final ObjectStore real;
    private final AtomicLong bytes = new AtomicLong();

    MeteredStore(ObjectStore real) {
      this.real = real;
    }

    @Override
    protected ObjectStore delegate() {
      return real;
    }

    @Override
    public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
      bytes.addAndGet(body.remaining());
      return real.put(key, body, options);
    }
  }

  /** The bytes of the packs that a head names. */
  private static long named(SnapshotWorld world) throws IOException {
    long sum = 0;
    for (RunFile run : Session.index(world.domain(), world.domain().heads().newest()).runs()) {
      sum += run.packs().stream().mapToLong(PackFrames::size).sum();
    }
    return sum;
  }

  /** Writes chunks as a long scan does: what is stored is made findable now and then. */
  private static List<ChunkName> write(SnapshotWorld world, int chunks) throws IOException {
    List<ChunkName> names = new ArrayList<>();
    try (Session session =
            Session.begin(
                world.domain(), RandomIds.session(), 0, "h", List.of(), SnapshotWorld.TINY);
        ChunkWriter writer = session.chunkWriter()) {
      for (int i = 0; i < chunks; i++) {
        names.add(writer.write(HostileTree.random(i, SMALL), 0, SMALL, Coding.SMALL_FILES));
        writer.flush();
        if (i % 4 == 3) {
          session.publish(h -> h);
        }
      }
      session.publishAndEnd(h -> h);
    }
    return names;
  }

  @Test
  @Tag("crash")
  void session_killedAtAnyStoreCall_isAdopted_uploadsWhatWasSettledNoSecondTime()
      throws IOException {
    int chunks = 12;
    MeteredStore whole = new MeteredStore(MemoryStore.create());
    write(SnapshotWorld.in(whole), chunks);
    int[] settledKills = {0};
    CrashPoints.Report report =
        CrashPoints.enumerate(
            () ->
                new CrashPoints.Scenario() {
                  private final MemoryStore store = MemoryStore.create();

                  @Override
                  public void run(CrashPoint crashPoint) throws IOException {
                    write(SnapshotWorld.in(CrashableStore.of(store, crashPoint)), chunks);
                  }

                  @Override
                  public void recoverAndCheck(long seed) throws IOException {
                    MeteredStore metered = new MeteredStore(store);
                    SnapshotWorld world = SnapshotWorld.in(metered);
                    long settled = named(world);
                    boolean isOpen = !world.domain().heads().newest().sessions().isEmpty();
                    if (isOpen) {
                      // One that does not take the killed one for dead lets it all stay.
                      collector(world).run();
                    }
                    metered.bytes.set(0);

                    List<ChunkName> names = write(world, chunks);

                    assertThat(metered.bytes.get())
                        .as("bytes put when %d were settled", settled)
                        .isLessThan(whole.bytes.get() + SMALL - settled * 9 / 10);
                    settledKills[0] += settled > 0 && isOpen ? 1 : 0;
                    checkContent(world, names);
                    world.prune(0);
                    world.prune(0);
                    world.requireTidy(store);
                    assertThat(SnapshotWorld.content(store)).as("no root names it").isEmpty();
                  }
                },
            1);
    assertThat(report.operations()).isGreaterThan(chunks);
    assertThat(settledKills[0]).isGreaterThan(chunks);
  }

  private static Collector collector(SnapshotWorld world) {
    return new Collector(
        world.domain(),
        SnapshotStore.READERS,
        new Collector.Settings(0.9, s -> false, 0, "other"),
        Retrier.Check.NONE);
  }

  private static void checkContent(SnapshotWorld world, List<ChunkName> names) throws IOException {
    ChunkIndex index = Session.index(world.domain(), world.domain().heads().newest());
    try (ChunkReader reader = new ChunkReader(world.domain(), index, 1 << 20)) {
      for (int i = 0; i < names.size(); i++) {
        assertThat(reader.read(names.get(i))).isEqualTo(HostileTree.random(i, SMALL));
      }
    }
  }
}
