// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.cut.ConsistentCut;
import io.kmesh.core.internal.snapshots.cut.QuiesceJournal;
import io.kmesh.core.internal.snapshots.cut.QuiesceLimits;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots of two sites at one moment: all or none, and writers always go on. */
class ConsistentCutTest {
  private static final QuiesceLimits LIMITS =
      new QuiesceLimits(Duration.ofSeconds(30), Duration.ofSeconds(100));

  private final MemoryStore store = MemoryStore.create();

  /** Not ahead of the files: what changes between two passes may have one time stamp. */
  private final ManualTime time = ManualTime.startingAt(Instant.now());

  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Set<String> frozen = new ConcurrentSkipListSet<>();
  private final Set<String> journalled = new ConcurrentSkipListSet<>();
  private Path folder;
  private PosixTree one;
  private PosixTree two;

  @BeforeEach
  void fill(@TempDir Path directory) throws IOException {
    folder = directory;
    one = JnaPosix.open(Files.createDirectory(directory.resolve("one")));
    two = JnaPosix.open(Files.createDirectory(directory.resolve("two")));
    for (PosixTree tree : List.of(one, two)) {
      SnapshotWorld.directory(tree, "d");
      SnapshotWorld.write(tree, "d/f", 1, 5000);
      SnapshotWorld.write(tree, "g", 2, 3000);
    }
  }

  @AfterEach
  void close() throws IOException {
    one.close();
    two.close();
  }

  private final QuiesceJournal journal =
      new QuiesceJournal() {
        @Override
        public void freezing(String cut, QuiesceHook hook) {
          journalled.add(hook.name());
        }

        @Override
        public void thawed(String cut, QuiesceHook hook) {
          journalled.remove(hook.name());
        }
      };

  /** What a hook does besides. */
  private interface Step {
    void run() throws IOException, InterruptedException;
  }

  private final class Hook implements QuiesceHook {
    private final String name;
    private final Step freezing;
    private final Step thawing;

    Hook(String name, Step freezing, Step thawing) {
      this.name = name;
      this.freezing = freezing;
      this.thawing = thawing;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void freeze(String cut) throws IOException, InterruptedException {
      assertThat(journalled).contains(name);
      calls.add("freeze " + name);
      freezing.run();
      frozen.add(name);
    }

    @Override
    public void thaw(String cut) throws IOException, InterruptedException {
      calls.add("thaw " + name);
      thawing.run();
      frozen.remove(name);
    }
  }

  private SnapshotStore snapshots(ObjectStore in) {
    return new SnapshotStore(SnapshotWorld.in(in).domain(), time, "here", 1, SnapshotWorld.TINY);
  }

  private static ConsistentCut.Site site(SnapshotStore snapshots, PosixTree tree, String name) {
    return new ConsistentCut.Site(
        snapshots,
        new SnapshotStore.Request(
            tree, PathBytes.EMPTY, name, name, Map.of(), ContentGate.OPEN, false),
        new ScanTally());
  }

  private List<SnapshotStore.Taken> take(List<QuiesceHook> hooks, ConsistentCut.Site... sites)
      throws IOException {
    return new ConsistentCut(hooks, LIMITS, time, journal).take(List.of(sites), Retrier.Check.NONE);
  }

  private List<QuiesceHook> hooks(Step freezing, Step thawing) {
    Step none = () -> {};
    return List.of(
        new Hook("a", none, none), new Hook("b", freezing, thawing), new Hook("c", none, none));
  }

  private void wait(Duration duration) throws InterruptedException {
    time.advance(duration);
    new CountDownLatch(1).await();
  }

