// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.content.ChunkKeys;
import io.kmesh.core.internal.flows.detect.ChangelogFollower;
import io.kmesh.core.internal.flows.detect.ChangelogHub;
import io.kmesh.core.internal.flows.detect.Concurrent;
import io.kmesh.core.internal.flows.detect.DeleteGuard;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.detect.LiveSource;
import io.kmesh.core.internal.flows.detect.LiveTree;
import io.kmesh.core.internal.flows.detect.LustreLiveTree;
import io.kmesh.core.internal.flows.detect.PosixLiveTree;
import io.kmesh.core.internal.flows.detect.TreeSteps;
import io.kmesh.core.internal.flows.place.Drift;
import io.kmesh.core.internal.flows.place.LocalKeys;
import io.kmesh.core.internal.flows.place.PlaceSettings;
import io.kmesh.core.internal.flows.place.Placer;
import io.kmesh.core.internal.flows.place.SyncRunner;
import io.kmesh.core.internal.flows.replica.ReadGate;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.core.internal.flows.replica.ReplicaIdentity;
import io.kmesh.core.internal.flows.replica.ReplicaStatus;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashableTree;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A source and a target with the engine at each, driven in one thread by a seed: their processes
 * and the target's machine can end at any call, the way between them can be cut, and the source's
 * tree changes at any time, also while it is read.
 */
final class TwoSites implements AutoCloseable {
  static final PathBytes TOP = PathBytes.of("top");
  private static final String FLOW = "f";

  /** What a store is asked in memory. */
  private static final Set<String> OF_STORE = Set.of("get", "put", "remove", "scan", "next");

  private static final Pattern FIRST_NAME = Pattern.compile(" is (\\S+)");

  /** How changes are found at the source. */
  enum Finding {
    BY_CHANGELOG,
    BY_SCAN
  }

  final Random random;
  final ManualTime time = ManualTime.create();
  final TreeSteps steps;
  final List<Drift> drifts = new ArrayList<>();

  /** How large files are put together at the target; null when they are not, from the next one. */
  @Nullable RecipeSettings recipes;

  /** Whether peers tell chunks; from the next way on. */
  boolean tellsChunks = true;

  /** Whether all bytes are asked for; from the next source on. */
  boolean isOnDemand;

  /** How often the tree is changed while the source looks at it or reads it: one of so many. */
  int changesAtCalls;

  /** After so many calls of the source, or the target, its process ends; 0 for never. */
  int sourceEndsAt;

  int targetEndsAt;

  /** Whether the target's machine ends as well then. */
  boolean isMachine;

  /** Calls of trees, and commits, of all processes. */
  int sourceCalls;

  int targetCalls;

  /** How many changes were made. */
  long changes;

  private final Finding finding;
  private final Path folder;
  private final SimulatedLustre lustre;
  private final PosixTree below;
  private final Map<Integer, String> users = new TreeMap<>();
  private final MemoryOrdered sourceStore = new MemoryOrdered();
  private final MemoryOrdered targetStore = new MemoryOrdered();
  private final PosixTree disk;
  private CrashableTree machine;
  private TestProcess sourceProcess;
  private TestProcess targetProcess;
  private Replica source;
  private Replica target;
  private FlowBase targetBase;
  private TreeTarget places;
  private @Nullable ChangelogHub hub;
  private @Nullable ChangelogFollower follower;
  private @Nullable TestWay way;

  /** Whether both ends are in one process, as far as the bytes of files are concerned. */
  boolean isNear;

  /** When the target's tree is synced beside its engine; null when that waits for it. */
  private @Nullable Random besides;

  /** A sync that is under way. */
  private @Nullable Runnable syncing;

  private final List<TestWay> old = new ArrayList<>();
  private final List<TestWay> ways = new ArrayList<>();
  private @Nullable Asked asked;
  private boolean isChanging;
  int provenBarriers;
  private boolean isProven;
  int ends;

  /** A barrier, and how many changes had been made when it was asked for. */
  private record Asked(CompletableFuture<Void> done, long changes) {}

  /** A tree whose sync costs nothing. */
  private static final class Unsynced extends ForwardingPosixTree {
    private final PosixTree real;

    Unsynced(PosixTree real) {
      this.real = real;
    }

    @Override
    protected PosixTree delegate() {
      return real;
    }

    @Override
    public void sync() {}
  }

  /** A directory of a tree as a tree. */
  private record Below(PosixTree whole, PathBytes top) implements PosixTree {
    @Override
    public String description() {
      return whole.description() + " below " + top;
    }

    @Override
    public Set<PosixCapability> capabilities() {
      return whole.capabilities();
    }

    @Override
    public PosixDirectory openRoot() throws IOException {
      return whole.openDirectory(top);
    }

