// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.endpoints.Overlaps;
import io.kmesh.core.internal.flows.base.BaseFiles;
import io.kmesh.core.internal.flows.control.Capability;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.link.LinkHandler;
import io.kmesh.core.internal.flows.link.LinkPeer;
import io.kmesh.core.internal.flows.link.LinkRefusedException;
import io.kmesh.core.internal.flows.link.LinkServer;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.core.internal.flows.place.HiddenFolder;
import io.kmesh.core.internal.flows.placement.PlacementGate;
import io.kmesh.core.internal.flows.placement.Way;
import io.kmesh.core.internal.flows.service.EndHold;
import io.kmesh.core.internal.flows.service.EndMatrix;
import io.kmesh.core.internal.flows.service.EndPlan;
import io.kmesh.core.internal.flows.service.EndPlan.Role;
import io.kmesh.core.internal.flows.service.FlowEnd;
import io.kmesh.core.internal.flows.service.HostedMaster;
import io.kmesh.core.internal.flows.service.Hosting;
import io.kmesh.core.internal.flows.service.JoinJson;
import io.kmesh.core.internal.flows.service.MasterGroup;
import io.kmesh.core.internal.flows.service.PrefixTrees;
import io.kmesh.core.internal.flows.service.Sweeping;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowProblem;
import io.kmesh.sites.Export;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runs ends of flows that other sites made, on what is exported here. An end that runs stays open
 * while its link is cut. Thread-safe.
 */
final class FlowAgent implements LinkServer.Admission, Closeable {
  private static final Pattern FLOW = Pattern.compile("[0-9a-f]{32}");
  private static final int WORKERS = 4;
  private static final int MOST_WAITING = 4096;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final String self;
  private final Endpoints endpoints;
  private final PrefixTrees prefixes;
  private final @Nullable Path folder;
  private final Exports exports;
  private final KmeshTime time;
  private final Observers observers;
  private final PartStore parts;
  private final PlacementGate gate;
  private final Hosting hosting;
  private final ThreadPoolExecutor workers;
  private final Map<String, EndHold> ends = new HashMap<>(); // guarded by this
  private final Map<String, Talk> talks = new HashMap<>(); // guarded by this
  private final Set<String> opening = new HashSet<>(); // guarded by this
  private final Set<String> resting = new HashSet<>(); // their sites said so; guarded by this
  private volatile boolean isClosed; // written by this

  /**
   * An agent.
   *
   * @param self this site's name
   * @param gate asked before an end is opened
   * @param hosting holds caches for other sites
   * @param prefixes opens exported prefixes of object stores
   * @param folder where bases are kept; null when none was given
   */
  FlowAgent(
      String self,
      PartStore parts,
      PlacementGate gate,
      Hosting hosting,
      Endpoints endpoints,
      PrefixTrees prefixes,
      @Nullable Path folder,
      Exports exports,
      KmeshTime time,
      Observers observers) {
    this.self = self;
    this.parts = parts;
    this.gate = gate;
    this.hosting = hosting;
    this.endpoints = endpoints;
    this.prefixes = prefixes;
    this.folder = folder;
    this.exports = exports;
    this.time = time;
    this.observers = observers;
    this.workers = KmeshThreads.bounded("flow-agent", WORKERS, MOST_WAITING);
  }

  @Override
  public LinkHandler admit(LinkPeer peer) throws LinkRefusedException {
    if (peer.flows().size() != 1 || !FLOW.matcher(peer.flows().iterator().next()).matches()) {
      throw new LinkRefusedException(
          LinkRefusedException.Cause.INVALID,
          "Cannot open a session that is not about one flow by its id.");
    }
    return new PartLink(this, peer.site(), peer.flows().iterator().next(), workers, time);
  }

