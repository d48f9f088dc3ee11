// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.objects.DomainObjects;
import io.kmesh.core.internal.repository.objects.Sealer;
import io.kmesh.core.internal.snapshots.InterleavedStore;
import io.kmesh.core.internal.snapshots.SnapshotWorld;
import io.kmesh.engine.EngineTime;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.DeterministicScheduler;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Heads under committers that run one at a time, in any order, and sleep where it hurts. */
class HeadLogTest {
  private static final ChunkName CHUNK = new ChunkName(1, 2, 3);

  /** Heads without their seal: nothing here is about ciphers. */
  private static final Sealer OPEN =
      new Sealer() {
        @Override
        public byte[] seal(int kind, String key, byte[] content) {
          return content;
        }

        @Override
        public byte[] open(int kind, String key, byte[] sealed) {
          return sealed;
        }
      };

  private static HeadLog log(ObjectStore store) {
    return new HeadLog(
        new DomainObjects(
            store, "d/", SnapshotWorld.retrier(3), EngineTime.system(), RandomIds.attempt()),
        OPEN,
        RandomIds::attempt);
  }

  private static Head increment(Head head, String name) {
    long count = head.root("count", name).map(Head.Root::time).orElse(0L);
    return head.withRoot(new Head.Root("count", name, name, count + 1, CHUNK, Map.of()));
  }

  private static long count(Head head) {
    return head.roots().stream().mapToLong(Head.Root::time).sum();
  }

