// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.grants.GrantDesk;
import io.kmesh.core.internal.flows.merge.ConflictDesk;
import io.kmesh.core.internal.flows.placement.Way;
import io.kmesh.core.internal.flows.service.FlowRecordJson.FlowRecord;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Host;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Lent;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Wanted;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.BarrierOutcome;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowGrant;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowMode.Sync.OnTimeout;
import io.kmesh.flows.FlowProblem;
import io.kmesh.flows.FlowRemains;
import io.kmesh.flows.FlowSpec;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowStatus;
import io.kmesh.flows.FlowWriter;
import io.kmesh.flows.Grant;
import io.kmesh.path.PathBytes;
import io.kmesh.placement.PlacementDecision;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A flow of a state, running or not. Thread-safe. */
final class StoredFlow implements DataFlow {
  private static final Logger LOG = LoggerFactory.getLogger(StoredFlow.class);
  private static final Duration CONFIRM = Duration.ofMinutes(10);

  private static final Duration LOOKED = Duration.ofMinutes(1);

  private final FlowService service;
  private final String name;
  private final FlowSpec spec;
  private final String id;
  private final @Nullable Host host;
  private final FlowWait waits;
  private final AtomicInteger degraded = new AtomicInteger();
  private FlowRecord record; // guarded by this, as all below
  private @Nullable FlowRun run;
  private @Nullable LagWatch lag;
  private @Nullable GrantDesk desk;
  private boolean isDeleted;
  private List<FlowProblem> keptThere = List.of();
  private FlowRemains remains = FlowRemains.NONE;

