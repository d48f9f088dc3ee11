// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.SpecConflictException;
import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.flows.access.AccessSite;
import io.kmesh.core.internal.flows.base.BaseFiles;
import io.kmesh.core.internal.flows.control.ControlLine.Reply;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.grants.GrantDesk;
import io.kmesh.core.internal.flows.grants.SensitivePaths;
import io.kmesh.core.internal.flows.link.RateLimit;
import io.kmesh.core.internal.flows.merge.ConflictDesk;
import io.kmesh.core.internal.flows.place.HiddenFolder;
import io.kmesh.core.internal.flows.placement.PlacementGate;
import io.kmesh.core.internal.flows.placement.Way;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import io.kmesh.core.internal.flows.service.FlowRecordJson.FlowRecord;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Host;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Wanted;
import io.kmesh.core.internal.flows.service.ShareJson.Share;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.core.internal.transfer.RateCalendar;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.DataFlows;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowPart;
import io.kmesh.flows.FlowProblem;
import io.kmesh.flows.FlowRemains;
import io.kmesh.flows.FlowSpec;
import io.kmesh.placement.PlacementDecision;
import io.kmesh.snapshots.Snapshots;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The flows of a state, and those of them that run here. Thread-safe. */
public final class FlowService implements DataFlows, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlowService.class);
  private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1,64}");
  private static final String SPEC = "flow.spec";
  private static final String FLOW = "flow.run";
  private static final int MOST_FLOWS = 10_000;
  private static final int WORKERS = 2;
  private static final int MOST_ASKED = 256;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final StateStore state;
  private final Endpoints endpoints;
  private final PrefixTrees prefixes;
  private final @Nullable Path folder;
  private final KmeshTime time;
  private final Observers observers;
  private final SiteLinks links;
  private final PlacementGate gate;
  private final Protector protector;
  private final HostDesk hosting;
  private final SecureRandom random = new SecureRandom();
  private final SharedEnds ends = new SharedEnds();
  private final GroupNumbers numbers;
  private final Farewells farewells;
  private final ThreadPoolExecutor workers =
      KmeshThreads.bounded("flow-groups", WORKERS, MOST_ASKED);

  /** Held while groups of masters are made or change; before any other lock. */
  private final Object grouping = new Object();

  private final Map<String, StoredFlow> flows = new HashMap<>(); // guarded by this
  private boolean isClosed; // guarded by this

  /**
   * The flows of a state.
   *
   * @param folder where their bases are kept; null when none was given
   * @param observers hear of drift and lag
   * @param links the ways to other sites
   * @param gate asked before a flow runs
   * @param snapshots protect what flows write
   */
  public FlowService(
      StateStore state,
      Endpoints endpoints,
      PrefixTrees prefixes,
      @Nullable Path folder,
      KmeshTime time,
      Observers observers,
      SiteLinks links,
      PlacementGate gate,
      Snapshots snapshots) {
    this.state = state;
    this.endpoints = endpoints;
    this.prefixes = prefixes;
    this.folder = folder;
    this.time = time;
    this.observers = observers;
    this.links = links;
    this.gate = gate;
    this.protector = new Protector(snapshots);
    this.hosting = new HostDesk(this, links);
    this.numbers = new GroupNumbers(state, links, this::groups);
    this.farewells = new Farewells(state, links, time);
  }

  /** What holds caches here for other sites. */
  public Hosting hosting() {
    return hosting;
  }

  /** Starts the flows that are to run and whose ends can be reached by now. */
  public void resume() {
    changeGroups(this::removeGone);
    try {
      farewells.begin();
    } catch (IOException e) {
      LOG.warn("Other sites are not told of deleted flows: {}", e.getMessage());
    }
    for (DataFlow flow : readable()) {
      StoredFlow stored = (StoredFlow) flow;
      if (stored.isToRun()
          && !stored.isRunning()
          && isReachable(flow.spec().source())
          && isReachable(flow.spec().target())) {
        try {
          stored.startOf();
        } catch (KmeshException e) {
          LOG.warn("The flow \"{}\" does not run: {}", flow.name(), e.getMessage());
        }
      }
    }
  }

  /** All but those of which the state has what can't be read, or was written by a later build. */
  private List<DataFlow> readable() {
    List<DataFlow> all = new ArrayList<>();
    try {
      for (StateRecord record : state.scan(SPEC, "", "", MOST_FLOWS)) {
        try {
          find(record.key().id()).ifPresent(all::add);
        } catch (KmeshException e) {
          LOG.warn("The flow \"{}\" does not run: {}", record.key().id(), e.getMessage());
        }
      }
    } catch (IOException e) {
      LOG.warn("No data flow runs: {}", e.getMessage()); // what else the state holds must work
    }
    return all;
  }

  /** What a process did not come to that ended while it deleted a flow. */
  private void removeGone() {
    try {
      for (GoneFlow gone : GoneFlow.all(state)) {
        if (isHeldHere(gone.spec()) && !isReachable(gone.spec().target())) {
          continue; // its cache is looked for when that is attached
        }
        try {
          for (FlowProblem one : removeFiles(gone)) {
            LOG.info("Of a deleted flow {} stays: {}", one.path(), one.reason());
          }
        } catch (IOException | KmeshException e) {
          LOG.warn("Files of a deleted flow stay: {}", e.getMessage());
        }
      }
    } catch (IOException e) {
      LOG.warn("Files of deleted flows may stay: {}", e.getMessage());
    }
  }

  /**
   * Removes the files of a flow that is no more, and what says that they are there.
   *
   * @return what stays in its trees
   */
  List<FlowProblem> removeFiles(GoneFlow gone) throws IOException {
    Set<Side> free = removeBases(gone.record());
    removeCache(gone.record(), gone.spec());
    List<FlowProblem> kept = new ArrayList<>();
    boolean isAllReached = true;
    for (Side side : free) {
      Endpoint end = side.of(gone.spec());
      if (hasFolder(gone.spec(), end)) {
        boolean isReached = endpoints.isReachable(end);
        isAllReached &= isReached;
        String name = gone.record().place().id();
        (isReached
                ? Sweeping.sweep(name, end.toString(), () -> endpoints.open(end))
                : Optional.of(
                    new FlowProblem(
                        end + "/" + HiddenFolder.name(name),
                        "Its cluster is not attached; it is looked at when that is.")))
            .ifPresent(kept::add);
      }
    }
    if (isAllReached) {
      gone.forget(state); // else it is looked at again when the cluster is attached
    }
    return kept;
  }

  /** Whether a flow places entries in a tree of this process, beside which it has a folder. */
  private static boolean hasFolder(FlowSpec spec, Endpoint end) {
    return !(spec.mode() instanceof FlowMode.Access)
        && (end instanceof Endpoint.LocalDirectory || end instanceof Endpoint.LustrePath);
  }

  @Override
  public DataFlow ensure(String name, FlowSpec spec) {
    requireName(name);
    EndMatrix.require(spec);
    Protector.requireProtectable(spec);
    synchronized (grouping) {
      Optional<DataFlow> present = find(name);
      if (present.isPresent()) {
        requireSame(name, present.get().spec(), spec);
        return present.get();
      }
      Optional<MasterGroup> group = Optional.empty();
      if (spec.mode() instanceof FlowMode.MultiMaster) {
        try {
          group = groups().join(name, spec, numbers);
        } catch (IOException e) {
          throw KmeshException.ofRead(e);
        }
      }
      try {
        return group.isEmpty() ? make(name, spec, null) : join(name, spec, group.get());
      } catch (IOException e) {
        throw KmeshException.ofMutation(e);
      }
    }
  }

  /** A flow beside others that have one of its trees, which learn of it before it starts. */
  private DataFlow join(String name, FlowSpec spec, MasterGroup group) throws IOException {
    for (HostedMaster one : groups().hosted(group.id())) {
      if (group.has(one.end())) {
        links.share(one.flow(), one.place());
        Path before =
            EndPlan.file(
                EndPlan.folder(requireFolder(), one.flow(), one.side(), one.place()), one.end());
        Path now = EndPlan.file(folderOf(group.id()), one.end());
        if (!before.equals(now) && BaseFiles.exists(before)) {
          BaseFiles.moveBase(before, now);
        }
      }
    }
    List<StoredFlow> others = members(group.id());
    for (StoredFlow other : others) {
      other.shareTrees(); // also when the flow is not made after all: only less is forgotten then
    }
    DataFlow made = make(name, spec, group);
    List<StoredFlow> running = others.stream().filter(StoredFlow::isRunning).toList();
    running.forEach(StoredFlow::park); // all, since they have ends in common
    for (StoredFlow other : running) {
      try {
        other.start();
      } catch (KmeshException e) {
        LOG.warn("The flow \"{}\" does not run: {}", other.name(), e.getMessage());
      }
    }
    return made;
  }

  private synchronized DataFlow make(String name, FlowSpec spec, @Nullable MasterGroup group) {
    byte[] id = new byte[16];
    random.nextBytes(id);
    FlowRecord alone = new FlowRecord(HexFormat.of().formatHex(id), Wanted.STOPPED, 0);
    return put(name, spec, group == null ? alone : alone.in(group));
  }

  /** Keeps a flow that is not there yet. */
  synchronized StoredFlow put(String name, FlowSpec spec, FlowRecord flow) {
    requireOpen(name);
    try {
      state.apply(
          List.of(
              new StateChange.Put(
                  new RecordKey(SPEC, name),
                  "",
                  FlowSpecJson.FORMAT,
                  FlowSpecJson.encode(spec),
                  StateChange.ABSENT),
              put(name, flow, StateChange.ABSENT)));
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
    return flow(name, spec, flow);
  }

  /** As the state has them: a flow that is being started must not wait for others. */
  private MasterGroups groups() throws IOException {
    List<MasterGroups.Member> all = new ArrayList<>();
    for (StateRecord spec : state.scan(SPEC, "", "", MOST_FLOWS)) {
      String name = spec.key().id();
      Optional<StateRecord> flow = state.find(new RecordKey(FLOW, name));
      if (flow.isPresent()) {
        all.add(
            new MasterGroups.Member(
                name,
                FlowSpecJson.decode(name, spec.payload()),
                FlowRecordJson.decode(name, flow.get().payload())));
      }
    }
    return new MasterGroups(all, links.masters());
  }

  /**
   * Another site is to share a tree of a flow of this one.
   *
   * @return the flow's place, and a number for one more tree
   */
  private Share share(String flow) throws IOException {
    synchronized (grouping) {
      StoredFlow asked =
          list().stream()
              .map(StoredFlow.class::cast)
              .filter(one -> one.id().equals(flow))
              .filter(one -> one.spec().mode() instanceof FlowMode.MultiMaster)
              .findFirst()
              .orElseThrow(
                  () ->
                      new ProviderException(
                          ErrorKind.NOT_FOUND, "Cannot share a tree of a flow that is gone."));
      MasterGroup place = asked.record().place();
      List<CompletableFuture<Void>> kept = new ArrayList<>();
      for (StoredFlow member : members(place.id())) {
        member.shareTrees(); // before anybody else has something of the tree
        kept.add(member.keepRemovals());
      }
      await(CompletableFuture.allOf(kept.toArray(CompletableFuture[]::new)));
      int number = numbers.next(place.id());
      if (number > MasterGroup.LAST) {
        throw new ProviderException(
            ErrorKind.NO_SPACE,
            "Cannot number one more tree: 256 were joined to those of the flow \""
                + asked.name()
                + "\". Make flows of trees that are alone.");
      }
      return new Share(place, number);
    }
  }

  private static void await(CompletableFuture<Void> done) throws IOException {
    try {
      done.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new ProviderException(
          ErrorKind.TRANSIENT, "Cannot share a tree: an end of its flow does not answer.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProviderException(
          ErrorKind.TRANSIENT, "Cannot share a tree: the wait was ended.", e);
    }
  }

  /** What the other site of a flow asks about it. */
  private CompletableFuture<Reply> asked(String flow, Question question, ObjectNode body) {
    if (question != Question.SHARE) {
      return RemoteEnd.ANSWERS_NOTHING.answer(question, body);
    }
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    try {
      workers.execute(
          () -> {
            try {
              reply.complete(Reply.of(ShareJson.write(share(flow))));
            } catch (IOException | RuntimeException e) {
              reply.completeExceptionally(e);
            }
          });
    } catch (RejectedExecutionException e) {
      reply.completeExceptionally(
          new ProviderException(ErrorKind.TRANSIENT, "This site is closing, or has much to do."));
    }
    return reply;
  }

  private List<StoredFlow> members(String group) {
    List<StoredFlow> all = new ArrayList<>();
    for (DataFlow flow : list()) {
      StoredFlow stored = (StoredFlow) flow;
      if (stored.spec().mode() instanceof FlowMode.MultiMaster
          && stored.record().place().id().equals(group)) {
        all.add(stored);
      }
    }
    return all;
  }

  /** The conflicts of all flows that share trees with one and run: one is found by several ends. */
  ConflictDesk conflictsOf(MasterGroup group) {
    Set<MasterEnd> found = new LinkedHashSet<>();
    for (StoredFlow member : members(group.id())) {
      found.addAll(member.masters());
    }
    return new BothConflicts(List.copyOf(found));
  }

  private static StateChange put(String name, FlowRecord flow, long expected) {
    return new StateChange.Put(
        new RecordKey(FLOW, name),
        "",
        FlowRecordJson.FORMAT,
        FlowRecordJson.encode(flow),
        expected);
  }

  private static void requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new KmeshException(
          ErrorKind.INVALID,
          "Cannot name a data flow \""
              + name
              + "\": 1 to 64 of a-z 0-9 . _ - are allowed. Choose such a name.");
    }
  }

  private static void requireSame(String name, FlowSpec present, FlowSpec wanted) {
    if (present.equals(wanted)) {
      return;
    }
    ObjectNode a = FlowSpecJson.write(present);
    ObjectNode b = FlowSpecJson.write(wanted);
    TreeSet<String> fields = new TreeSet<>();
    a.fieldNames().forEachRemaining(fields::add);
    b.fieldNames().forEachRemaining(fields::add);
    fields.removeIf(n -> a.path(n).equals(b.path(n)));
    throw new SpecConflictException(
        "Cannot make the data flow \""
            + name
            + "\": one of that name differs in "
            + String.join(", ", fields)
            + ". Delete it, or choose another name.",
        List.copyOf(fields));
  }

  @Override
  public synchronized Optional<DataFlow> find(String name) {
    try {
      Optional<StateRecord> spec = state.find(new RecordKey(SPEC, name));
      Optional<StateRecord> flow = state.find(new RecordKey(FLOW, name));
      return spec.isEmpty() || flow.isEmpty()
          ? Optional.empty()
          : Optional.of(
              flow(
                  name,
                  FlowSpecJson.decode(name, spec.get().payload()),
                  FlowRecordJson.decode(name, flow.get().payload())));
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  private StoredFlow flow(String name, FlowSpec spec, FlowRecord record) {
    return flows.computeIfAbsent(name, n -> new StoredFlow(this, n, spec, record));
  }

  @Override
  public List<DataFlow> list() {
    try {
      List<DataFlow> all = new ArrayList<>();
      for (StateRecord record : state.scan(SPEC, "", "", MOST_FLOWS)) {
        find(record.key().id()).ifPresent(all::add);
      }
      return all;
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public List<FlowPart> parts() {
    try {
      return links.parts();
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public FlowRemains forgetPart(String part) {
    List<FlowPart> meant =
        parts().stream().filter(p -> p.name().equals(part) || p.id().equals(part)).toList();
    String what = "Cannot forget the part \"" + part + "\" of a flow: ";
    if (meant.isEmpty()) {
      throw new KmeshException(
          ErrorKind.NOT_FOUND,
          what
              + (find(part).isPresent()
                  ? "it is a flow, or a cache, of its own. Delete it."
                  : "there is none here. See what parts() names, or kmesh flow parts."));
    }
    if (meant.size() > 1) {
      throw new KmeshException(
          ErrorKind.INVALID,
          what
              + "several are called so. Name one by its id: "
              + String.join(", ", meant.stream().map(p -> p.id() + " of " + p.tree()).toList())
              + ".");
    }
    FlowPart one = meant.get(0);
    if (one.isConnected()) {
      throw new KmeshException(
          ErrorKind.PRECONDITION,
          what + one.site() + " is connected. Delete the flow \"" + one.flow() + "\" there.");
    }
    try {
      return new FlowRemains(links.forgetPart(one), Optional.empty());
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  void tell(Severity severity, String event, String flow, String message) {
    observers.event(severity, event, flow, message, Map.of());
  }

  long nanoTime() {
    return time.nanoTime();
  }

  /** Whether a flow may send nothing now. */
  boolean isSilent(FlowSpec spec) {
    return RateCalendar.of(spec.rate()).rateAt(time.now()) == 0;
  }

  void keep(String name, FlowRecord flow) {
    try {
      state.apply(List.of(put(name, flow, StateChange.ANY)));
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  /** Opens the grants of a flow; they are the caller's. */
  GrantDesk openDesk(String name, FlowRecord flow, FlowSpec spec) throws IOException {
    requireOpen(name);
    Path there = folderOf(flow).toAbsolutePath();
    BaseFiles.make(there);
    return GrantDesk.open(
        GrantDesk.Role.GIVES, PosixTrees.open(there), SensitivePaths.of(spec.sensitive()), time);
  }

  /** The grants of a flow, which stay its own; null when nothing is sensitive. */
  private @Nullable GrantDesk desk(String name) {
    StoredFlow stored;
    synchronized (this) {
      stored = flows.get(name);
    }
    return stored == null ? null : stored.deskOrNull();
  }

  private synchronized void requireOpen(String name) {
    if (isClosed) {
      throw new KmeshException(
          ErrorKind.PRECONDITION,
          "Cannot use the data flow \"" + name + "\": its Kmesh was closed. Open it again.");
    }
  }

  FlowRun run(String name, FlowRecord flow, FlowSpec spec) throws IOException {
    requireOpen(name);
    requireAllowed(name, flow, spec, "start");
    if (isLent(spec)) {
      return lend(name, flow, spec);
    }
    GrantDesk desk = desk(name);
    if (flow.host() != null) {
      return runHosted(name, flow, flow.host(), spec, desk);
    }
    if (spec.source() instanceof Endpoint.SitePath remote) {
      return runRemote(name, flow, spec, desk, Side.TARGET, remote.site());
    }
    if (spec.target() instanceof Endpoint.SitePath remote) {
      return runRemote(name, flow, spec, desk, Side.SOURCE, remote.site());
    }
    EndHold one = hold(name, flow, spec, desk, Side.SOURCE);
    EndHold other;
    try {
      other = hold(name, flow, spec, desk, Side.TARGET);
    } catch (IOException | RuntimeException e) {
      close(one, e);
      throw e;
    }
    try {
      return LocalRun.start(
          one, other, flow.place(), new RateLimit(time, RateCalendar.of(spec.rate())));
    } catch (RuntimeException e) {
      close(one, e);
      close(other, e);
      throw e;
    }
  }

  /**
   * Asks whether data may take the ways that they take from now on; comes before anything else.
   *
   * @param verb what is wanted, such as {@code start}
   */
  void requireAllowed(String name, FlowRecord flow, FlowSpec spec, String verb) throws IOException {
    gate.require(
        flow.id(),
        name,
        verb,
        Way.of(spec.mode(), flow.generation()).stream().map(w -> gate.route(w, spec)).toList());
  }

  Protector protector() {
    return protector;
  }

  /** What was decided last, by the ways of data. */
  Map<Way, PlacementDecision> decisions(FlowRecord flow) {
    return gate.last(flow.id());
  }

  private FlowRun runRemote(
      String name, FlowRecord flow, FlowSpec spec, @Nullable GrantDesk desk, Side here, String site)
      throws IOException {
    EndHold local = hold(name, flow, spec, desk, here);
    try {
      return RemoteRun.start(
          flow.id(),
          local,
          flow.place().end(here.other()),
          JoinJson.write(
              new JoinJson.Join(name, here.other(), flow.generation(), spec, flow.group())),
          RateCalendar.of(spec.rate()),
          site,
          desk,
          links,
          (question, body) -> asked(flow.id(), question, body),
          time);
    } catch (IOException | RuntimeException e) {
      close(local, e);
      throw e;
    }
  }

  /** Whether another site is to hold the cache of what is here. */
  static boolean isLent(FlowSpec spec) {
    return spec.mode() instanceof FlowMode.Access && spec.target() instanceof Endpoint.SitePath;
  }

  private FlowRun lend(String name, FlowRecord flow, FlowSpec spec) throws IOException {
    StoredFlow stored;
    synchronized (this) {
      stored = flows.get(name);
    }
    EndHold local = hold(name, flow, spec, null, Side.SOURCE);
    try {
      FlowSpec told = spec.toBuilder().from(HostJson.lent(links.name(), name)).build();
      return LentRun.start(
          new LentEnd.Terms(
              name,
              flow.id(),
              told,
              LentGrants.open(state, flow.id(), time),
              () -> requireAllowed(name, flow, spec, "join"),
              () -> stored != null && stored.isMade(),
              () -> {
                if (stored != null) {
                  stored.made();
                }
              }),
          local.end(),
          links,
          time);
    } catch (IOException | RuntimeException e) {
      close(local, e);
      throw e;
    }
  }

  /** Has the site that holds the cache of a flow, which does not run, forget it. */
  void unhost(String name, FlowRecord flow, Endpoint.SitePath target) throws IOException {
    if (flow.lent() != FlowRecordJson.Lent.NONE && !links.isRevoked(target.site())) {
      Unhosting.ask(name, flow.id(), target.site(), links, time);
    }
  }

  private FlowRun runHosted(
      String name, FlowRecord flow, Host host, FlowSpec spec, @Nullable GrantDesk desk)
      throws IOException {
    Endpoint top = links.cacheTop(host.site(), host.asked());
    if (!top.equals(host.top())) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot hold the cache of \""
              + name
              + "\": it is below "
              + host.top()
              + ", and "
              + host.asked().export()
              + " is "
              + top
              + " now. Export what it was, or delete the flow.");
    }
    EndPlan plan =
        EndPlan.of(flow.id(), name, Side.TARGET, flow.generation(), spec, null, folderOf(flow));
    EndHold local = EndHold.of(FlowEnd.open(plan, cache(flow, spec), desk, time, observers));
    try {
      return RemoteRun.await(
          local,
          JoinJson.write(new JoinJson.Join(name, Side.SOURCE, flow.generation(), spec)),
          RateCalendar.of(spec.rate()),
          host.site(),
          desk,
          time);
    } catch (RuntimeException e) {
      close(local, e);
      throw e;
    }
  }

  /**
   * The directory that the cache of a flow is in. One that another site chose is opened name by
   * name from the export's top on, following no symbolic link: a flow may have brought one that
   * leads elsewhere.
   */
  private OpenEndpoint cache(FlowRecord flow, FlowSpec spec) throws IOException {
    Host host = flow.host();
    if (host == null) {
      return endpoints.openOrMake(spec.target());
    }
    endpoints.open(host.top()).close(); // never made: it may be a mount that is missing
    return endpoints.openOrMake(host.top(), host.asked().path());
  }

  private EndHold hold(
      String name, FlowRecord flow, FlowSpec spec, @Nullable GrantDesk desk, Side side)
      throws IOException {
    MasterGroup group = flow.group();
    if (group == null) {
      EndPlan plan =
          EndPlan.of(flow.id(), name, side, flow.generation(), spec, null, folderOf(flow));
      return EndHold.of(FlowEnd.open(plan, tree(side.of(spec), plan), desk, time, observers));
    }
    // Whichever flow comes first, the tree has the settings of the same one.
    MasterGroups groups = groups();
    MasterGroups.Member home =
        groups.home(group.id(), group.end(side)).orElse(new MasterGroups.Member(name, spec, flow));
    return hold(home, groups, group.end(side), desk);
  }

  private EndHold hold(
      MasterGroups.Member home, MasterGroups groups, int end, @Nullable GrantDesk desk)
      throws IOException {
    String group = home.record().place().id();
    Side there = home.sideOf(end);
    EndPlan plan =
        EndPlan.of(
            home.record().id(),
            home.name(),
            there,
            home.record().generation(),
            home.spec(),
            home.record().place(),
            folderOf(group));
    return ends.hold(
        plan.file(),
        () -> {
          FlowEnd opened =
              FlowEnd.open(plan, tree(there.of(home.spec()), plan), desk, time, observers);
          CompletableFuture<Void> unused = opened.replica().keepOnly(groups.ends(group));
          return opened;
        });
  }

  /** Whether a flow of this site has a tree too that a flow of another site has here. */
  boolean isShared(Side side, @Nullable MasterGroup group) throws IOException {
    return group != null && groups().home(group.id(), group.end(side)).isPresent();
  }

  /** The end of a flow of another site: of flows of this one that share it, or its own. */
  EndHold holdPart(EndPlan plan, EndHold.Opener opener) throws IOException {
    MasterGroup group = plan.group();
    if (group == null) {
      return ends.hold(plan.file(), opener);
    }
    MasterGroups groups = groups();
    Optional<MasterGroups.Member> home = groups.home(group.id(), plan.end());
    return home.isPresent()
        ? hold(home.get(), groups, plan.end(), null)
        : ends.hold(plan.file(), opener);
  }

  /**
   * As {@link #removeBases}, of a flow of another site that was forgotten here. Takes no lock of
   * groups: the site's agent calls it under its own, which comes behind.
   */
  void removePart(String flow, Side side, @Nullable MasterGroup group) throws IOException {
    if (group == null) {
      BaseFiles.remove(folderOf(flow));
      return;
    }
    Path base = EndPlan.file(EndPlan.folder(requireFolder(), flow, side, group), group.end(side));
    MasterGroups left = groups();
    if (left.of(group.id()).isEmpty() && left.hosted(group.id()).isEmpty()) {
      BaseFiles.remove(folderOf(group.id()));
      numbers.forget(group.id());
    } else if (left.home(group.id(), group.end(side)).isEmpty()) {
      BaseFiles.removeBase(base);
    }
    if (!group.id().equals(flow)) {
      BaseFiles.remove(folderOf(flow));
    }
    ends.keepOnly(group.id(), left.ends(group.id()));
  }

  private OpenEndpoint tree(Endpoint end, EndPlan plan) throws IOException {
    if (end instanceof Endpoint.ObjectPrefix prefix) {
      return prefixes.open(prefix, plan, Retrier.Check.NONE);
    }
    return plan.role() == EndPlan.Role.SOURCE ? endpoints.open(end) : endpoints.openOrMake(end);
  }

  private boolean isReachable(Endpoint end) {
    return end instanceof Endpoint.ObjectPrefix prefix
        ? prefixes.isReachable(prefix)
        : endpoints.isReachable(end);
  }

  private static void close(EndHold end, Exception reason) {
    try {
      end.close();
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  /** Watches the lag of a flow that runs. */
  LagWatch watch(String name, FlowSpec spec, FlowRun run) {
    Duration bound =
        spec.mode() instanceof FlowMode.Async async
            ? async.lagBound()
            : FlowMode.Async.DEFAULT.lagBound();
    LagWatch watch = new LagWatch(name, bound, run::status, time, observers);
    watch.start();
    return watch;
  }

  /** Where what a flow knows by itself is kept. */
  private Path folderOf(FlowRecord flow) {
    return folderOf(flow.id());
  }

  private Path folderOf(String id) {
    return requireFolder().resolve(id);
  }

  private Path requireFolder() {
    if (folder == null) {
      throw new KmeshException(
          ErrorKind.INVALID,
          "Cannot run a data flow: there is no folder for what flows know of their trees. Call"
              + " flowFolder(..) on the builder.");
    }
    return folder;
  }

  /**
   * Removes what a flow that was forgotten knew of its trees, but for those that others have too;
   * within {@link #changeGroups}.
   *
   * @return the ends whose trees no other flow has
   */
  private Set<Side> removeBases(FlowRecord flow) throws IOException {
    MasterGroup group = flow.group();
    if (group == null) {
      BaseFiles.remove(folderOf(flow));
      return EnumSet.allOf(Side.class);
    }
    Set<Side> free = EnumSet.noneOf(Side.class);
    List<StoredFlow> left = members(group.id());
    Path there = folderOf(group.id());
    MasterGroups now = groups();
    if (left.isEmpty() && now.hosted(group.id()).isEmpty()) {
      BaseFiles.remove(there);
      numbers.forget(group.id());
      free = EnumSet.allOf(Side.class);
    } else {
      for (Side side : Side.values()) {
        int end = group.end(side);
        boolean isHosted = now.hosted(group.id()).stream().anyMatch(one -> one.end() == end);
        if (!isHosted && left.stream().noneMatch(f -> f.record().place().has(end))) {
          BaseFiles.removeBase(EndPlan.file(there, end));
          free.add(side);
        }
      }
    }
    if (!group.id().equals(flow.id())) {
      BaseFiles.remove(folderOf(flow));
    }
    ends.keepOnly(group.id(), groups().ends(group.id()));
    return free;
  }

  /** Does something while no other flow of several masters is made or goes. */
  void changeGroups(Runnable change) {
    synchronized (grouping) {
      change.run();
    }
  }

  /** Fails when files of a flow, which does not run, wait to be written back. */
  void requireNothingWaits(String name, FlowRecord flow, FlowSpec spec) throws IOException {
    if (isHeldHere(spec)) {
      try (OpenEndpoint cache = cache(flow, spec)) {
        AccessSite.requireNothingWaits(
            cache.tree(), flow.id(), "delete the data flow \"" + name + "\"");
      }
    }
  }

  private boolean isHeldHere(FlowSpec spec) {
    return spec.mode() instanceof FlowMode.Access
        && !isLent(spec)
        && endpoints.isReachable(spec.target());
  }

  /** Removes what a flow that gave access kept of its source's bytes. */
  void removeCache(FlowRecord flow, FlowSpec spec) throws IOException {
    if (isHeldHere(spec)) {
      try (OpenEndpoint cache = cache(flow, spec)) {
        AccessSite.remove(cache.tree(), flow.id());
      }
    }
  }

  /** Whether a flow may have run: then there is a folder for what it knows. */
  boolean hasRun(FlowRecord flow) {
    return flow.group() != null || (folder != null && BaseFiles.exists(folderOf(flow)));
  }

  /** Tells the other site of a flow, which does not run, that it is deleted. */
  Optional<List<FlowProblem>> tellGone(FlowRecord flow, String site) throws IOException {
    return farewells.tell(flow.id(), site);
  }

  /**
   * Forgets a flow but for its files.
   *
   * @param untold the site that was not told, and is when it is reached; null when none is
   */
  synchronized void forget(String name, GoneFlow flow, @Nullable String untold) {
    try {
      gate.forget(flow.record().id());
      List<StateChange> changes = new ArrayList<>();
      changes.add(flow.keep());
      changes.add(LentGrants.forget(flow.record().id()));
      changes.add(new StateChange.Delete(new RecordKey(FLOW, name), StateChange.ANY));
      changes.add(new StateChange.Delete(new RecordKey(SPEC, name), StateChange.ANY));
      if (untold != null) {
        changes.add(Farewells.keep(flow.record().id(), new FarewellJson.Farewell(name, untold)));
      }
      state.apply(changes);
      farewells.begin();
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
    flows.remove(name);
  }

  /** Has all flows rest until the state is opened again. */
  @Override
  public void close() {
    List<StoredFlow> all;
    synchronized (this) {
      isClosed = true;
      all = List.copyOf(flows.values());
    }
    workers.shutdownNow();
    farewells.close();
    all.forEach(StoredFlow::park);
  }
}
