// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.detect.Concurrent;
import io.kmesh.core.internal.flows.detect.DeleteGuard;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.detect.LiveSource;
import io.kmesh.core.internal.flows.detect.PosixLiveTree;
import io.kmesh.core.internal.flows.detect.TreeSteps;
import io.kmesh.core.internal.flows.place.Drift;
import io.kmesh.core.internal.flows.place.LocalKeys;
import io.kmesh.core.internal.flows.place.Nursery;
import io.kmesh.core.internal.flows.place.PlaceSettings;
import io.kmesh.core.internal.flows.place.Placer;
import io.kmesh.core.internal.flows.replica.Pair;
import io.kmesh.core.internal.flows.replica.ReadGate;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.core.internal.flows.replica.ReplicaIdentity;
import io.kmesh.core.internal.flows.seed.SeedSettings;
import io.kmesh.core.internal.flows.seed.SeedSource;
import io.kmesh.core.internal.flows.seed.SeedTarget;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A flow with both ends in one process, driven in one thread, from its first copy on: the process,
 * or the machine with it, can end at any call, and both trees change at any time.
 */
final class SeedWorld implements AutoCloseable {
  private static final String FLOW = "f";
  private static final Set<String> OF_STORE = Set.of("get", "put", "remove", "scan", "next");

  final Random random;
  final TreeSteps steps;
  final List<Drift> drifts = new ArrayList<>();

  /** After so many calls the process ends; 0 for never. */
  int endsAt;

  /** Whether the machine ends as well then. */
  boolean isMachine;

  /** How often the source changes while it is looked at: one of so many calls; 0 for never. */
  int changesAtCalls;

  int calls;

  /** Trees that the target took whole. */
  int trees;

  /** So many writes of the target fail for want of room. */
  int fullWrites;

  /** What is done to the target's tree when the first trees came. */
  @Nullable Disturbance disturbance;

  private final ManualTime time = ManualTime.create();
  private final Path folder;
  private final SimulatedLustre lustre;
  private final PosixTree below;
  private final PosixTree disk;
  private CrashableTree machine;
  private final MemoryOrdered sourceStore = new MemoryOrdered();
  private final MemoryOrdered targetStore = new MemoryOrdered();
  private TestProcess process;
  private Replica source;
  private Replica target;
  private TreeTarget places;
  private boolean isChanging;