    @Override
    public void sync() throws IOException {
      whole.sync();
    }

    @Override
    public void close() {}
  }

  TwoSites(long seed, Finding finding) throws IOException {
    this.random = new Random(seed);
    this.finding = finding;
    if (random.nextBoolean()) {
      recipes = new RecipeSettings(100, 8, 200, 1000, 2000);
      isOnDemand = random.nextBoolean();
    }
    folder = Files.createTempDirectory("kmesh-flow");
    lustre =
        SimulatedLustre.builder(folder.resolve("source"))
            .mdts(2, DataSize.ofGib(1))
            .time(time)
            .seed(seed)
            .open();
    for (int mdt : lustre.identity().mdts()) {
      users.put(mdt, lustre.changelogAdmin().register(mdt, Optional.empty()));
    }
    try (PosixDirectory root = lustre.tree().openRoot()) {
      // On both MDTs, whose changelogs have no record otherwise.
      for (String name : new String[] {"top", "a", "b", "c"}) {
        root.makeDirectory(PathBytes.of(name), 0755);
      }
    }
    steps = new TreeSteps(lustre.tree(), TOP, random);
    below = new Below(lustre.tree(), TOP);
    disk = new Unsynced(JnaPosix.open(Files.createDirectory(folder.resolve("target"))));
    machine = CrashableTree.of(disk, CrashPoint.never());
    openSource();
    openTarget();
  }

  private TestProcess process(boolean isSource) {
    return new TestProcess(
        (call, when) -> {
          if (!OF_STORE.contains(call) && (isSource ? sourceCall() : targetCall())) {
            throw new SimulatedCrash("at " + when + " " + call);
          }
          if (isSource && changesAtCalls > 0 && random.nextInt(changesAtCalls) == 0) {
            change();
          }
        });
  }

  private boolean sourceCall() {
    sourceCalls++;
    return --sourceEndsAt == 0;
  }

  private boolean targetCall() {
    targetCalls++;
    return --targetEndsAt == 0;
  }

  /** Changes the source's tree. */
  void change() throws IOException {
    if (!isChanging) {
      isChanging = true;
      if (recipes != null && random.nextInt(8) == 0) {
        steps.copy();
      } else {
        steps.step();
      }
      changes++;
      isChanging = false;
    }
  }

  private void openSource() throws IOException {
    sourceProcess = process(true);
    sourceStore.reopen();
    PosixTree tree = sourceProcess.see(PosixTree.class, below);
    FlowBase base = FlowBase.open(sourceProcess.see(OrderedStore.class, sourceStore), 7);
    LiveTree live =
        finding == Finding.BY_SCAN
            ? PosixLiveTree.open(tree, PathBytes.EMPTY)
            : new LustreLiveTree(lustre, TOP);
    Inspector inspector =
        new Inspector(base, live, new DeleteGuard(0, 100), Concurrent.HERE_WINS, time);
    if (finding == Finding.BY_CHANGELOG) {
      hub = new ChangelogHub(lustre, users, time);
      follower = new ChangelogFollower(base, hub, FLOW);
    }
    Duration scans = finding == Finding.BY_SCAN ? Duration.ofSeconds(1) : Duration.ofMinutes(10);
    source =
        new Replica(
            new ReplicaIdentity(FLOW, "source", 0),
            base,
            tree,
            new LiveSource(inspector, Optional.ofNullable(follower), scans, time, found -> {}),
            null,
            ReadGate.OPEN,
            Runnable::run,
            time);
    if (isOnDemand) {
      source.sendOnDemand();
    }
  }

  private void openTarget() throws IOException {
    targetProcess = process(false);
    targetStore.reopen();
    PosixTree tree = targetProcess.see(PosixTree.class, machine);
    FlowBase base = FlowBase.open(targetProcess.see(OrderedStore.class, targetStore), 5);
    targetBase = base;
    PlaceSettings settings =
        new PlaceSettings(FLOW, LocalKeys.POSIX, PlaceSettings.Existing.DISPLACE, 1, 16);
    Placer placer = Placer.begin(tree, base, settings);
    syncing = null;
    if (besides != null) {
      placer.syncBy(this::begin);
    }
    places = new TreeTarget(base, placer, time, drifts::add);
    if (recipes != null) {
      places.assembleBy(tree, ReadGate.OPEN, ChunkKeys.of(FLOW), recipes, Runnable::run);
    }
    target =
        new Replica(
            new ReplicaIdentity(FLOW, "target", 0),
            base,
            tree,
            null,
            places,
            ReadGate.OPEN,
            Runnable::run,
            time);
  }

  /** Has the target's tree synced beside its engine, from its next process on. */
  void syncBeside(long seed) throws IOException {
    besides = new Random(seed);
    endTarget();
  }

