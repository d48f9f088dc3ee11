// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.flows.access.AccessSettings;
import io.kmesh.core.internal.flows.access.AccessSite;
import io.kmesh.core.internal.flows.access.BackSettings;
import io.kmesh.core.internal.flows.access.SourceEdits;
import io.kmesh.core.internal.flows.base.BaseFiles;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.content.ChunkKeys;
import io.kmesh.core.internal.flows.content.FeatureTable;
import io.kmesh.core.internal.flows.control.DefectException;
import io.kmesh.core.internal.flows.detect.ChangelogFollower;
import io.kmesh.core.internal.flows.detect.ChangelogHub;
import io.kmesh.core.internal.flows.detect.Concurrent;
import io.kmesh.core.internal.flows.detect.DeleteGuard;
import io.kmesh.core.internal.flows.detect.DeletionsHeld;
import io.kmesh.core.internal.flows.detect.Findings;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.detect.LiveSource;
import io.kmesh.core.internal.flows.detect.LiveTree;
import io.kmesh.core.internal.flows.detect.LustreLiveTree;
import io.kmesh.core.internal.flows.detect.PosixLiveTree;
import io.kmesh.core.internal.flows.detect.StillSource;
import io.kmesh.core.internal.flows.grants.GrantDesk;
import io.kmesh.core.internal.flows.merge.ReplicaEnds;
import io.kmesh.core.internal.flows.merge.TombstoneCollector;
import io.kmesh.core.internal.flows.place.Drift;
import io.kmesh.core.internal.flows.place.LocalKeys;
import io.kmesh.core.internal.flows.place.PlaceSettings;
import io.kmesh.core.internal.flows.place.Placer;
import io.kmesh.core.internal.flows.place.SyncRunner;
import io.kmesh.core.internal.flows.replica.Collecting;
import io.kmesh.core.internal.flows.replica.Joining;
import io.kmesh.core.internal.flows.replica.ReadGate;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.core.internal.flows.replica.ReplicaIdentity;
import io.kmesh.core.internal.flows.replica.ReplicaStatus;
import io.kmesh.core.internal.flows.replica.ReplicaThread;
import io.kmesh.core.internal.flows.replica.Source;
import io.kmesh.core.internal.flows.seed.SeedSettings;
import io.kmesh.core.internal.flows.seed.SeedSource;
import io.kmesh.core.internal.flows.service.EndPlan.Role;
import io.kmesh.core.internal.objecttree.ObjectTree;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowProblem;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreHsm;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One end of a flow that runs in this process: its tree, its base, its engine. Thread-safe. */
public final class FlowEnd implements Closeable {
  private static final int READERS = 4;
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final EndPlan plan;
  private final Deque<Closeable> open = new ArrayDeque<>();
  private final PosixTree tree;
  private final Replica replica;
  private final FlowBase base;
  private final @Nullable Inspector inspector;
  private final @Nullable SourceWatch source;
  private @Nullable PrefixSource prefix;
  private @Nullable PushedTree pushed;
  private @Nullable SeedSource seeds;
  private final @Nullable TreeTarget target;
  private final @Nullable AccessSite access;
  private final @Nullable GrantDesk desk;
  private @Nullable EndConflicts conflicts;
  private @Nullable ReplicaThread thread;