  @Test
  void take_twoSites_publishesBothInOneCommitBehindTheThaw() throws IOException {
    SnapshotStore snapshots = snapshots(store);
    PosixTree watched = watched(two, () -> calls.add("look " + frozen.size()));
    List<SnapshotStore.Taken> taken =
        take(
            hooks(
                () -> SnapshotWorld.write(one, "late", 3, 700),
                () -> assertThat(snapshots.list()).isEmpty()),
            site(snapshots, one, "one"),
            site(snapshots, watched, "two"));
    assertThat(new LinkedHashSet<>(calls))
        .containsExactly(
            "look 0", "freeze a", "freeze b", "freeze c", "look 3", "thaw c", "thaw b", "thaw a");
    assertThat(taken).extracting(t -> t.manifest().name()).containsExactly("one", "two");
    assertThat(taken)
        .extracting(t -> t.manifest().more().cut().orElseThrow().snapshots())
        .containsExactly(2, 2);
    assertThat(snapshots.list())
        .extracting(r -> r.labels().get("cut"))
        .hasSize(2)
        .doesNotContainNull();
    assertThat(journalled).isEmpty();
    assertThat(SnapshotWorld.in(store).restored(taken.get(0).manifest().id()))
        .isEqualTo(SnapshotWorld.facts(one))
        .containsKey("late");
    assertThat(taken.get(1).tally().readFiles()).as("read again within two seconds").isEqualTo(4);
  }

  @Test
  void resume_aPartOfACut_isTakenBack_andAWholeOneIsGiven() throws IOException {
    SnapshotStore first = snapshots(store);
    SnapshotStore second = snapshots(MemoryStore.create());
    List<ConsistentCut.Site> sites =
        List.of(
            held("00000000000000aa", site(first, one, "one")),
            held("00000000000000bb", site(second, two, "two")));
    assertThat(ConsistentCut.resume(sites)).isEmpty();
    ConsistentCut.Site published = sites.get(0);
    first.take(
        published.id(),
        published.holds(),
        published.request(),
        published.tally(),
        Retrier.Check.NONE);
    assertThat(ConsistentCut.resume(sites)).isEmpty();
    assertThat(first.list()).isEmpty();
    List<SnapshotStore.Taken> taken =
        new ConsistentCut(List.of(), LIMITS, time, journal)
            .take("00000000000000cc", sites, Retrier.Check.NONE);
    assertThat(taken)
        .extracting(t -> t.manifest().more().cut().orElseThrow().id())
        .containsOnly("00000000000000cc");
    assertThat(ConsistentCut.resume(sites).orElseThrow())
        .extracting(t -> t.manifest().id())
        .containsExactly("00000000000000aa", "00000000000000bb");
    assertThat(SnapshotLabels.holds(first.list().get(0))).containsKey("paper");
  }

  private static ConsistentCut.Site held(String id, ConsistentCut.Site site) {
    return new ConsistentCut.Site(
        id, Map.of("paper", "why"), site.store(), site.request(), site.tally());
  }

  @Test
  void take_whatDidNotChange_isReadOnceOnly() throws IOException {
    time.jump(Duration.ofHours(1));
    SnapshotStore snapshots = snapshots(store);
    Step change = () -> SnapshotWorld.write(one, "g", 7, 4000);
    List<SnapshotStore.Taken> taken =
        take(hooks(change, () -> {}), site(snapshots, one, "one"), site(snapshots, two, "two"));
    assertThat(taken).extracting(t -> t.tally().readFiles()).containsExactly(3L, 2L);
    assertThat(taken).extracting(t -> t.manifest().files()).containsExactly(2L, 2L);
    assertThat(SnapshotWorld.in(store).restored(taken.get(0).manifest().id()))
        .isEqualTo(SnapshotWorld.facts(one));
    assertThat(SnapshotWorld.in(store).check().damages()).isEmpty();
  }

  private void isAborted(Step freezing, Step thawing, String words) throws IOException {
    isAborted(freezing, thawing, one, words);
  }