  /** A sync takes its time: what it makes durable is that of its begin at least, or of its end. */
  private void begin(SyncRunner.Sync sync, Consumer<Optional<Throwable>> ended) {
    boolean isEarly = Objects.requireNonNull(besides).nextBoolean();
    Optional<Throwable> early = isEarly ? failureOf(sync) : Optional.empty();
    syncing = () -> ended.accept(isEarly ? early : failureOf(sync));
  }

  private static Optional<Throwable> failureOf(SyncRunner.Sync sync) {
    try {
      sync.run();
      return Optional.empty();
    } catch (IOException | RuntimeException | Error e) {
      return Optional.of(e);
    }
  }

  private void endSync() {
    Runnable end = syncing;
    if (end != null && Objects.requireNonNull(besides).nextInt(3) == 0) {
      syncing = null;
      end.run();
    }
  }

  Path folder() {
    return folder;
  }

  Replica target() {
    return target;
  }

  /** One step of the source's engine. */
  void stepSource() throws IOException, InterruptedException {
    try {

      source.step();

      prove();
    } catch (SimulatedCrash e) {
      endSource();
    }
    if (ways.stream().filter(TestWay::takeEnded).count() > 0) {
      ended();
    }
  }

  /** One step of the target's engine. */
  void stepTarget() throws IOException, InterruptedException {
    endSync();
    try {
      target.step();
    } catch (SimulatedCrash e) {
      ended();
    }
  }

  /** Joins them, if they are not joined. */
  void join() {
    TestWay now = way;
    if (now != null && now.isCut()) {
      old.add(now);
      way = null;
    }
    if (way == null) {
      way = new TestWay(source, "source", target, "target", random);
      way.tellsChunks = tellsChunks;
      way.isNear = isNear;
      ways.add(way);
    }
  }

  /** Cuts the way. */
  void cut() {
    if (way != null) {
      way.cut();
    }
  }

  /** Has those who have a broken way notice, in a while all. */
  void notice() {
    cutWays().forEach(TestWay::notice);
  }

  private List<TestWay> cutWays() {
    List<TestWay> all = new ArrayList<>(old);
    if (way != null && way.isCut()) {
      all.add(way);
    }
    return all;
  }

  /** Delivers a message, if one is under way. */
  void deliver() throws IOException {
    List<TestWay> all = new ArrayList<>(old);
    if (way != null) {
      all.add(way);
    }
    if (!all.isEmpty()) {
      try {
        all.get(random.nextInt(all.size())).deliver();
      } catch (SimulatedCrash e) {
        ended();
      }
    }
    requireUnbroken();
  }

  private void requireUnbroken() {
    if (way != null) {
      assertThat(way.broken()).as("why a replica parted with an honest one").isNull();
    }
  }

  /** The source's process ends, and the next one begins. */
  void endSource() throws IOException {
    ends++;

    sourceEndsAt = 0;
    isChanging = false;
    isProven = false;
    ended(source);
    asked = null;
    sourceProcess.end();
    if (follower != null && hub != null) {
      follower.close();
      hub.close();
    }
    openSource();
  }

  private void ended() throws IOException {
    if (isMachine) {
      endMachine();
    } else {
      endTarget();
    }
  }

  /** The target's process ends, and the next one begins. */
  void endTarget() throws IOException {
    while (true) {
      ends++;

      targetEndsAt = Math.max(0, targetEndsAt);
      ended(target);
      targetProcess.end();
      try {
        openTarget();
        return;
      } catch (SimulatedCrash e) {
        // Again, while it began.
      }
    }
  }

  /** The target's machine ends, which loses what was not synced; the next process begins. */
  void endMachine() throws IOException {
    targetProcess.end();
    machine.crashAndGoOn(random.nextLong());

    machine = CrashableTree.of(disk, CrashPoint.never());
    endTarget();
  }

  private void ended(Replica replica) {
    if (way != null) {
      way.ended(replica);
    }
    old.forEach(w -> w.ended(replica));
  }

  /** Asks for a barrier, unless one is asked for. */
  void ask() {
    if (asked == null) {
      asked = new Asked(source.barrier(PathBytes.EMPTY), changes);
    }
  }

  boolean isAsked() {
    return asked != null;
  }

  /** What a barrier that came to its end promised is so, even when the target's machine ends. */
  private void prove() throws IOException {
    Asked one = asked;
    if (one == null || !one.done().isDone()) {
      return;
    }
    asked = null;
    one.done().join();
    if (one.changes() == changes) {
      provenBarriers++;
      isProven = true;

      // What is sent again (the stamp of a file was young) changes times of directories meanwhile.
      boolean isAll = source.status().backlog() == 0;
      if (random.nextBoolean()) {
        endMachine();
      }
      requireEqual(isAll);
    }
  }