  private FlowEnd(
      EndPlan plan,
      OpenEndpoint endpoint,
      @Nullable GrantDesk owners,
      KmeshTime time,
      Consumer<Drift> drifts,
      Consumer<FlowProblem> beside)
      throws IOException {
    this.plan = plan;
    open.push(endpoint);
    this.tree = endpoint.tree();
    try {
      OrderedStore store = BaseFiles.open(plan.file(), time);
      open.push(store);
      desk = owners != null ? owners : learning(time);
      base =
          FlowBase.open(
              store,
              plan.role() == Role.MERGE ? ReplicaEnds.newId(plan.end(), RANDOM) : replicaId());
      Joining joining = null;
      if (plan.role() == Role.MERGE) {
        FlowMode.MultiMaster mode = (FlowMode.MultiMaster) plan.mode();
        MergedEnd end =
            new MergedEnd(
                base,
                MergedEnd.policy(mode.conflicts()),
                live(endpoint),
                guard(plan),
                keys(endpoint),
                time);
        Placer placer = end.openPlacer(tree, plan.flow());
        open.push(placer);
        target = new TreeTarget(base, placer, time, drifts);
        access = null;
        inspector = end.inspector();
        Optional<ChangelogFollower> follower = follower(endpoint, base, time);
        source =
            new SourceWatch(
                end.inspector(),
                base::lastSeq,
                told -> new LiveSource(end.inspector(), follower, plan.scanPause(), time, told));
        joining =
            new Joining(
                base,
                end.merger(),
                new SharedTree(end.inspector(), target),
                // Who shares more than two trees does not know what all of them have seen.
                plan.group() == null ? new Collecting(new TombstoneCollector(base), time) : null);
        conflicts =
            new EndConflicts(
                base,
                end,
                tree,
                MergedEnd.nameOf(base.replica()),
                MergedEnd.label(mode.conflicts()));
      } else if (plan.role() == Role.SOURCE) {
        target = null;
        access = null;
        inspector = new Inspector(base, live(endpoint), guard(plan), Concurrent.HERE_WINS, time);
        Inspector looks = inspector;
        Optional<ChangelogFollower> follower = follower(endpoint, base, time);
        source =
            new SourceWatch(
                looks,
                base::lastSeq,
                told ->
                    endpoint.tree() instanceof ObjectTree objects
                        ? prefix(objects, looks, time, told)
                        : isStill(endpoint)
                            ? new StillSource(base, looks, plan.scanPause(), time, told)
                            : live(endpoint, looks, follower, time, told));
      } else if (plan.mode() instanceof FlowMode.Access mode) {
        inspector = null;
        source = null;
        target = null;
        access = AccessSite.open(settings(plan, mode), tree, base, desk, beside, time);
        open.push(access);
      } else {
        inspector = null;
        source = null;
        access = null;
        PosixTree placed = tree;
        if (tree instanceof ObjectTree objects) {
          pushed = new PushedTree(objects, time);
          placed = pushed;
        }
        Placer placer = Placer.begin(placed, base, PlaceSettings.of(plan.flow(), keys(endpoint)));
        open.push(placer);
        target = new TreeTarget(base, placer, time, drifts);
        if (pushed != null) {
          target.eachRetry(pushed::retry);
        } else {
          placer.syncBy(syncer());
        }
      }
      Assembler assembler = target == null ? null : assembler(target, endpoint);
      ThreadPoolExecutor readers =
          KmeshThreads.pool("flow-reader", READERS, new LinkedBlockingQueue<>());
      open.push(
          () -> {
            readers.shutdownNow();
            KmeshThreads.awaitEnd(readers, LIMIT);
          });
      replica =
          new Replica(
              new ReplicaIdentity(plan.flow(), plan.side().name(), plan.generation()),
              base,
              tree,
              source,
              access == null ? target : access.target(),
              joining,
              gate(endpoint),
              readers,
              time);
      if (access != null) {
        access.join(replica);
      }
      if (assembler != null) {
        assembler.wakeBy(replica::wake);
      }
      if (source != null) {
        // By these it finds files of its own when its direction is switched.
        replica.noteIn(
            assembler == null ? FeatureTable.open(base, FeatureTable.MOST) : assembler.features());
      }
      if (plan.mode() instanceof FlowMode.Access mode) {
        replica.sendOnDemand();
        if (desk != null) {
          replica.guard(new GrantGate(desk));
        }
        if (source != null && mode.writes() != FlowMode.WriteMode.READ_ONLY) {
          SourceEdits edits =
              new SourceEdits(plan.flow(), tree, base, source, plan.sensitive(), replica::wake);
          open.push(edits);
          replica.take(edits);
        }
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** A tree that is walked, of which the first copy may be made by trees. */
  private Source live(
      OpenEndpoint endpoint,
      Inspector looks,
      Optional<ChangelogFollower> follower,
      KmeshTime time,
      Consumer<Findings> told) {
    LiveSource made = new LiveSource(looks, follower, plan.scanPause(), time, told);
    if (!(endpoint.endpoint() instanceof Endpoint.LocalDirectory)
        || endpoint.lustre().isPresent()
        || plan.group() != null) {
      return made;
    }
    SeedSource wrapped = new SeedSource(made, looks, base, tree, plan.name(), time);
    open.push(wrapped);
    seeds = wrapped;
    return wrapped;
  }

  /** Has its first copy made by trees, where that can be. */
  void seed(FlowEnd to, SeedSource.Toll toll, Runnable ended) {
    SeedSource from = seeds;
    TreeTarget there = to.target;
    if (from == null || there == null || to.pushed != null || to.plan.role() != Role.TARGET) {
      ended.run();
    } else {
      from.seed(new SeedEnd(replica, to.replica, there, ended), toll, SeedSettings.USUAL);
    }
  }

  private PrefixSource prefix(
      ObjectTree objects, Inspector looks, KmeshTime time, Consumer<Findings> told)
      throws IOException {
    ThreadPoolExecutor worker = KmeshThreads.pool("flow-list", 1, new LinkedBlockingQueue<>());
    open.push(() -> KmeshThreads.awaitEnd(worker, LIMIT));
    PrefixSource made =
        new PrefixSource(looks, objects, plan.scanPause(), time, told, worker, this::wake);
    open.push(
        () -> {
          made.close();
          worker.shutdown();
        });
    prefix = made;
    return made;
  }

  private void wake() {
    replica.wake();
  }

  private SyncRunner syncer() {
    ThreadPoolExecutor worker = KmeshThreads.pool("flow-sync", 1, new LinkedBlockingQueue<>());
    open.push(worker::shutdown); // before the placer, which waits for what is under way
    return (sync, ended) ->
        worker.execute(
            () -> {
              Optional<Throwable> failure = Optional.empty();
              try {
                sync.run();
              } catch (IOException | RuntimeException | Error e) {
                failure = Optional.of(e);
              }
              ended.accept(failure);
              wake();
            });
  }

  private Assembler assembler(TreeTarget places, OpenEndpoint endpoint) throws IOException {
    ThreadPoolExecutor worker = KmeshThreads.pool("flow-chunks", 1, new LinkedBlockingQueue<>());
    open.push(() -> KmeshThreads.awaitEnd(worker, LIMIT));
    Assembler made =
        places.assembleBy(
            tree, gate(endpoint), ChunkKeys.of(plan.flow()), RecipeSettings.USUAL, worker);
    open.push(
        () -> {
          made.close();
          worker.shutdown();
        });
    return made;
  }

  /** What is known here of the grants that another site gives; null when nothing is sensitive. */
  private @Nullable GrantDesk learning(KmeshTime time) throws IOException {
    if (plan.sensitive().isEmpty()) {
      return null;
    }
    GrantDesk learned =
        GrantDesk.open(
            GrantDesk.Role.LEARNS,
            PosixTrees.open(BaseFiles.folder(plan.file())),
            plan.sensitive(),
            time);
    open.push(learned);
    return learned;
  }

  /**
   * Takes the grants that count from the site that gives them.
   *
   * @param site who tells
   * @throws ProviderException INVALID when they are not of the form; PRECONDITION when nothing is
   *     sensitive here
   */
  public void learn(String site, ObjectNode grants) throws IOException {
    GrantDesk here = desk;
    if (here == null) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot take grants: nothing is sensitive in the flow \"" + plan.name() + "\".");
    }
    here.learn(site, grants);
  }

  /** Sends nothing under a grant any more, whatever the site that gives it tells. */
  void withdraw(String grant) throws IOException {
    GrantDesk here = desk;
    if (here != null) {
      here.withdraw(grant);
    }
  }

  private Optional<ChangelogFollower> follower(OpenEndpoint endpoint, FlowBase base, KmeshTime time)
      throws IOException {
    if (plan.changelogUsers().isEmpty() || endpoint.lustre().isEmpty()) {
      return Optional.empty();
    }
    ChangelogHub hub = new ChangelogHub(endpoint.lustre().get(), plan.changelogUsers(), time);
    open.push(hub);
    ChangelogFollower follower = new ChangelogFollower(base, hub, plan.flow());
    open.push(follower);
    return Optional.of(follower);
  }

  /**
   * Opens an end.
   *
   * @param endpoint closed with it
   * @param owners the flow's grants where they are given, which stay the caller's; null at another
   *     site, or when nothing is sensitive
   * @param observers hear what somebody else did to the tree
   */
  public static FlowEnd open(
      EndPlan plan,
      OpenEndpoint endpoint,
      @Nullable GrantDesk owners,
      KmeshTime time,
      Observers observers)
      throws IOException {
    return new FlowEnd(
        plan,
        endpoint,
        owners,
        time,
        drift -> tell(plan.name(), drift, observers),
        beside -> tell(plan.name(), beside, observers));
  }

  private static void tell(String flow, Drift drift, Observers observers) {
    observers.event(
        Severity.WARNING,
        "flow.drift",
        flow,
        "Somebody else than the flow changed " + drift.path() + " at its target: " + drift.reason(),
        drift.kept() == null
            ? Map.of("path", drift.path().toString())
            : Map.of("path", drift.path().toString(), "kept", drift.kept().toString()));
  }

  private static void tell(String flow, FlowProblem beside, Observers observers) {
    observers.event(
        Severity.WARNING,
        "flow.conflict",
        flow,
        beside.path() + ": " + beside.reason(),
        Map.of("path", beside.path()));
  }

  /** Its tree. */
  PosixTree tree() {
    return tree;
  }

  /** What it was opened for. */
  public EndPlan plan() {
    return plan;
  }

  /** Begins to work. */
  public void start() {
    if (pushed != null) {
      pushed.begin();
    }
    ReplicaThread started =
        new ReplicaThread(plan.name() + "-" + (source == null ? "target" : "source"), replica);
    thread = started;
    open.push(started::close);
  }

  /** It, as one of several masters, of which all others count; null of other modes. */
  public @Nullable MasterEnd master() {
    return master(Replica.ALL);
  }

  /**
   * It, as one of several masters; null of other modes.
   *
   * @param towards the end that counts in barriers
   */
  public @Nullable MasterEnd master(int towards) {
    return conflicts == null ? null : new LocalMaster(replica, base, conflicts, towards);
  }

  /** What gives access to the other end; null where the tree is placed. */
  @Nullable AccessSite access() {
    return access;
  }

  private static AccessSettings settings(EndPlan plan, FlowMode.Access mode) {
    return new AccessSettings(
        plan.flow(),
        plan.name(),
        mode.lease(),
        mode.cache().bytes(),
        mode.stale() == FlowMode.Stale.SHOW,
        mode.writes() != FlowMode.WriteMode.READ_ONLY,
        mode.writes() == FlowMode.WriteMode.WRITE_BACK
            ? new BackSettings(
                mode.back().delay(), mode.back().unsent().bytes(), mode.back().room())
            : null);
  }

  /** How it stands. */
  public EndStatus status() {
    return status(Replica.ALL);
  }

  /**
   * How it stands.
   *
   * @param towards the end of several masters to which changes are to go
   */
  public EndStatus status(int towards) {
    ReplicaStatus now = replica.status().towards(towards);
    List<FlowProblem> problems = new ArrayList<>();
    if (source != null) {
      problems.addAll(source.problems());
    }
    if (prefix != null) {
      problems.addAll(prefix.problems());
    }
    if (pushed != null) {
      problems.addAll(pushed.problems());
    }
    if (target != null) {
      target
          .listProblems()
          .forEach(p -> problems.add(new FlowProblem(p.path().toString(), p.message())));
    }
    Optional<DeletionsHeld> held = source == null ? Optional.empty() : source.held();
    Throwable failure = failure();
    return new EndStatus(
        source == null || source.isFirstDone(now.shown()),
        now.backlog(),
        now.lag(),
        now.lagP50(),
        now.lagP99(),
        now.changesSent(),
        access == null ? now.bytesSent() : access.fetched(),
        held.map(DeletionsHeld::count).orElse(0L),
        held.map(FlowEnd::describe).orElse(""),
        problems.subList(0, Math.min(problems.size(), EndStatus.MOST_PROBLEMS)),
        failure == null ? "" : String.valueOf(failure.getMessage()),
        failure != null && DefectException.is(failure));
  }

  private static String describe(DeletionsHeld held) {
    return held.count()
        + " of "
        + held.entries()
        + " entries vanished from the source, such as "
        + String.join(", ", held.examples().stream().limit(3).map(PathBytes::toString).toList())
        + ". If they are meant to be gone, confirm it; if a mount is missing, bring it back.";
  }

  /** Lets held removals go on. */
  public CompletableFuture<Void> confirmDeletions() {
    Inspector looks = inspector;
    if (looks == null || source == null || source.held().isEmpty()) {
      return CompletableFuture.failedFuture(
          new ProviderException(
              ErrorKind.PRECONDITION,
              "Cannot confirm deletions of the data flow \""
                  + plan.name()
                  + "\": none are held back."));
    }
    return replica.change(looks::confirmDeletions);
  }

  /** Its engine. */
  public Replica replica() {
    return replica;
  }

  /** What ended it; null while it works. */
  public @Nullable Throwable failure() {
    return thread == null ? null : thread.failure().orElse(null);
  }

  private static boolean isStill(OpenEndpoint endpoint) {
    return endpoint.endpoint() instanceof Endpoint.SnapshotTree;
  }

  private static LiveTree live(OpenEndpoint endpoint) throws IOException {
    if (isStill(endpoint)) {
      return PosixLiveTree.still(endpoint.tree());
    }
    if (endpoint.endpoint() instanceof Endpoint.VirtualCopyTree) {
      return PosixLiveTree.own(endpoint.tree());
    }
    if (endpoint.tree() instanceof ObjectTree objects) {
      return PosixLiveTree.exact(objects);
    }
    return endpoint.lustre().isPresent() && endpoint.endpoint() instanceof Endpoint.LustrePath path
        ? new LustreLiveTree(endpoint.lustre().get(), path.path())
        : PosixLiveTree.open(endpoint.tree(), PathBytes.EMPTY);
  }

  /** What is released stays so: its bytes are in an archive, and reading brings them back. */
  private static ReadGate gate(OpenEndpoint endpoint) {
    if (endpoint.lustre().isEmpty()) {
      return ReadGate.OPEN;
    }
    LustreHsm hsm = endpoint.lustre().get().hsm();
    return file ->
        hsm.state(file).flags().contains(HsmFlag.RELEASED)
            ? Optional.of("It is released: its bytes are in an archive. Recall it first.")
            : Optional.empty();
  }

  private static LocalKeys keys(OpenEndpoint endpoint) {
    return endpoint.lustre().map(lustre -> LocalKeys.of(lustre.identity())).orElse(LocalKeys.POSIX);
  }

  private static DeleteGuard guard(EndPlan plan) {
    return new DeleteGuard(plan.guard().entries(), (int) plan.guard().share().value());
  }

  private static long replicaId() {
    long id = RANDOM.nextLong();
    return id == 0 ? 1 : id;
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    if (pushed != null) {
      pushed.stop(); // else the engine's thread would wait for the store
    }
    if (prefix != null) {
      prefix.close();
    }
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