  /** Something that somebody else does. */
  interface Disturbance {
    void run(Path target) throws IOException;
  }

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
    public void close() {}
  }

  SeedWorld(long seed) throws IOException {
    this.random = new Random(seed);
    folder = Files.createTempDirectory("kmesh-seed");
    lustre =
        SimulatedLustre.builder(folder.resolve("source"))
            .mdts(2, DataSize.ofGib(1))
            .time(time)
            .seed(seed)
            .open();
    try (PosixDirectory root = lustre.tree().openRoot()) {
      root.makeDirectory(TwoSites.TOP, 0755);
    }
    steps = new TreeSteps(lustre.tree(), TwoSites.TOP, random);
    below = new Below(lustre.tree(), TwoSites.TOP);
    disk = new Unsynced(JnaPosix.open(Files.createDirectory(folder.resolve("target"))));
    machine = CrashableTree.of(disk, CrashPoint.never());
  }

  /** Lets time go on, so that no stamp is young. */
  void age() {
    time.advance(Duration.ofSeconds(10));
  }

  private void at(String call, TestProcess.When when) throws IOException {
    if (OF_STORE.contains(call)) {
      return;
    }
    calls++;
    if (call.equals("write") && when == TestProcess.When.BEFORE && fullWrites > 0) {
      fullWrites--;
      throw new ProviderException(Errno.ENOSPC, "Cannot write: the disk is full.");
    }
    if (--endsAt == 0) {
      throw new SimulatedCrash("at " + when + " " + call);
    }
    if (changesAtCalls > 0 && !isChanging && random.nextInt(changesAtCalls) == 0) {
      isChanging = true;
      steps.step();
      isChanging = false;
    }
  }

  /** The first process begins. */
  void begin() throws IOException {
    try {
      open();
    } catch (SimulatedCrash e) {
      end();
    }
  }

  private void open() throws IOException {
    process = new TestProcess(this::at);
    sourceStore.reopen();
    targetStore.reopen();
    PosixTree from = process.see(PosixTree.class, below);
    FlowBase sourceBase = FlowBase.open(process.see(OrderedStore.class, sourceStore), 7);
    Inspector inspector =
        new Inspector(
            sourceBase,
            PosixLiveTree.open(from, PathBytes.EMPTY),
            new DeleteGuard(0, 100),
            Concurrent.HERE_WINS,
            time);
    SeedSource looks =
        new SeedSource(
            new LiveSource(inspector, Optional.empty(), Duration.ofSeconds(1), time, found -> {}),
            inspector,
            sourceBase,
            from,
            FLOW,
            time);
    source = replica("source", sourceBase, from, looks, null);
    PosixTree to = process.see(PosixTree.class, machine);
    FlowBase base = FlowBase.open(process.see(OrderedStore.class, targetStore), 5);
    PlaceSettings settings =
        new PlaceSettings(FLOW, LocalKeys.POSIX, PlaceSettings.Existing.DISPLACE, 1, 16);
    places = new TreeTarget(base, Placer.begin(to, base, settings), time, drifts::add);
    target = replica("target", base, to, null, places);
    looks.seed(
        new Counted(new SeedEnd(source, target, places, this::join)),
        (bytes, isWanted) -> {},
        new SeedSettings(0, 5, 3));
  }

  private Replica replica(
      String name,
      FlowBase base,
      PosixTree tree,
      @Nullable SeedSource looks,
      @Nullable TreeTarget to)
      throws IOException {
    return new Replica(
        new ReplicaIdentity(FLOW, name, 0),
        base,
        tree,
        looks,
        to,
        ReadGate.OPEN,
        Runnable::run,
        time);
  }

  private void join() {
    Pair unused = new Pair(source, "source", target, "target");
  }

  private final class Counted implements SeedTarget {
    private final SeedTarget real;

    Counted(SeedTarget real) {
      this.real = real;
    }

    @Override
    public CompletableFuture<Optional<Nursery>> begin() {
      return real.begin();
    }

    @Override
    public CompletableFuture<Void> take(
        Nursery nursery, long to, Optional<Node> top, List<Placer.Planted> some) {
      if (trees == 0 && disturbance != null) {
        try {
          disturbance.run(folder.resolve("target"));
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }
      trees += some.size();
      return real.take(nursery, to, top, some);
    }

    @Override
    public CompletableFuture<Void> end() {
      return real.end();
    }

    @Override
    public void ended() {
      real.ended();
    }

    @Override
    public void count(long changes, long bytes) {
      real.count(changes, bytes);
    }
  }

  private void end() throws IOException {
    while (true) {
      endsAt = Math.max(0, endsAt);
      isChanging = false;
      process.end();
      if (isMachine) {
        machine.crashAndGoOn(random.nextLong());
        machine = CrashableTree.of(disk, CrashPoint.never());
      }
      try {
        open();
        return;
      } catch (SimulatedCrash e) {
        // Again, while it began.
      }
    }
  }

  private void step() throws IOException, InterruptedException {
    try {
      source.step();
      target.step();
    } catch (SimulatedCrash e) {
      end();
      throw e;
    }
    time.advance(Duration.ofMillis(500));
  }

  /** Runs so many rounds. */
  void run(int rounds) throws IOException, InterruptedException {
    for (int i = 0; i < rounds; i++) {
      try {
        step();
      } catch (SimulatedCrash e) {
        // The next process goes on.
      }
    }
  }

  /** Asks for a place, and runs until it is there. */
  void look(String path) throws IOException, InterruptedException {
    CompletableFuture<Void> asked = source.barrier(PathBytes.of(path));
    for (int round = 0; !asked.isDone(); round++) {
      assertThat(round).isLessThan(500);
      step();
    }
    asked.join();
  }

  /** Runs until somebody who asked for all that is there has it; the process may end meanwhile. */
  void converge() throws IOException, InterruptedException {
    CompletableFuture<Void> asked = null;
    for (int round = 0;
        asked == null || !asked.isDone() || source.status().backlog() > 0;
        round++) {
      assertThat(round).as("rounds: %s %s", source.status(), target.status()).isLessThan(500);
      try {
        if (asked == null) {
          asked = source.barrier(PathBytes.EMPTY);
        }
        step();
      } catch (SimulatedCrash e) {
        asked = null;
      }
    }
    asked.join();
    assertThat(TwoSites.facts(disk, true)).isEqualTo(TwoSites.facts(below, true));
  }

  /** Nothing of the flow's own is left, and nothing was displaced. */
  void requireTidy() throws IOException {
    assertThat(drifts).isEmpty();
    assertThat(places.listProblems()).isEmpty();
    assertThat(own()).containsExactly(".kmesh-flow-" + FLOW);
  }

  /** The flow's own names at the target. */
  List<String> own() throws IOException {
    List<String> own = new ArrayList<>();
    for (String path : TreeFacts.of(disk, PathBytes.EMPTY).keySet()) {
      if (path.contains(".kmesh") && !path.startsWith(".kmesh-crashable")) {
        own.add(path);
      }
    }
    return own;
  }

  Path target() {
    return folder.resolve("target");
  }

  @Override
  public void close() throws IOException {
    process.end();
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