  ReplicaStatus sourceStatus() {
    return source.status();
  }

  /** The trees are equal; if not all is placed that was found, but for directories' times. */
  private void requireEqual(boolean isAll) throws IOException {
    Map<String, String> expected = facts(below, isAll);
    Map<String, String> actual = facts(disk, isAll);
    List<String> others = new ArrayList<>();
    Set<String> paths = new TreeSet<>(expected.keySet());
    paths.addAll(actual.keySet());
    for (String path : paths) {
      if (!Objects.equals(expected.get(path), actual.get(path))) {
        others.add(path + "\n  source: " + expected.get(path) + "\n  target: " + actual.get(path));
      }
    }
    assertThat(others).isEmpty();
  }

  /** How many bytes went over all ways. */
  long bytes() {
    return ways.stream().mapToLong(TestWay::bytes).sum();
  }

  static Map<String, String> facts(PosixTree tree, boolean isAll) throws IOException {
    Map<String, String> facts = new TreeMap<>();
    Map<String, List<String>> groups = new TreeMap<>();
    TreeFacts.of(tree, PathBytes.EMPTY)
        .forEach(
            (path, line) -> {
              boolean isHidden = path.startsWith(".kmesh-") || (!isAll && path.contains(".kmesh~"));
              // The crashable tree has a directory of its own at the top.
              boolean isTimed = !path.isEmpty() && (isAll || !line.startsWith("DIRECTORY"));
              if (!isHidden) {
                String without = isTimed ? " atime" : " mtime";
                Matcher first = FIRST_NAME.matcher(line);
                if (first.find()) {
                  groups.computeIfAbsent(first.group(1), n -> new ArrayList<>()).add(path);
                }
                facts.put(
                    path, first.replaceAll("").replaceAll(without + " FileTime\\[[^]]*\\]", ""));
              }
            });
    for (List<String> group : groups.values()) {
      if (group.size() > 1) {
        group.forEach(path -> facts.merge(path, " is " + group, String::concat));
      }
    }
    return facts;
  }

  /** Nothing of the flow's own is left, and nothing was displaced. */
  void requireTidy() throws IOException {
    assertThat(drifts).isEmpty();
    assertThat(places.listProblems()).isEmpty();
    List<String> own = new ArrayList<>();
    for (String path : TreeFacts.of(disk, PathBytes.EMPTY).keySet()) {
      if (path.contains(".kmesh") && !path.startsWith(".kmesh-crashable")) {
        own.add(path);
      }
    }
    assertThat(own).containsExactly(".kmesh-flow-" + FLOW);
  }

  /** Lets all that happens come to its end: the target has what the source has. */
  void settle() throws IOException, InterruptedException {
    changesAtCalls = 0;
    sourceEndsAt = 0;
    targetEndsAt = 0;
    converge();
  }

  /** As {@link #settle}; processes may end meanwhile. */
  void converge() throws IOException, InterruptedException {
    isProven = false;

    asked = null;
    for (int round = 0; !isProven || source.status().backlog() > 0; round++) {
      if (round == 300) {
        throw new AssertionError(
            "It does not settle: " + source.status() + target.status() + left());
      }
      cutWays().forEach(TestWay::noticeAll);
      join();
      ask();
      round();
    }
    requireEqual(true);
  }

  /** What is not placed, for people. */
  private String left() throws IOException {
    StringBuilder left = new StringBuilder();
    try (OrderedStore.Cursor cursor = targetBase.area('W').all()) {
      while (cursor.next()) {
        ByteBuffer key = ByteBuffer.wrap(cursor.key());
        byte kind = key.get();
        NodeId id = new NodeId(key.getLong(), key.getLong());
        if (kind == 'N') {
          left.append("\n").append(targetBase.node(id));
        } else {
          Link link =
              new Link(id, PathBytes.of(Arrays.copyOfRange(cursor.key(), 17, cursor.key().length)));
          Dirent dirent = targetBase.dirent(link);
          left.append("\n").append(dirent);
          if (dirent.node() != null) {
            left.append("\n  to ").append(targetBase.node(dirent.node()));
          }
        }
      }
    }
    return left.toString();
  }

  /** A quiet round: all is delivered, and time goes on. */
  void round() throws IOException, InterruptedException {
    stepSource();
    for (int i = 0; i < 200 && way != null && !way.isIdle(); i++) {
      deliver();
    }
    stepTarget();
    time.advance(Duration.ofMillis(500));
  }

  @Override
  public void close() throws IOException {
    sourceProcess.end();
    targetProcess.end();
    if (follower != null && hub != null) {
      follower.close();
      hub.close();
    }
    lustre.close();
    machine.close();
    disk.close();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
