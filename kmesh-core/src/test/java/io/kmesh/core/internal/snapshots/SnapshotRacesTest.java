// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.collect.Collector;
import io.kmesh.core.internal.repository.collect.Compaction;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.RunFile;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens at the worst place of another's work, one race a test. */
class SnapshotRacesTest {
  private final MemoryStore store = MemoryStore.create();
  private final SnapshotWorld world = SnapshotWorld.in(store);
  private PosixTree tree;
  private Map<String, String> facts;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    tree = JnaPosix.open(Files.createDirectory(directory.resolve("source")));
    SnapshotWorld.directory(tree, "d");
    SnapshotWorld.write(tree, "d/a", 1, 300_000);
    SnapshotWorld.write(tree, "d/b", 2, 5000);
    facts = SnapshotWorld.facts(tree);
  }

  @AfterEach
  void close() throws IOException {
    tree.close();
  }

  private Collector patient(double keepShare) {
    return new Collector(
        world.domain(),
        Map.of(SnapshotStore.KIND, SnapshotStore.ROOTS),
        new Collector.Settings(keepShare, s -> false, 0, "other"),
        Retrier.Check.NONE);
  }

  @Test
  void take_baseForgottenAndCondemnedBeforeItsSessionBegins_doesNotReferToWhatGoes()
      throws IOException {
    String first = world.take(tree).manifest().id();
    // A reader, because of which nothing is deleted yet.
    world.take(tree, "other", "other", 1);
    OpenSnapshot reader = world.snapshots().open("other");
    world.snapshots().forget(List.of(reader.manifest().id()));
    HookedStore hooked =
        HookedStore.beforePut(
            store,
            "/heads/",
            () -> {
              world.snapshots().forget(List.of(first));
              reader.close();
              Session held =
                  Session.begin(
                      world.domain(), RandomIds.session(), 0, "h", List.of(), SnapshotWorld.TINY);
              patient(0).run();
              assertThat(world.domain().heads().newest().condemned()).isNotEmpty();
              held.abandon();
              held.close();
            });

    String second = SnapshotWorld.in(hooked).take(tree).manifest().id();

    patient(0).run();
    patient(0).run();
    assertThat(world.check().damages()).isEmpty();
    assertThat(world.restored(second)).isEqualTo(facts);
  }

  private Session open() throws IOException {
    return Session.begin(
        world.domain(), RandomIds.session(), 0, "h", List.of(), SnapshotWorld.TINY);
  }

  private long packs() {
    return store.keys().stream().filter(k -> k.contains("/packs/")).count();
  }

  private void forgetAll() throws IOException {
    world.snapshots().forget(world.snapshots().list().stream().map(Head.Root::id).toList());
  }

  @Test
  void prune_waitsForWhoMayReferToIt_notForWhoBeganLater_norForReaders() throws IOException {
    world.take(tree);
    try (Session before = open()) {
      try (OpenSnapshot reader = world.snapshots().open("latest")) {
        forgetAll();
        patient(0).run();
        assertThat(world.domain().heads().newest().condemned())
            .as(reader.manifest().name() + " is read")
            .isEmpty();
      }
      patient(0).run();
      assertThat(world.domain().heads().newest().condemned()).isNotEmpty();
      assertThat(packs()).as("a session that began before may refer to them").isPositive();
      SnapshotWorld.write(tree, "d/other", 3, 9000);
      world.take(tree);
      String kept = world.snapshots().list().get(0).id();
      try (OpenSnapshot later = world.snapshots().open(kept);
          Session after = open()) {
        long all = packs();
        before.abandon();
        patient(0).run();
        assertThat(packs()).isLessThan(all);
        assertThat(world.domain().heads().newest().condemned()).isEmpty();
        assertThat(world.domain().heads().newest().sessions()).hasSize(2);
        assertThat(later.manifest().id()).isEqualTo(kept);
        after.abandon();
      }
      assertThat(world.restored(kept)).isEqualTo(SnapshotWorld.facts(tree));
    }
  }

  @Test
  void publish_ofASessionThatStaysOpen_letsGoWhatItDoesNotReferTo_andTakesBackTheRest()
      throws IOException {
    world.take(tree, "one", "one", 1);
    byte[] shared = new byte[5000];
    try (Session writing = open();
        MetadataWriter writer = writing.metadataWriter()) {
      writer.write(shared, 0, shared.length);
      writer.flush();
      writing.publish(h -> h);
      Set<PackId> own = new HashSet<>();
      for (RunFile run : writing.index().runs()) {
        run.packs().stream()
            .filter(p -> p.id().session().equals(writing.id()))
            .forEach(p -> own.add(p.id()));
      }
      forgetAll();
      patient(0).run();
      // As a collector does that takes it for dead a moment before it publishes.
      world.domain().heads().commit(h -> h.condemning(own));
      Head condemned = world.domain().heads().newest();
      assertThat(condemned.condemned().keySet()).containsAll(own).hasSizeGreaterThan(own.size());

      writing.publish(h -> h);
      patient(0).run();

      Head after = world.domain().heads().newest();
      assertThat(after.sessions()).hasSize(1);
      assertThat(after.condemned()).isEmpty();
      assertThat(packs()).isEqualTo(own.size());
      writing.abandon();
    }
    world.prune(0);
    assertThat(packs()).isZero();
  }

  @Test
  void prune_whileOthersPublish_condemnsWhatTheyDoNotUse() throws IOException {
    world.take(tree, "one", "one", 1);
    String old = world.snapshots().list().get(0).id();
    SnapshotWorld.write(tree, "d/a", 7, 300_000);
    world.take(tree, "two", "two", 1);
    world.snapshots().forget(List.of(old));
    facts = SnapshotWorld.facts(tree);
    long all = packs();
    // Each head that the collector wants to write finds another published before it.
    int[] published = {0};
    HookedStore racing =
        new HookedStore(
            store,
            (operation, key) -> {
              if (operation.equals("put") && key.contains("/heads/") && published[0]++ < 7) {
                try {
                  world.take(tree, "n" + published[0], "n" + published[0], 1);
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              }
            });

    new Collector(
            SnapshotWorld.in(racing).domain(),
            Map.of(SnapshotStore.KIND, SnapshotStore.ROOTS),
            new Collector.Settings(0.9, s -> false, 0, "other"),
            Retrier.Check.NONE)
        .run();

    assertThat(published[0]).isGreaterThan(7);
    assertThat(world.snapshots().list()).hasSize(8);
    assertThat(packs()).isLessThan(all + 8);
    assertThat(world.domain().heads().newest().condemned()).isEmpty();
    for (Head.Root root : world.snapshots().list()) {
      assertThat(world.restored(root.id())).isEqualTo(facts);
    }
    assertThat(world.check().damages()).isEmpty();
  }

  @Test
  void check_whileACollectionDeletes_namesNoDamage() throws IOException {
    String old = world.take(tree, "one", "one", 1).manifest().id();
    SnapshotWorld.write(tree, "d/a", 7, 300_000);
    world.take(tree, "two", "two", 1);
    long all = packs();
    boolean[] isDone = {false};
    HookedStore pruning =
        new HookedStore(
            store,
            (operation, key) -> {
              if (!isDone[0] && operation.equals("read") && key.contains("/packs/")) {
                isDone[0] = true;
                try {
                  world.snapshots().forget(List.of(old));
                  patient(0.9).run();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              }
            });

    assertThat(SnapshotWorld.in(pruning).check().damages()).isEmpty();

    assertThat(isDone[0]).isTrue();
    assertThat(packs()).isLessThan(all);
  }

  @Test
  void take_baseForgottenAndCollectedBeforeItsSessionBegins_readsEverything() throws IOException {
    String first = world.take(tree).manifest().id();
    HookedStore hooked =
        HookedStore.beforePut(
            store,
            "/heads/",
            () -> {
              world.snapshots().forget(List.of(first));
              world.prune(0);
              assertThat(store.keys()).noneMatch(k -> k.contains("/packs/"));
            });

    SnapshotStore.Taken taken = SnapshotWorld.in(hooked).take(tree);

    assertThat(taken.tally().readFiles()).isEqualTo(2);
    assertThat(world.restored(taken.manifest().id())).isEqualTo(facts);
  }

  @Test
  void take_packCouldNotBeWrittenForWantOfSpace_fails_whateverFileWasReadThen() throws IOException {
    for (int i = 0; i < 30; i++) {
      SnapshotWorld.write(tree, "d/more" + i, 100 + i, 270_000);
    }
    for (int call = 0; call < 30; call += 3) {
      MemoryStore small = MemoryStore.create();
      FaultPlan plan = FaultPlan.on("put").matching("/packs/").after(call).fail(1, Errno.ENOSPC);
      FaultyObjectStore full = FaultyObjectStore.of(small, plan, ManualTime.create());

      assertThatThrownBy(() -> SnapshotWorld.in(full).take(tree))
          .as("put %d", call)
          .hasStackTraceContaining("planned fault");
      assertThat(SnapshotWorld.in(small).snapshots().list()).isEmpty();
    }
  }

  @Test
  void take_compactionFailsAfterThePublish_isTaken() throws IOException {
    for (int i = 0; world.domain().heads().newest().runs().size() < Compaction.MANY; i++) {
      SnapshotWorld.write(tree, "d/b", i, 5000);
      world.take(tree);
    }
    facts = SnapshotWorld.facts(tree);
    // The second and third run of this session are those of the compaction.
    FaultyObjectStore failing =
        FaultyObjectStore.of(
            store,
            FaultPlan.on("put").matching("/index/").after(1).failAlways(ErrorKind.DENIED),
            ManualTime.create());

    SnapshotStore.Taken taken = SnapshotWorld.in(failing).take(tree, "last", "src", 1);

    assertThat(world.restored(taken.manifest().id())).isEqualTo(facts);
  }

  @Test
  void take_whenChunksAreGoneAtThePublish_writesThemAgain_andCountsOnce() throws IOException {
    world.take(tree);
    HookedStore hooked =
        HookedStore.beforePut(
            store,
            "/index/",
            () -> {
              Head head = world.domain().heads().newest();
              Set<PackId> packs = new HashSet<>();
              for (RunFile run : Session.index(world.domain(), head).runs()) {
                run.packs().forEach(p -> packs.add(p.id()));
              }
              world
                  .domain()
                  .heads()
                  .commit(h -> h.withRoots(List.of()).withDoomed(Map.of(), packs));
            });

    // Of another source, so that it refers by chunks and not by a base.
    SnapshotStore.Taken taken = SnapshotWorld.in(hooked).take(tree, "n", "another", 1);

    assertThat(taken.manifest().files()).isEqualTo(2);
    assertThat(taken.manifest().directories()).isEqualTo(2);
    assertThat(taken.manifest().bytes()).isEqualTo(305_000);
    world.prune(0);
    assertThat(world.restored(taken.manifest().id())).isEqualTo(facts);
    assertThat(world.check().damages()).isEmpty();
  }

  @Test
  void publish_whenTheSessionWasEnded_isRefused_andTheNextOneIsWhole() throws IOException {
    HookedStore hooked = HookedStore.beforePut(store, "/index/", () -> world.prune(0));

    assertThatThrownBy(() -> SnapshotWorld.in(hooked).take(tree))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.PRECONDITION))
        .hasMessageContaining("was taken for dead and ended");

    assertThat(world.snapshots().list()).isEmpty();
    String next = world.take(tree).manifest().id();
    world.prune(0);
    assertThat(world.restored(next)).isEqualTo(facts);
  }

  @Test
  void begin_whenItsRunsAreMergedAndDeletedWhileItReadsThem_goesOnWithTheNewOnes()
      throws IOException {
    for (int i = 0; i < 4; i++) {
      SnapshotWorld.write(tree, "d/b", i, 5000);
      world.take(tree);
    }
    facts = SnapshotWorld.facts(tree);
    boolean[] isDone = {false};
    HookedStore hooked =
        new HookedStore(
            store,
            (operation, key) -> {
              if (!isDone[0] && operation.equals("head") && key.contains("/index/")) {
                isDone[0] = true;
                try {
                  world.domain().heads().commit(h -> h.withDoomed(h.condemned(), gone()));
                  patient(0).run();
                  patient(0).run();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              }
            });

    String id = SnapshotWorld.in(hooked).take(tree).manifest().id();

    assertThat(isDone[0]).isTrue();
    assertThat(world.restored(id)).isEqualTo(facts);
  }

  private static Set<PackId> gone() {
    return Set.of(PackId.of(RandomIds.session(), 0));
  }

  @Test
  void prune_whenAnotherCondemnedTheOtherCopy_leavesOne() throws IOException {
    // The same chunks twice: both sessions began before either published.
    HookedStore hooked =
        HookedStore.beforePut(store, "/index/", () -> world.take(tree, "one", "one", 1));
    SnapshotWorld.in(hooked).take(tree, "two", "two", 1);
    Head head = world.domain().heads().newest();
    Set<PackId> newest = new HashSet<>();
    Set<PackId> all = new HashSet<>();
    var runs = Session.index(world.domain(), head).runs();
    for (int i = 0; i < runs.size(); i++) {
      for (var pack : runs.get(i).packs()) {
        all.add(pack.id());
        // Its data, so that what is left keeps its roots.
        if (i < runs.size() / 2) {
          newest.add(pack.id());
        }
      }
    }
    assertThat(newest).isNotEmpty().hasSizeLessThan(all.size());
    String keeps = head.roots().get(0).id();
    // A collector that saw the runs in another order takes the older ones for those in use.
    boolean[] isDone = {false};
    HookedStore racing =
        new HookedStore(
            store,
            (operation, key) -> {
              if (!isDone[0] && operation.equals("put") && key.contains("/heads/")) {
                isDone[0] = true;
                try {
                  world.domain().heads().commit(h -> h.condemning(doomed(newest)));
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              }
            });

    SnapshotWorld.in(racing).prune(0);
    world.prune(0);

    assertThat(isDone[0]).isTrue();
    assertThat(world.check().damages()).isEmpty();
    assertThat(world.restored(keeps)).isEqualTo(facts);
  }

  /** Data packs only: each manifest is in one place. */
  private Set<PackId> doomed(Set<PackId> packs) throws IOException {
    Set<PackId> data = new HashSet<>();
    for (RunFile run : Session.index(world.domain(), world.domain().heads().newest()).runs()) {
      run.packs().stream()
          .filter(p -> packs.contains(p.id()) && p.type() == 1)
          .forEach(p -> data.add(p.id()));
    }
    assertThat(data).isNotEmpty();
    return data;
  }

  @Test
  void prune_whenListsAreBehind_deletesNothingOfALiveSession() throws IOException {
    world.take(tree, "old", "old", 1);
    List<String> heads = List.copyOf(store.keys());
    HookedStore writing =
        HookedStore.beforePut(
            store,
            "/index/",
            () -> {
              // Packs are listed, heads as they were before the session began.
              HookedStore unused = new HookedStore(store, (o, k) -> {});
              assertThat(unused.capabilities()).contains(StoreCapability.STRONG_CONSISTENCY);
              try {
                SnapshotWorld stale = SnapshotWorld.in(new StaleHeads(store, Set.copyOf(heads)));
                new Collector(
                        stale.domain(),
                        Map.of(SnapshotStore.KIND, SnapshotStore.ROOTS),
                        new Collector.Settings(0, s -> false, 0, "other"),
                        Retrier.Check.NONE)
                    .run();
              } catch (ProviderException e) {
                assertThat(e.kind()).isIn(ErrorKind.TRANSIENT, ErrorKind.THROTTLED);
              }
            });
    SnapshotWorld.write(tree, "d/new", 9, 400_000);
    facts = SnapshotWorld.facts(tree);

    String id = SnapshotWorld.in(writing).take(tree).manifest().id();

    assertThat(world.check().damages()).isEmpty();
    assertThat(world.restored(id)).isEqualTo(facts);
  }

  /** A store whose lists do not show new heads. */
  private static final class StaleHeads extends io.kmesh.spi.store.ForwardingObjectStore {
    private final MemoryStore real;
    private final Set<String> known;

    StaleHeads(MemoryStore real, Set<String> known) {
      this.real = real;
      this.known = known;
    }

    @Override
    protected MemoryStore delegate() {
      return real;
    }

    @Override
    public CompletionStage<ListPage> list(ListRequest request) {
      return real.list(request)
          .thenApply(
              page ->
                  new ListPage(
                      page.objects().stream()
                          .filter(o -> !o.key().contains("/heads/") || known.contains(o.key()))
                          .toList(),
                      page.nextAfter().orElse(null)));
    }
  }

  @Test
  void take_fileThatMayStillHaveChangedWithinItsTimeStamp_isReadAgain() throws IOException {
    Instant ctime = Instant.ofEpochSecond(tree.stat(PathBytes.of("d/b")).ctime().seconds());
    ManualTime time = ManualTime.startingAt(ctime);
    SnapshotStore snapshots =
        new SnapshotStore(world.domain(), time, "here", 1, SnapshotWorld.TINY);
    long[] read = new long[3];
    for (int i = 0; i < 3; i++) {
      ScanTally tally = new ScanTally();
      snapshots.take(
          new SnapshotStore.Request(
              tree, PathBytes.EMPTY, "s", "src", Map.of(), ContentGate.OPEN, false),
          tally,
          Retrier.Check.NONE);
      read[i] = tally.readFiles();
      time.jump(Duration.ofMinutes(1));
    }
    // The first was taken in the second of their last change, so the second can't trust it.
    assertThat(read).containsExactly(2, 2, 0);
  }
}