  StoredFlow(FlowService service, String name, FlowSpec spec, FlowRecord record) {
    this.service = service;
    this.name = name;
    this.spec = spec;
    this.id = record.id();
    this.host = record.host();
    this.record = record;
    this.waits = new FlowWait(name, this::requireRunning, this::status);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public FlowSpec spec() {
    return spec;
  }

  synchronized boolean isToRun() {
    return record.wanted() == Wanted.RUNNING;
  }

  synchronized boolean isRunning() {
    return run != null;
  }

  /** Its id, which stays; asked by who holds the service's lock, so it takes none. */
  String id() {
    return id;
  }

  /** For whom its cache is held here; null of a flow of this site. Stays, and takes no lock. */
  @Nullable Host host() {
    return host;
  }

  synchronized boolean isDeleted() {
    return isDeleted;
  }

  /** The other site's end of one that runs between two; null else. */
  synchronized @Nullable RemoteEnd remote() {
    return run instanceof RemoteRun remote ? remote.remote() : null;
  }

  /** Ends the session with a site that is to hold the cache; dialling decides on the next. */
  void cut(String site, String why) {
    if (running() instanceof LentRun lent
        && spec.target() instanceof Endpoint.SitePath target
        && target.site().equals(site)) {
      lent.cut(why);
    }
  }

  /** Whether the other site said that it holds the cache. */
  synchronized boolean isMade() {
    return record.lent() == Lent.MADE;
  }

  /** The other site holds the cache now. */
  synchronized void made() {
    lend(Lent.MADE);
  }

  private void lend(Lent next) {
    if (!isDeleted && record.lent() != next) {
      FlowRecord changed = record.lent(next);
      service.keep(name, changed);
      record = changed;
    }
  }

  /** What belongs to the site that made a flow is done there. */
  private void requireOwn(String what) {
    if (host != null) {
      throw new KmeshException(
          ErrorKind.PRECONDITION,
          "Cannot "
              + what
              + " the data flow \""
              + name
              + "\" here: it belongs to "
              + host.site()
              + ", which made it. Do that there, by the name "
              + host.name()
              + ".");
    }
  }

  @Override
  public DataFlow start() {
    requireOwn("start");
    return startOf();
  }

  /** As {@link #start}, for whomever it belongs to. */
  synchronized DataFlow startOf() {
    if (isDeleted) {
      throw new KmeshException(
          ErrorKind.NOT_FOUND,
          "Cannot start the data flow \"" + name + "\": it was deleted. Make it again.");
    }
    if (run != null && run.failure().isPresent()) {
      park();
    }
    if (run == null) {
      try {
        service.protector().follow(record, spec);
        if (FlowService.isLent(spec) && record.lent() == Lent.NONE) {
          lend(Lent.ASKED); // from here on somebody may have made it
        }
        run = service.run(name, record, spec);
        lag = service.watch(name, spec, run);
      } catch (IOException e) {
        throw KmeshException.ofMutation(e);
      }
    }
    want(Wanted.RUNNING);
    return this;
  }

  private void want(Wanted wanted) {
    if (record.wanted() != wanted) {
      FlowRecord next = record.wanting(wanted);
      service.keep(name, next);
      record = next;
    }
  }

  @Override
  public void stop() {
    requireOwn("stop");
    stopOf();
  }

  /** As {@link #stop}, for whomever it belongs to. */
  synchronized void stopOf() {
    if (!isDeleted) {
      want(Wanted.STOPPED);
    }
    tellOther(Question.REST);
    if (run instanceof LentRun lent) {
      lent.rest();
    }
    park();
  }

  /** The other site goes on without, or is told the next time. */
  private void tellOther(Question question) {
    if (run instanceof RemoteRun remote) {
      try {
        remote.tellOther(question);
      } catch (IOException e) {
        LOG.warn("The other site of the flow \"{}\" says: {}", name, e.getMessage());
      }
    }
  }

  /** Ends what runs; what is wanted stays. */
  synchronized void park() {
    FlowRun running = run;
    run = null;
    GrantDesk grants = desk;
    desk = null;
    if (lag != null) {
      lag.close();
      lag = null;
    }
    try {
      close(running);
    } finally {
      close(grants); // last: what runs asks for them
    }
  }

  private static void close(@Nullable Closeable one) {
    if (one != null) {
      try {
        one.close();
      } catch (IOException e) {
        throw KmeshException.ofMutation(e);
      }
    }
  }

  /** What a run asks for grants; null when nothing is sensitive. */
  @Nullable GrantDesk deskOrNull() {
    return spec.sensitive().isEmpty() || isLent() ? null : desk();
  }

  /** The flow's grants, whether it runs or not. */
  private synchronized GrantDesk desk() {
    if (spec.sensitive().isEmpty()) {
      throw nothingSensitive();
    }
    if (isDeleted) {
      throw new KmeshException(
          ErrorKind.NOT_FOUND, "Cannot use the data flow \"" + name + "\": it was deleted.");
    }
    GrantDesk open = desk;
    if (open == null) {
      try {
        open = service.openDesk(name, record, spec);
      } catch (IOException e) {
        throw KmeshException.ofRead(e);
      }
      desk = open;
    }
    return open;
  }

  @Override
  public FlowGrant grant(Grant grant) {
    requireOwn("give a grant of");
    try {
      return isLent() ? lent("give a grant").grant(grant) : desk().grant(grant);
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  @Override
  public List<FlowGrant> grants() {
    try {
      return isLent() ? lent("list its grants").grants() : desk().list();
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public void revoke(String id) {
    requireOwn("take back a grant of");
    revokeOf(id);
  }

  /** As {@link #revoke}, for whomever it belongs to. */
  void revokeOf(String id) {
    try {
      if (isLent()) {
        lent("take back a grant").revoke(id);
      } else {
        desk().revoke(id);
      }
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  /** Gives the grant that the flow's site asks for, once. */
  FlowGrant grantOf(HostedJson.NewGrant asked) throws IOException {
    return desk().grant(asked.id(), asked.grant());
  }

  private boolean isLent() {
    return FlowService.isLent(spec);
  }

  private LentRun lent(String what) {
    if (spec.sensitive().isEmpty()) {
      throw nothingSensitive();
    }
    return (LentRun) requireRunning(what);
  }

  private KmeshException nothingSensitive() {
    return new KmeshException(
        ErrorKind.UNSUPPORTED,
        "Cannot grant or audit anything of the data flow \""
            + name
            + "\": it has no sensitive paths. Make a flow with sensitive(..), or --sensitive.");
  }

  @Override
  public Stream<AuditEntry> audit() {
    try {
      return isLent() ? lent("read its audit log").audit() : desk().audit();
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public FlowStatus status() {
    FlowRun running = running();
    Map<Way, PlacementDecision> decided = decisions();
    FlowStatus now =
        running != null
            ? degraded(unwritten(running, running.status()))
            : new FlowStatus(
                FlowState.STOPPED,
                forbidden(decided),
                0,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                0,
                0,
                0,
                0,
                0,
                List.of(),
                List.of());
    return atRest(now).decided(List.copyOf(decided.values()));
  }

  private static FlowStatus unwritten(FlowRun running, FlowStatus now) {
    return running
        .access()
        .map(site -> now.writingBack(site.unwritten(), site.problems()))
        .orElse(now);
  }

  /** Nothing is sent at hours of which the specification says so. */
  private FlowStatus atRest(FlowStatus now) {
    boolean isHeld =
        now.state() == FlowState.STOPPED
            || now.state() == FlowState.FAILED
            || now.state() == FlowState.HOLDING;
    return isHeld || !service.isSilent(spec)
        ? now
        : now.in(FlowState.WAITING, "Nothing is sent at this hour: its rate is 0 bytes a second.");
  }

  private synchronized Map<Way, PlacementDecision> decisions() {
    return isDeleted ? Map.of() : service.decisions(record);
  }

  /** Why it may not run; empty when it may, or nobody asked. */
  private synchronized String forbidden(Map<Way, PlacementDecision> decided) {
    for (Way way : Way.of(spec.mode(), record.generation())) {
      PlacementDecision decision = decided.get(way);
      if (decision != null && !decision.isAllowed()) {
        return decision.reason();
      }
    }
    return "";
  }

  private FlowStatus degraded(FlowStatus now) {
    return degraded.get() == 0 || now.state() == FlowState.FAILED
        ? now
        : now.in(
            FlowState.DEGRADED,
            now.reason().isEmpty() ? "Writers go on without the target." : now.reason());
  }

  private synchronized @Nullable FlowRun running() {
    return run;
  }

  private FlowRun requireRunning(String what) {
    FlowRun running = running();
    if (running == null) {
      throw new KmeshException(
          ErrorKind.PRECONDITION,
          "Cannot " + what + ": the data flow \"" + name + "\" does not run. Start it.");
    }
    if (running.failure().isPresent()) {
      throw new KmeshException(
          ErrorKind.PRECONDITION,
          "Cannot "
              + what
              + ": the data flow \""
              + name
              + "\" failed: "
              + running.failure().get().getMessage()
              + ". Mend that, and start it again.",
          running.failure().get());
    }
    return running;
  }

  @Override
  public FileSystem fileSystem() {
    return files("");
  }

  @Override
  public FileSystem fileSystem(String who) {
    try {
      Grant.requireSubject(who);
    } catch (IllegalArgumentException e) {
      throw new KmeshException(ErrorKind.INVALID, String.valueOf(e.getMessage()), e);
    }
    return files(who);
  }

  private FileSystem files(String who) {
    if (!(spec.mode() instanceof FlowMode.Access)) {
      throw new KmeshException(
          ErrorKind.UNSUPPORTED,
          "Cannot open files of the data flow \""
              + name
              + "\": its target is a copy. Open that, or make a flow with access(), or --mode access.");
    }
    FlowRun running = requireRunning("open its files");
    try {
      return running
          .access()
          .orElseThrow(
              () ->
                  new KmeshException(
                      ErrorKind.UNSUPPORTED,
                      "Cannot open files of the data flow \""
                          + name
                          + "\" here: its target is at another site. Open them there."))
          .files(who);
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public void look(Collection<String> paths) {
    String what = "look at what changed";
    for (List<PathBytes> part : LookedAt.parts(paths.stream().map(StoredFlow::below).toList())) {
      await(what, requireRunning(what).look(part), LOOKED);
    }
  }

  @Override
  public void awaitInSync(Duration limit) {
    await("wait for both sides to be equal", PathBytes.EMPTY, limit);
  }

  @Override
  public void barrier(String path, Duration limit) {
    await("prove that the target has \"" + path + "\"", below(path), limit);
  }

  /** Done when the target has what is at a path, and the source what was written there. */
  CompletableFuture<Void> barrierOf(PathBytes path) {
    return requireRunning("prove what the target has").barrier(path);
  }

  @Override
  public BarrierOutcome barrier(String path) {
    return barrier(below(path));
  }

  private BarrierOutcome barrier(PathBytes path) {
    FlowMode.Sync sync = requireSync("prove what the target has");
    String what = "prove that the target has \"" + path + "\"";
    CompletableFuture<Void> done = requireRunning(what).barrier(path);
    while (true) {
      try {
        waits.await(what, done, sync.timeout(), sync.onTimeout() == OnTimeout.FAIL);
        return BarrierOutcome.DURABLE;
      } catch (KmeshTimeoutException e) {
        if (sync.onTimeout() == OnTimeout.FAIL) {
          throw e;
        }
        if (sync.onTimeout() == OnTimeout.DEGRADE) {
          degrade(done, e);
          return BarrierOutcome.DEGRADED;
        }
      }
    }
  }

  /** Lets the writer go on; the flow follows again when what was waited for is there. */
  private void degrade(CompletableFuture<Void> done, KmeshTimeoutException why) {
    if (degraded.getAndIncrement() == 0) {
      service.tell(Severity.WARNING, "flow.degraded", name, String.valueOf(why.getMessage()));
    }
    CompletableFuture<Void> unused =
        done.whenComplete(
            (good, bad) -> {
              if (degraded.decrementAndGet() == 0 && bad == null) {
                service.tell(
                    Severity.INFO,
                    "flow.recovered",
                    name,
                    "The target of the flow \"" + name + "\" has what it was waited for.");
              }
            });
  }

  private FlowMode.Sync requireSync(String what) {
    if (spec.mode() instanceof FlowMode.Sync sync) {
      return sync;
    }
    throw new KmeshException(
        ErrorKind.UNSUPPORTED,
        "Cannot "
            + what
            + " as declared: the data flow \""
            + name
            + "\" is not synchronous. Make it with sync(..), or call barrier(path, limit).");
  }

  @Override
  public FlowWriter openForWriting(String path) {
    PathBytes file = below(path);
    String what = "write " + path;
    requireSync(what);
    if (file.isEmpty()) {
      throw new KmeshException(ErrorKind.INVALID, "Cannot write the flow's top. Name a file.");
    }
    PosixTree tree =
        requireRunning(what)
            .sourceTree()
            .orElseThrow(
                () ->
                    new KmeshException(
                        ErrorKind.UNSUPPORTED,
                        "Cannot "
                            + what
                            + ": changes of the data flow \""
                            + name
                            + "\" are made at another site. Write it there, or switch the"
                            + " direction."));
    try {
      return new SyncWriter(tree, file, this::barrier);
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  private static PathBytes below(String path) {
    try {
      PathBytes below = PathBytes.EMPTY;
      for (PathBytes name : PathBytes.of(path).names()) {
        below = below.resolve(name);
      }
      return below;
    } catch (IllegalArgumentException e) {
      throw new KmeshException(ErrorKind.INVALID, String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public void switchDirection(Duration limit) {
    String what = "switch the direction of the data flow";
    if (spec.mode() instanceof FlowMode.MultiMaster || spec.mode() instanceof FlowMode.Access) {
      throw new KmeshException(
          ErrorKind.UNSUPPORTED,
          "Cannot "
              + what
              + " \""
              + name
              + "\": only a flow that is synchronous or asynchronous has one.");
    }
    Optional<EndMatrix.Refusal> fixed = EndMatrix.turnRefusal(spec);
    if (fixed.isPresent()) {
      throw new UnsupportedCapabilityException(
          fixed.get().capability(),
          "Cannot " + what + " \"" + name + "\": " + fixed.get().reason());
    }
    requireTurnable();
    long began = service.nanoTime();
    await(what, PathBytes.EMPTY, limit);
    FlowRun running = requireRunning(what);
    await(what, running.requireTurnable(), limit.minusNanos(service.nanoTime() - began));
    Duration left = limit.minusNanos(service.nanoTime() - began);
    service.protector().beforeSwitch(name, record(), spec, left);
    try {
      await(what, running.settle(), limit.minusNanos(service.nanoTime() - began));
    } catch (KmeshException e) {
      goOn(); // an end that settled looks no more
      throw e;
    }
    synchronized (this) {
      if (run != running) {
        throw new KmeshException(
            ErrorKind.PRECONDITION,
            "Cannot " + what + " \"" + name + "\": it was stopped meanwhile. Start it.");
      }
      FlowRecord next = record.switched();
      service.keep(name, next);
      record = next;
      park();
      start();
    }
  }

  private synchronized void requireTurnable() {
    try {
      service.requireAllowed(name, record.switched(), spec, "switch the direction of");
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  private synchronized void goOn() {
    if (run != null) {
      tellOther(Question.REST);
      park();
      start();
    }
  }

  /** What is kept of it. */
  synchronized FlowRecord record() {
    return record;
  }

  /** Another flow is to have one of its trees too; noted once, and for good. */
  synchronized void shareTrees() {
    if (record.group() == null) {
      FlowRecord next = record.in(record.place());
      service.keep(name, next);
      record = next;
    }
  }

  /** Done when no end of it that runs here forgets removals any more. */
  CompletableFuture<Void> keepRemovals() {
    FlowRun running = running();
    return running == null ? CompletableFuture.completedFuture(null) : running.keepRemovals();
  }

  /** The ends of several masters that it runs with; none when it does not run. */
  List<MasterEnd> masters() {
    FlowRun running = running();
    return running == null ? List.of() : running.masters();
  }

  @Override
  public List<Snapshot> protectionPoints() {
    return service.protector().points(record(), spec);
  }

  @Override
  public synchronized boolean isReversed() {
    return record.generation() % 2 != 0;
  }

  private void await(String what, PathBytes path, Duration limit) {
    await(what, requireRunning(what).barrier(path), limit);
  }

  private void await(String what, CompletableFuture<Void> done, Duration limit) {
    waits.await(what, done, limit, true);
  }

  @Override
  public void confirmDeletions() {
    requireOwn("confirm deletions of");
    FlowRun running = requireRunning("confirm deletions");
    try {
      running.confirmDeletions().get(CONFIRM.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | InterruptedException e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new KmeshException(
          ErrorKind.TRANSIENT,
          "Cannot tell whether the deletions of the data flow \""
              + name
              + "\" go on: the wait ended. Look at its status.",
          e);
    } catch (ExecutionException e) {
      throw FlowWait.failed(e);
    }
  }

  private ConflictDesk conflictsTo(String what) throws IOException {
    FlowRun running = requireRunning(what);
    MasterGroup group = record().group();
    if (group != null) {
      return service.conflictsOf(group);
    }
    return running
        .conflicts()
        .orElseThrow(
            () ->
                new KmeshException(
                    ErrorKind.UNSUPPORTED,
                    "Cannot "
                        + what
                        + " here: the data flow \""
                        + name
                        + "\" has one master, and writes nothing back from here."));
  }

  @Override
  public List<FlowConflict> conflicts() {
    try {
      return conflictsTo("list conflicts").list();
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public void resolve(String id, FlowConflict.Choice choice) {
    try {
      conflictsTo("resolve a conflict").resolve(id, choice);
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  /**
   * Has the other site forget the flow, when it is reached.
   *
   * @return the site that is to be told later; null when none is
   */
  private @Nullable String leave() {
    if (host != null) {
      tellOther(Question.LEAVE);
      return null;
    }
    String site =
        spec.source() instanceof Endpoint.SitePath source
            ? source.site()
            : spec.target() instanceof Endpoint.SitePath target ? target.site() : null;
    if (site == null || !service.hasRun(record)) {
      return null; // nobody there ever heard of it
    }
    try {
      Optional<List<FlowProblem>> told = leave(site);
      keptThere = told.orElse(List.of());
      return told.isEmpty() ? site : null;
    } catch (IOException | KmeshException e) {
      LOG.info("The other site of the flow \"{}\" is not told yet: {}", name, e.getMessage());
      return site;
    }
  }

  /** By the session that there is, else by one of its own; empty when it was not told. */
  private Optional<List<FlowProblem>> leave(String site) throws IOException {
    if (run instanceof RemoteRun remote && remote.remote().isJoined()) {
      return remote.leave();
    }
    park();
    Optional<List<FlowProblem>> told = service.tellGone(record, site);
    if (told.isEmpty()) { // an older build hears it from who has joined alone
      FlowRun joining = service.run(name, record, spec);
      run = joining;
      return joining instanceof RemoteRun remote ? remote.leave() : Optional.empty();
    }
    return told;
  }

  /** What was written and is not at the source would go with the flow. */
  private void requireNothingWaits() {
    FlowRun running = run;
    if (running != null && running.access().isPresent()) {
      long left = running.access().get().unwritten().edits();
      if (left > 0) {
        throw new KmeshException(
            ErrorKind.PRECONDITION,
            "Cannot delete the data flow \""
                + name
                + "\": "
                + left
                + " files wait to be written back. Wait for its barrier; or stop it, and remove"
                + " what the next message names if they are of no use.");
      }
      return;
    }
    try {
      service.requireNothingWaits(name, record, spec);
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  /** Fails when something waits here to be written back. */
  synchronized void requireNothingWaitsOf() {
    if (!isDeleted) {
      requireNothingWaits();
    }
  }

  @Override
  public FlowRemains delete() {
    service.changeGroups(this::deleteOf);
    return remains();
  }

  private synchronized FlowRemains remains() {
    return remains;
  }

  /** The site that holds the cache forgets first, so that no cache is left that nobody knows. */
  private void deleteThere() {
    park();
    try {
      service.unhost(name, record, (Endpoint.SitePath) spec.target());
    } catch (IOException e) {
      if (record.wanted() == Wanted.RUNNING) {
        startOf();
      }
      throw KmeshException.ofRead(e);
    }
  }

  /** As {@link #delete}, for whomever it belongs to. */
  synchronized void deleteOf() {
    String untold = null;
    if (!isDeleted && isLent()) {
      deleteThere();
    } else if (!isDeleted) {
      requireNothingWaits();
      untold = leave();
    }
    park();
    boolean isOfTwo = isLent() || host != null;
    GoneFlow gone = new GoneFlow(record, spec);
    if (!isDeleted && isOfTwo) {
      removeFiles(gone, untold); // first: the site that asks is told when they are gone
    }
    if (!isDeleted) {
      service.protector().forget(record, spec);
      service.forget(name, gone, untold);
      isDeleted = true;
      removeFiles(gone, untold); // in groups the flow must not count any more
    }
  }

  private void removeFiles(GoneFlow gone, @Nullable String untold) {
    try {
      List<FlowProblem> kept = new ArrayList<>(keptThere);
      kept.addAll(service.removeFiles(gone));
      remains = new FlowRemains(kept, Optional.ofNullable(untold));
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }
}