  /**
   * The end that a site asks for: opened, or as it runs. To open one may take long, as a prefix is
   * listed first; others are joined meanwhile.
   *
   * @throws ProviderException when the site may not have it, or it can't be opened; TRANSIENT while
   *     it is opened for an earlier session
   */
  FlowEnd join(String site, String flow, JoinJson.Join join) throws IOException {
    requireOpen();
    if (folder == null) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot join a flow: there is no folder for what flows know of their trees. Give one"
              + " there (flowFolder(..)).");
    }
    MasterGroup group = group(flow, join);
    EndPlan plan =
        EndPlan.of(
            flow,
            join.name(),
            join.side(),
            join.generation(),
            join.spec(),
            group,
            EndPlan.folder(folder, flow, join.side(), group));
    requireNoCache(flow, join, plan.role());
    Endpoint tree = allow(site, join, plan.role());
    EndMatrix.requireHere(join.spec(), join.side(), join.generation(), tree);
    PartRecord next =
        new PartRecord(
            site,
            join.name(),
            join.side(),
            join.generation(),
            tree,
            plan.role() == Role.MERGE,
            group,
            join.policy());
    Optional<EndHold> running = running(site, flow, join, plan, next);
    if (running.isPresent()) {
      // A switch that was cut off left it settled; who wants that asks again.
      CompletableFuture<Void> unused = running.get().end().replica().goOn();
      return running.get().end();
    }
    try {
      EndHold.Opener opener =
          () -> FlowEnd.open(plan, open(join, tree, plan), null, time, observers);
      EndHold opened =
          plan.role() == Role.MERGE ? hosting.hold(plan, opener) : EndHold.of(opener.open());
      begin(flow, opened);
      return opened.end();
    } finally {
      synchronized (this) {
        opening.remove(flow);
      }
    }
  }

  /** The flows with which one shares trees, as its site says, or this one noted. */
  private @Nullable MasterGroup group(String flow, JoinJson.Join join) throws IOException {
    return join.group() != null
        ? join.group()
        : parts.find(flow).map(PartRecord::group).orElse(null);
  }

  Hosting hosting() {
    return hosting;
  }

  /** A flow that has a cache here, or is this site's, is no other one by the same id. */
  private void requireNoCache(String flow, JoinJson.Join join, Role role) throws IOException {
    if (hosting.isKnown(flow)) {
      throw new ProviderException(
          ErrorKind.DENIED, "Cannot join \"" + join.name() + "\": a flow here has its id already.");
    }
    if (role == Role.TARGET && join.spec().mode() instanceof FlowMode.Access) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot join \"" + join.name() + "\": a cache is not joined, it is held.");
    }
  }

  private void requireOpen() throws ProviderException {
    if (isClosed) {
      throw new ProviderException(ErrorKind.TRANSIENT, "Cannot join: this site is closing.");
    }
  }

  /** The end as it runs; empty when the caller is to open it, and nobody else does. */
  private synchronized Optional<EndHold> running(
      String site, String flow, JoinJson.Join join, EndPlan plan, PartRecord next)
      throws IOException {
    requireOpen();
    if (opening.contains(flow)) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot join \"" + join.name() + "\" yet: its tree is being opened. It is asked again.");
    }
    Optional<PartRecord> before = parts.find(flow);
    if (before.isPresent()) {
      requireSame(flow, before.get(), next);
    }
    requireAlone(flow, next);
    requireAllowed(site, flow, join, join.generation(), next.tree());
    EndHold running = ends.get(flow);
    if (running != null && (!isOf(running.end(), plan) || running.end().failure() != null)) {
      ends.remove(flow);
      running.close();
      running = null;
    }
    if (running == null) {
      parts.keep(flow, next);
      opening.add(flow);
    }
    return Optional.ofNullable(running);
  }

  /** Whether an end runs as planned; one that flows share has the settings of one of them. */
  private static boolean isOf(FlowEnd running, EndPlan plan) {
    EndPlan as = running.plan();
    return (plan.role() == Role.MERGE && as.role() == Role.MERGE)
        ? as.file().equals(plan.file()) && (plan.group() == null || as.group() != null)
        : as.equals(plan);
  }

  private synchronized void begin(String flow, EndHold opened) throws IOException {
    if (isClosed) {
      opened.close();
      requireOpen();
    }
    opened.start();
    ends.put(flow, opened);
  }

  /**
   * Opens a tree name by name from the export's top on, following no symbolic link: a flow may have
   * brought one that leads elsewhere. The top itself is never made, since it may be a mount that is
   * missing.
   */
  private OpenEndpoint open(JoinJson.Join join, Endpoint tree, EndPlan plan) throws IOException {
    Role role = plan.role();
    if (tree instanceof Endpoint.ObjectPrefix prefix) {
      return prefixes.open(prefix, plan, this::requireOpen);
    }
    if (!(tree instanceof Endpoint.LocalDirectory)
        || !(join.side().of(join.spec()) instanceof Endpoint.SitePath asked)) {
      return role == Role.SOURCE ? endpoints.open(tree) : endpoints.openOrMake(tree);
    }
    Endpoint top = exports.top(asked);
    endpoints.open(top).close();
    return role == Role.SOURCE
        ? endpoints.open(top, asked.path())
        : endpoints.openOrMake(top, asked.path());
  }

  /**
   * Checks that an end may be turned to the other role, before it is.
   *
   * @throws ProviderException DENIED when a site may read alone, or a rule forbids the other way
   */
  void requireTurnable(String site, String flow, JoinJson.Join join) throws IOException {
    boolean isSource = join.side() == EndPlan.Side.SOURCE ^ join.generation() % 2 != 0;
    Endpoint tree = allow(site, join, isSource ? Role.TARGET : Role.SOURCE);
    EndMatrix.requireHere(join.spec(), join.side(), join.generation() + 1, tree);
    requireAllowed(site, flow, join, join.generation() + 1, tree);
  }

  /** Each site has rules of its own; what the other one says of itself does not count in them. */
  private void requireAllowed(
      String site, String flow, JoinJson.Join join, long generation, Endpoint tree)
      throws IOException {
    boolean isSource = join.side() == EndPlan.Side.SOURCE;
    gate.require(
        flow,
        join.name(),
        "join",
        Way.of(join.spec().mode(), generation).stream()
            .map(way -> gate.route(way, site, tree, isSource))
            .toList());
  }

  private Endpoint allow(String site, JoinJson.Join join, Role role) throws ProviderException {
    if (!(join.side().of(join.spec()) instanceof Endpoint.SitePath asked)
        || !asked.site().equals(self)) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot join \"" + join.name() + "\": " + join.side().of(join.spec()) + " is not here.");
    }
    boolean isRead = role == Role.SOURCE && !isWrittenByItsTarget(join.spec().mode());
    return exports.tree(site, asked, isRead ? Export.Access.READ : Export.Access.READ_WRITE);
  }

  private static boolean isWrittenByItsTarget(FlowMode mode) {
    return mode instanceof FlowMode.Access access
        && access.writes() != FlowMode.WriteMode.READ_ONLY;
  }

  private static void requireSame(String flow, PartRecord before, PartRecord next)
      throws ProviderException {
    if (!before.site().equals(next.site())) {
      throw new ProviderException(
          ErrorKind.DENIED, "Cannot join flow " + flow + ": it is another site's.");
    }
    if (before.side() != next.side() || !before.tree().equals(next.tree())) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot join flow "
              + flow
              + ": here it is of "
              + before.tree()
              + ". Was the export changed? Delete the flow and make it again.");
    }
    if (before.group() != null && !before.group().equals(next.group())) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot join flow "
              + flow
              + ": it shares trees with other flows there than here. Delete it and make it again.");
    }
    if (before.generation() > next.generation()) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot join flow "
              + flow
              + ": its direction was switched "
              + before.generation()
              + " times here, and "
              + next.generation()
              + " times there. That site's state is an older one; delete the flow and make it"
              + " again.");
    }
  }

  /**
   * Of two flows into one tree each would take what the other brings for what users did. One of the
   * same site that does not run here gives way: at worst it begins anew.
   */
  private void requireAlone(String flow, PartRecord next) throws IOException {
    if (!next.isTarget()) {
      return;
    }
    HostedMaster asked = next.hosted(flow);
    Optional<String> own =
        next.isMerged()
            ? hosting.masterBeside(next.tree(), asked.place(), asked.end())
            : Optional.empty();
    if (own.isPresent()) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot bring the flow \""
              + next.name()
              + "\" here: this site's own flow \""
              + own.get()
              + "\" has the same tree, and all flows that share a tree are made where it is. Make"
              + " that one here too.");
    }
    for (Map.Entry<String, PartRecord> other : parts.all().entrySet()) {
      PartRecord there = other.getValue();
      if (!other.getKey().equals(flow)
          && there.isTarget()
          && (Overlaps.isWithin(there.tree(), next.tree())
              || Overlaps.isWithin(next.tree(), there.tree()))) {
        if (there.site().equals(next.site())
            && !ends.containsKey(other.getKey())
            && !opening.contains(other.getKey())) {
          List<FlowProblem> unused =
              leave(there.site(), other.getKey()); // deleted there while this site was not reached
          continue;
        }
        throw new ProviderException(
            ErrorKind.PRECONDITION,
            "Cannot bring the flow \""
                + next.name()
                + "\" here: the flow \""
                + there.name()
                + "\" of "
                + there.site()
                + " is brought to the same tree. Delete that one, or choose another directory.");
      }
    }
  }

  /** A session by which a flow's site can be asked. */
  private record Talk(LinkSession session, ControlLine line) {}

  /** Whether a flow's site has a session about it now. */
  synchronized boolean isConnected(String flow) {
    return talks.containsKey(flow);
  }

  /** A flow was joined over a session. */
  synchronized void joined(String flow, LinkSession session, ControlLine line) {
    resting.remove(flow);
    talks.put(flow, new Talk(session, line));
    notifyAll();
  }

  /** A session is over. */
  synchronized void lost(String flow, LinkSession session) {
    Talk talk = talks.get(flow);
    if (talk != null && talk.session() == session) {
      talks.remove(flow);
    }
  }

  /** Which trees flows of several masters have here. */
  static List<HostedMaster> masters(PartStore parts) throws IOException {
    List<HostedMaster> all = new ArrayList<>();
    for (Map.Entry<String, PartRecord> part : parts.all().entrySet()) {
      if (part.getValue().isMerged()) {
        all.add(part.getValue().hosted(part.getKey()));
      }
    }
    return all;
  }

  /**
   * Asks a flow's site to let its tree be shared here. A site whose session ended comes again, so
   * it is waited for a while, unless it said that the flow rests.
   *
   * @throws ProviderException as {@link io.kmesh.core.internal.flows.service.SiteLinks#askToShare}
   */
  ObjectNode askToShare(String flow) throws IOException {
    String name = parts.find(flow).map(p -> "\"" + p.name() + "\" of " + p.site()).orElse(flow);
    long end = time.nanoTime() + PATIENCE.toNanos();
    try {
      while (true) {
        Talk talk = awaitTalk(flow, end);
        if (talk == null) {
          throw notAsked(name, "that site is not reached now", null);
        }
        try {
          return askToShare(name, talk);
        } catch (ProviderException e) {
          if (e.kind() != ErrorKind.TRANSIENT
              || isCurrent(flow, talk)
              || time.nanoTime() - end >= 0) {
            throw e; // else the link was cut: a number that was given and not told is lost
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw notAsked(name, "the wait was ended", e);
    }
  }

  /** A session by which a flow's site can be asked; null when none comes in time. */
  private synchronized @Nullable Talk awaitTalk(String flow, long end)
      throws IOException, InterruptedException {
    while (!talks.containsKey(flow)
        && !isClosed
        && !resting.contains(flow)
        && parts.find(flow).isPresent()) {
      Duration left = Duration.ofNanos(end - time.nanoTime());
      if (left.isNegative() || left.isZero()) {
        break;
      }
      time.await(this, left);
    }
    return talks.get(flow);
  }

  private synchronized boolean isCurrent(String flow, Talk talk) {
    return talk.equals(talks.get(flow));
  }

  private static ObjectNode askToShare(String name, Talk talk)
      throws IOException, InterruptedException {
    if (!talk.session().peer().capabilities().contains(Capability.SHARED_SITES)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot share the tree of the flow "
              + name
              + ": the build there knows no trees that several sites share. Bring it up to date"
              + " there.");
    }
    CompletableFuture<ObjectNode> answer = talk.line().ask(Question.SHARE, SpecJson.object(0));
    try {
      return answer.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw notAsked(name, "that site did not answer", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    }
  }

  private static ProviderException notAsked(String name, String why, @Nullable Throwable cause) {
    return new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot share the tree of the flow "
            + name
            + ": "
            + why
            + ", and must number the new tree. Have the flow run there, and ask again; if it was"
            + " deleted there, have that site make another flow to this tree, which takes its"
            + " place.",
        cause);
  }

  /**
   * Notes that a flow shares its tree, and closes its end and its session: its site comes again.
   */
  synchronized void share(String flow, MasterGroup place) throws IOException {
    Optional<PartRecord> part = parts.find(flow);
    if (opening.contains(flow) || part.isEmpty()) {
      throw new ProviderException(
          ErrorKind.TRANSIENT, "Cannot share the flow's tree yet: it is being opened, or goes.");
    }
    parts.keep(flow, part.get().in(place));
    rest(flow);
    Talk talk = talks.remove(flow);
    if (talk != null) {
      talk.session().close("its tree is shared from now on");
    }
  }

  /** A flow's site says that it rests: closes its end until it is joined again. */
  synchronized void restUntilJoined(String flow) throws IOException {
    resting.add(flow);
    notifyAll();
    rest(flow);
  }

  /** Closes an end; it is joined again later. */
  private synchronized void rest(String flow) throws IOException {
    EndHold end = ends.remove(flow);
    if (end != null) {
      end.close();
    }
  }

  /**
   * Closes an end, and forgets the flow with all that was known of it.
   *
   * @return what stays of the flow's own in its tree
   */
  synchronized List<FlowProblem> leave(String site, String flow) throws IOException {
    if (opening.contains(flow)) {
      throw new ProviderException(
          ErrorKind.TRANSIENT, "Cannot leave the flow yet: its tree is being opened.");
    }
    rest(flow);
    Optional<PartRecord> record = parts.find(flow);
    if (record.isEmpty() || !record.get().site().equals(site)) {
      return List.of();
    }
    PartRecord part = record.get();
    List<FlowProblem> kept = sweep(flow, part); // first: what is forgotten is not looked for again
    if (folder != null && !part.isMerged()) {
      BaseFiles.remove(folder.resolve(flow));
    }
    parts.forget(flow);
    resting.remove(flow);
    notifyAll();
    gate.forget(flow);
    if (folder != null && part.isMerged()) {
      hosting.left(flow, part.side(), part.group());
    }
    return kept;
  }

  /** Opened name by name, as it was for the flow. */
  private List<FlowProblem> sweep(String flow, PartRecord part) throws IOException {
    if (hosting.isShared(part.side(), part.group())) {
      return List.of();
    }
    String name = part.hosted(flow).place().id();
    Sweeping.Opener opener;
    if (part.tree() instanceof Endpoint.LocalDirectory tree) {
      Optional<Exports.Place> place = exports.place(tree);
      if (place.isEmpty()) {
        return List.of(
            new FlowProblem(
                tree + "/" + HiddenFolder.name(name),
                "It is exported no more, so nobody looked at it. Remove it by hand."));
      }
      opener = () -> endpoints.open(place.get().top(), place.get().below());
    } else if (part.tree() instanceof Endpoint.LustrePath tree) {
      opener = () -> endpoints.open(tree);
    } else {
      return List.of();
    }
    return Sweeping.sweep(name, part.tree().toString(), opener).map(List::of).orElse(List.of());
  }

  /** Closes all ends; they are joined again when their sites ask. */
  @Override
  public void close() throws IOException {
    List<EndHold> all;
    synchronized (this) {
      isClosed = true;
      notifyAll();
      all = List.copyOf(ends.values());
      ends.clear();
    }
    workers.shutdownNow();
    KmeshThreads.awaitEnd(workers, LIMIT);
    IOException failure = null;
    for (EndHold end : all) {
      try {
        end.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