  private void isAborted(Step freezing, Step thawing, PosixTree tree, String words)
      throws IOException {
    SnapshotStore snapshots = snapshots(store);
    calls.clear();
    assertThatThrownBy(
            () ->
                take(
                    hooks(freezing, thawing),
                    site(snapshots, tree, "one"),
                    site(snapshots, two, "two")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(words);
    Head head = snapshots.domain().heads().newest();
    assertThat(head.roots()).isEmpty();
    assertThat(head.sessions()).isEmpty();
    for (String call : List.copyOf(calls)) {
      if (call.startsWith("freeze")) {
        assertThat(calls).contains("thaw" + call.substring(6));
      }
    }
    assertThat(frozen).isEmpty();
    assertThat(journalled).isEmpty();
  }

  private static Step failing(String words) {
    return () -> {
      throw new IOException(words);
    };
  }

  private static Step once(Step step) {
    boolean[] isDone = new boolean[1];
    return () -> {
      if (!isDone[0]) {
        isDone[0] = true;
        step.run();
      }
    };
  }

  @Test
  void freezeThatFails_abortsAndThawsThoseBefore() throws IOException {
    isAborted(failing("no lock."), () -> {}, "Cannot freeze b");
    assertThat(calls).containsExactly("freeze a", "freeze b", "thaw b", "thaw a");
  }

  @Test
  void freezeThatOverruns_isInterruptedAndAborts() throws IOException {
    isAborted(() -> wait(Duration.ofSeconds(31)), () -> {}, "it took more than PT30S");
    assertThat(calls).doesNotContain("freeze c");
  }

  @Test
  void freezeThatIsLateButSucceeds_abortsAndIsThawed() throws IOException {
    isAborted(() -> time.advance(Duration.ofSeconds(31)), () -> {}, "it took more than PT30S");
    assertThat(calls).contains("thaw b");
  }

  @Test
  void processThatIsInterruptedDuringAFreeze_thawsAllTheSame() {
    Thread cutting = Thread.currentThread();
    Step interrupt =
        () -> {
          cutting.interrupt();
          new CountDownLatch(1).await();
        };
    SnapshotStore snapshots = snapshots(store);
    assertThatThrownBy(() -> take(hooks(interrupt, () -> {}), site(snapshots, one, "one")))
        .hasMessageContaining("it was interrupted");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(calls).containsExactly("freeze a", "freeze b", "thaw b", "thaw a");
    assertThat(frozen).isEmpty();
    assertThat(journalled).isEmpty();
  }

  @Test
  void freezeThatDoesNotEndEvenWhenInterrupted_staysInTheJournal() throws Exception {
    CountDownLatch thawed = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    Step deaf =
        () -> {
          try {
            wait(Duration.ofSeconds(31));
          } catch (InterruptedException e) {
            time.awaitWaiting(1);
            time.advance(Duration.ofSeconds(6));
            thawed.await();
            ended.countDown();
          }
        };
    SnapshotStore snapshots = snapshots(store);
    assertThatThrownBy(() -> take(hooks(deaf, () -> {}), site(snapshots, one, "one")))
        .hasStackTraceContaining("its freeze has not ended");
    assertThat(calls).contains("thaw b", "thaw a");
    assertThat(journalled).containsExactly("b");
    thawed.countDown();
    ended.await();
  }

  @Test
  void freezesThatTakeTooLongTogether_abort() throws IOException {
    QuiesceHook[] slow = new QuiesceHook[5];
    for (int i = 0; i < slow.length; i++) {
      slow[i] = new Hook("h" + i, () -> time.advance(Duration.ofSeconds(29)), () -> {});
    }
    SnapshotStore snapshots = snapshots(store);
    assertThatThrownBy(() -> take(List.of(slow), site(snapshots, one, "one")))
        .hasMessageContaining("took more than");
    assertThat(calls).contains("thaw h0", "thaw h3").doesNotContain("freeze h4");
    assertThat(snapshots.list()).isEmpty();
  }

  @Test
  void thawThatFailsOnce_thawsAndAborts_sinceItMayNotHaveRested() throws IOException {
    isAborted(() -> {}, once(failing("was not frozen any more.")), "Cannot trust the cut");
  }

  @Test
  void thawThatOverrunsOnce_thawsAndAborts() throws IOException {
    isAborted(() -> {}, once(() -> wait(Duration.ofSeconds(31))), "Cannot trust the cut");
  }

  @Test
  void thawThatNeverSucceeds_staysInTheJournal() {
    SnapshotStore snapshots = snapshots(store);
    assertThatThrownBy(() -> take(hooks(() -> {}, failing("gone.")), site(snapshots, one, "one")))
        .hasStackTraceContaining("It may rest still");
    assertThat(journalled).containsExactly("b");
    assertThat(calls).contains("thaw a", "thaw c");
  }

  @Test
  void passThatFails_abortsAndThaws() throws IOException {
    PosixTree broken =
        watched(
            one,
            () -> {
              if (frozen.size() == 3) {
                throw new IllegalStateException("broken");
              }
            });
    SnapshotStore snapshots = snapshots(store);
    assertThatThrownBy(() -> take(hooks(() -> {}, () -> {}), site(snapshots, broken, "one")))
        .hasMessageContaining("broken");
    assertThat(calls).contains("thaw a", "thaw b", "thaw c");
    assertThat(frozen).isEmpty();
    assertThat(snapshots.list()).isEmpty();
    assertThat(snapshots.domain().heads().newest().sessions()).isEmpty();
  }

  @Test
  void passThatTakesTooLong_abortsAndThaws() throws IOException {
    PosixTree slow =
        watched(
            one,
            () -> {
              if (frozen.size() == 3) {
                time.advance(Duration.ofSeconds(20));
              }
            });
    isAborted(() -> {}, () -> {}, slow, "keep writers at rest");
  }

  @Test
  void hooksOfOneName_areRefused() {
    Step none = () -> {};
    List<QuiesceHook> same = List.of(new Hook("a", none, none), new Hook("a", none, none));
    assertThatThrownBy(() -> new ConsistentCut(same, LIMITS, time, journal))
        .hasMessageContaining("two have one name");
  }

  @Test
  void secondRepositoryThatFails_takesTheFirstBack() throws IOException {
    MemoryStore other = MemoryStore.create();
    boolean[] isBroken = new boolean[1];
    ObjectStore failing =
        new HookedStore(
            other,
            (operation, key) -> {
              if (isBroken[0] && key.contains("/heads/")) {
                throw new IllegalStateException("Cannot write " + key + ". Ask for it.");
              }
            });
    SnapshotStore first = snapshots(store);
    SnapshotStore second = snapshots(failing);
    int[] seen = new int[1];
    ObjectStore watching =
        new HookedStore(
            store,
            (operation, key) -> {
              if (operation.equals("put") && key.contains("/heads/")) {
                seen[0]++;
              }
            });
    // The last head of the first is its publishing; the second breaks with it.
    take(List.of(), site(snapshots(watching), one, "count"));
    int heads = seen[0];
    seen[0] = 0;
    SnapshotStore breaking =
        snapshots(
            new HookedStore(
                store,
                (operation, key) -> {
                  if (operation.equals("put") && key.contains("/heads/") && ++seen[0] == heads) {
                    isBroken[0] = true;
                  }
                }));
    SnapshotWorld.write(one, "more", 9, 100);
    assertThatThrownBy(() -> take(List.of(), site(breaking, one, "one"), site(second, two, "two")))
        .hasMessageContaining("Ask for it");
    assertThat(first.list()).extracting(Head.Root::name).containsExactly("count");
  }

  /** Moves an amount from a file of one tree to a file of the other, half by half. */
  private final class Transfers {
    private final Random random;
    private boolean isHalf;
    private int amount;
    private final int[] balance = {1000, 1000};

    Transfers(long seed) throws IOException {
      random = new Random(seed);
      store(0);
      store(1);
    }

    private void store(int side) throws IOException {
      Files.writeString(
          folder.resolve(side == 0 ? "one" : "two").resolve("balance"), "" + balance[side]);
    }

    /** Of the thread that walks and those that read. */
    synchronized void step() {
      if (frozen.isEmpty() && random.nextInt(3) == 0) {
        half();
      }
    }

    private void half() {
      try {
        amount = isHalf ? amount : 1 + random.nextInt(50);
        balance[isHalf ? 1 : 0] += isHalf ? amount : -amount;
        store(isHalf ? 1 : 0);
        isHalf = !isHalf;
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    synchronized void rest() {
      if (isHalf) {
        half();
      }
    }
  }

  private int sumOfACut(long seed, boolean hasHooks) throws IOException {
    Transfers transfers = new Transfers(seed);
    SnapshotStore snapshots = snapshots(MemoryStore.create());
    List<QuiesceHook> hooks =
        hasHooks ? List.of(new Hook("writer", transfers::rest, () -> {})) : List.of();
    List<SnapshotStore.Taken> taken =
        take(
            hooks,
            site(snapshots, watched(one, transfers::step), "one"),
            site(snapshots, watched(two, transfers::step), "two"));
    int sum = 0;
    for (SnapshotStore.Taken t : taken) {
      Path target = Files.createTempDirectory(folder, "cut");
      try (PosixTree to = JnaPosix.open(target);
          OpenSnapshot open = snapshots.open(t.manifest().id())) {
        open.restore(
            PathBytes.EMPTY, to, TreeRestore.Overwrite.NEVER, new ScanTally(), Retrier.Check.NONE);
        String balance = Files.readString(target.resolve("balance"));
        // Empty when it was read in the middle of a write.
        sum += balance.isEmpty() ? 0 : Integer.parseInt(balance);
      }
    }
    return sum;
  }

  @Test
  void transfersBetweenSites_areWholeInEveryCut_andTornWithoutHooks() throws IOException {
    int torn = 0;
    for (long seed = 1; seed <= 25; seed++) {
      assertThat(sumOfACut(seed, true)).as("seed " + seed).isEqualTo(2000);
      torn += sumOfACut(seed, false) == 2000 ? 0 : 1;
    }
    assertThat(torn).as("cuts without hooks that are torn").isPositive();
  }

  @Test
  @Tag("crash")
  void crashAnywhere_publishesAllOrNone() {
    CrashPoints.Report report =
        CrashPoints.enumerate(
            () ->
                new CrashPoints.Scenario() {
                  private final MemoryStore objects = MemoryStore.create();

                  @Override
                  public void run(CrashPoint point) throws IOException {
                    SnapshotStore crashing = snapshots(CrashableStore.of(objects, point));
                    Step none = () -> {};
                    take(
                        List.of(new Hook("a", none, none)),
                        site(crashing, one, "one"),
                        site(crashing, two, "two"));
                  }

                  @Override
                  public void recoverAndCheck(long seed) throws IOException {
                    SnapshotWorld world = SnapshotWorld.in(objects);
                    List<Head.Root> there = world.snapshots().list();
                    assertThat(there.size()).isIn(0, 2);
                    for (Head.Root root : there) {
                      assertThat(world.restored(root.id()))
                          .isEqualTo(SnapshotWorld.facts(root.name().equals("one") ? one : two));
                    }
                    world.prune(0.9);
                    world.prune(0);
                    SnapshotCrashTest.isTidy(objects, world);
                  }
                },
            1);
    assertThat(report.operations()).isGreaterThan(10);
  }

  /** A tree that runs something before each call on its directories. */
  private static PosixTree watched(PosixTree real, Runnable watcher) {
    return new ForwardingPosixTree() {
      @Override
      protected PosixTree delegate() {
        return real;
      }

      @Override
      public PosixDirectory openRoot() throws IOException {
        return watchedDirectory(real.openRoot(), watcher);
      }

      @Override
      public PosixDirectory openDirectory(PathBytes path) throws IOException {
        return watchedDirectory(real.openDirectory(path), watcher);
      }
    };
  }

  private static PosixDirectory watchedDirectory(PosixDirectory real, Runnable watcher) {
    return (PosixDirectory)
        Proxy.newProxyInstance(
            PosixDirectory.class.getClassLoader(),
            new Class<?>[] {PosixDirectory.class},
            (proxy, method, arguments) -> {
              if (!method.getName().equals("close")) {
                watcher.run();
              }
              try {
                Object result = method.invoke(real, arguments);
                return result instanceof PosixDirectory d ? watchedDirectory(d, watcher) : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