  @Property(tries = 40)
  void commit_byMany_losesNothingAndMakesNothingTwice(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 5) int committers,
      @ForAll @IntRange(min = 1, max = 40) int each,
      @ForAll @IntRange(max = 30) int sleeps) {
    MemoryStore store = MemoryStore.create();
    DeterministicScheduler scheduler = new DeterministicScheduler(seed);
    Random random = new Random(seed);
    List<String> unknown = new ArrayList<>();
    for (int c = 0; c < committers; c++) {
      String name = "c" + c;
      HeadLog log = log(new InterleavedStore(store, scheduler, random, sleeps));
      scheduler.start(
          name,
          () -> {
            for (int i = 1; i <= each; i++) {
              try {
                Head head = log.commit(h -> increment(h, name));
                assertThat(head.root("count", name).orElseThrow().time()).isEqualTo(i);
              } catch (ProviderException e) {
                // So much later that no head tells any more: said, not guessed.
                if (e.kind() != ErrorKind.UNKNOWN_OUTCOME) {
                  throw new AssertionError(name, e);
                }
                unknown.add(name);
                return;
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            }
          });
    }
    scheduler.runUntilIdle();

    try {
      Head newest = log(store).newest();
      if (unknown.isEmpty()) {
        assertThat(count(newest)).isEqualTo((long) committers * each);
      }
      assertThat(newest.generation()).isEqualTo(count(newest));
      assertThat(store.keys()).hasSizeLessThan(32 + 8 + 1 + committers);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static HeadLog leased(
      MemoryStore store, DeterministicScheduler scheduler, Random random, int sleeps) {
    return new HeadLog(
        new DomainObjects(
            new InterleavedStore(store, scheduler, random, sleeps),
            "d/",
            SnapshotWorld.retrier(3),
            scheduler.time(),
            RandomIds.attempt()),
        OPEN,
        RandomIds::attempt);
  }

  private static MemoryStore withoutConditions() {
    return MemoryStore.builder().without(StoreCapability.CONDITIONAL_CREATE).build();
  }

  /** The lease's own proof: without conditions there is nothing else. */
  @Property(tries = 20)
  void commit_byManyUnderALease_losesNothing(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 4) int committers,
      @ForAll @IntRange(min = 1, max = 6) int each,
      @ForAll @IntRange(max = 30) int sleeps)
      throws IOException {
    MemoryStore store = withoutConditions();
    DeterministicScheduler scheduler = new DeterministicScheduler(seed);
    Random random = new Random(seed);
    for (int c = 0; c < committers; c++) {
      String name = "c" + c;
      HeadLog log = leased(store, scheduler, random, sleeps);
      scheduler.start(
          name,
          () -> {
            try {
              for (int i = 1; i <= each; i++) {
                Head head = log.commit(h -> increment(h, name));
                assertThat(head.root("count", name).orElseThrow().time()).isEqualTo(i);
              }
            } catch (IOException e) {
              throw new AssertionError(name, e);
            }
          });
    }
    scheduler.runUntilIdle();
    Head newest = leased(store, scheduler, random, 0).newest();
    assertThat(count(newest)).isEqualTo((long) committers * each);
    assertThat(newest.generation()).isEqualTo(count(newest));
    assertThat(store.keys()).noneMatch(key -> key.contains("lease/"));
  }

  @Test
  void commit_underALeaseOfADeadWriter_goesOnWhenItDidNotChangeForLong() throws IOException {
    MemoryStore store = withoutConditions();
    byte[] dead = {'x'};
    for (String key :
        List.of("d/lease/choosing-dead", "d/lease/ticket-00000000000000000001-dead")) {
      SnapshotWorld.put(store, key, dead);
    }
    DeterministicScheduler scheduler = new DeterministicScheduler(1);
    HeadLog log = leased(store, scheduler, new Random(1), 0);
    long[] waited = {0};
    scheduler.start(
        "late",
        () -> {
          try {
            long begun = scheduler.time().nanoTime();
            log.commit(h -> increment(h, "late"));
            waited[0] = scheduler.time().nanoTime() - begun;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    scheduler.runUntilIdle();
    assertThat(Duration.ofNanos(waited[0]))
        .isBetween(Duration.ofSeconds(30), Duration.ofSeconds(35));
    assertThat(store.keys()).noneMatch(key -> key.contains("lease/"));
  }

  /** A writer that stops before its n-th put until a test lets it. */
  private static ObjectStore stopping(MemoryStore store, List<Runnable> before) {
    return new ForwardingObjectStore() {
      private int puts;

      @Override
      protected ObjectStore delegate() {
        return store;
      }

      @Override
      public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
        if (puts < before.size()) {
          before.get(puts++).run();
        }
        return store.put(key, body, options);
      }
    };
  }

  private static void commits(MemoryStore store, int number, String name) {
    try {
      for (int i = 0; i < number; i++) {
        log(store).commit(h -> increment(h, name));
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void commit_twoThatSleptInARow_bothFindOut() throws IOException {
    MemoryStore store = MemoryStore.create();
    commits(store, 5, "a");
    // B builds on 6 and sleeps; C builds on 5, sleeps too, and creates 6 anew: B's parent, it
    // seems.
    boolean[] isStray = {false};
    ObjectStore b =
        stopping(
            store,
            List.of(
                () -> {
                  commits(store, 50, "a");
                  assertThat(store.keys()).noneMatch(k -> k.endsWith("06") || k.endsWith("07"));
                  try {
                    // What C has written before it looks.
                    byte[] stray =
                        HeadJson.write(Head.EMPTY.withRoots(List.of()).next("f".repeat(32)));
                    SnapshotWorld.put(store, "d/heads/00000000000000000006", stray);
                    isStray[0] = true;
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                }));
    commits(store, 1, "a");

    log(b).commit(h -> increment(h, "b"));

    assertThat(isStray[0]).isTrue();
    assertThat(count(log(store).newest())).isEqualTo(5 + 1 + 50 + 1);
  }

  @Test
  void commit_whenOldHeadsCantBeDeleted_isMade() throws IOException {
    MemoryStore store = MemoryStore.create();
    FaultyObjectStore kept =
        FaultyObjectStore.of(
            store, FaultPlan.on("delete").failAlways(ErrorKind.DENIED), ManualTime.create());
    for (int i = 1; i <= 50; i++) {
      assertThat(count(log(kept).commit(h -> increment(h, "a")))).isEqualTo(i);
    }
    commits(store, 6, "a");
    assertThat(store.keys()).hasSizeLessThan(34);
  }

  @Test
  void commit_eachReplyLost_isMadeOnce() throws IOException {
    for (String method : List.of("put", "delete")) {
      for (int call = 0; call < 45; call += 4) {
        MemoryStore store = MemoryStore.create();
        FaultyObjectStore lossy =
            FaultyObjectStore.of(
                store, FaultPlan.on(method).after(call).loseReplyOnce(), ManualTime.create());
        for (int i = 1; i <= 45; i++) {
          log(lossy).commit(h -> increment(h, "a"));
        }
        assertThat(count(log(store).newest())).isEqualTo(45);
      }
    }
  }

  @Test
  void commit_whenTheChangeFails_writesNothing() throws IOException {
    MemoryStore store = MemoryStore.create();
    commits(store, 3, "a");
    assertThatThrownBy(
            () ->
                log(store)
                    .commit(
                        h -> {
                          throw new IOException("no");
                        }))
        .hasMessage("no");
    Head before = log(store).newest();
    assertThat(log(store).commit(h -> h)).isEqualTo(before);
    assertThat(store.keys()).hasSize(3);
  }

  @Test
  void newest_whenListsAreBehind_andCommit_neverBuildsOnTheOld() throws IOException {
    MemoryStore store =
        MemoryStore.builder()
            .without(io.kmesh.spi.store.StoreCapability.STRONG_CONSISTENCY)
            .build();
    // Each list shows what was there at the list before.
    for (int i = 1; i <= 45; i++) {
      assertThat(count(log(store).commit(h -> increment(h, "a")))).isEqualTo(i);
    }
  }

  @Test
  void setAside_damagedHeads_goesOnAboveThem() throws IOException {
    MemoryStore store = MemoryStore.create();
    commits(store, 5, "a");
    SnapshotWorld.put(store, "d/heads/00000000000000000005", new byte[] {'[', 1});
    SnapshotWorld.put(store, "d/heads/00000000000000000004", new byte[] {'{'});
    assertThatThrownBy(() -> log(store).newest())
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("heads/00000000000000000005");
    assertThat(count(log(store).newestReadable())).isEqualTo(3);

    log(store).setAside(5);

    assertThat(log(store).newest().generation()).isEqualTo(6);
    commits(store, 1, "a");
    assertThat(count(log(store).newest())).isEqualTo(4);
    assertThat(log(store).newest().generation()).isEqualTo(7);
  }
}
