// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.access.AccessSite;
import io.kmesh.core.internal.flows.control.Capability;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.grants.GrantDesk;
import io.kmesh.core.internal.flows.link.LinkDialer;
import io.kmesh.core.internal.flows.link.LinkRefusedException;
import io.kmesh.core.internal.flows.link.LinkRefusedException.Cause;
import io.kmesh.core.internal.flows.merge.ConflictDesk;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.core.internal.flows.service.EndPlan.Role;
import io.kmesh.core.internal.transfer.RateCalendar;
import io.kmesh.flows.FlowProblem;
import io.kmesh.flows.FlowStatus;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A flow that runs with one end in this process, and one at another site. Thread-safe. */
final class RemoteRun implements FlowRun {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteRun.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration FAREWELL = Duration.ofSeconds(3);

  private final EndHold hold;
  private final FlowEnd local;
  private final int there;
  private final RemoteEnd remote;
  private final String site;
  private final @Nullable LinkDialer dialer;
  private final KmeshTime time;
  private final @Nullable Closeable hearing;
  private boolean isClosed; // guarded by this, as the next
  private KmeshTime.@Nullable Timer timer;

  private RemoteRun(
      EndHold hold,
      int there,
      RemoteEnd remote,
      String site,
      @Nullable GrantDesk desk,
      @Nullable LinkDialer dialer,
      KmeshTime time) {
    this.site = site;
    this.hold = hold;
    this.there = there;
    this.local = hold.end();
    this.remote = remote;
    this.dialer = dialer;
    this.time = time;
    this.hearing = desk == null ? null : desk.listen(new Telling(remote));
  }

  /**
   * Begins.
   *
   * @param flow the flow's id
   * @param hold the end that is here; closed with it
   * @param there the number of the other end, when both are masters
   * @param join what the other site is asked to join
   * @param rate how fast this site sends
   * @param site the other site
   * @param desk the flow's grants, which stay the caller's; null when nothing is sensitive
   * @param asked answers what the other site asks
   */
  static RemoteRun start(
      String flow,
      EndHold hold,
      int there,
      ObjectNode join,
      RateCalendar rate,
      String site,
      @Nullable GrantDesk desk,
      SiteLinks links,
      ControlLine.Handler asked,
      KmeshTime time)
      throws IOException {
    FlowEnd local = hold.end();
    RemoteEnd remote = new RemoteEnd(join, rate, local.replica(), needed(local, desk), desk, asked);
    LinkDialer dialer = links.dial(site, flow, remote);
    RemoteRun run = new RemoteRun(hold, there, remote, site, desk, dialer, time);
    hold.start();
    run.poll();
    return run;
  }

  /**
   * Begins, where the other site made the flow and dials: {@link #remote} waits for its sessions.
   * The rest is as above.
   */
  static RemoteRun await(
      EndHold hold,
      ObjectNode join,
      RateCalendar rate,
      String site,
      @Nullable GrantDesk desk,
      KmeshTime time) {
    FlowEnd local = hold.end();
    RemoteEnd remote =
        new RemoteEnd(
            join, rate, local.replica(), needed(local, desk), desk, RemoteEnd.ANSWERS_NOTHING);
    remote.failedToDial("The site " + site + ", whose flow it is, did not come yet.");
    RemoteRun run = new RemoteRun(hold, Replica.ALL, remote, site, desk, null, time);
    hold.start();
    run.poll();
    return run;
  }

  private static Set<String> needed(FlowEnd local, @Nullable GrantDesk desk) {
    Set<String> needed = new TreeSet<>();
    if (local.plan().role() == Role.MERGE) {
      needed.add(Capability.MULTI_MASTER);
    }
    if (local.plan().group() != null) {
      needed.add(Capability.SHARED_TREES);
    }
    if (desk != null) {
      needed.add(Capability.GRANTS);
    }
    return needed;
  }

  /** The other site's end. */
  RemoteEnd remote() {
    return remote;
  }

  /** Tells the other site of grants while whoever changed them waits a moment. */
  private record Telling(RemoteEnd remote) implements GrantDesk.Listener {
    @Override
    public void changed() {
      try {
        remote.tellGrants().get(FAREWELL.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException | ExecutionException e) {
        LOG.info("The other site was not told of a grant yet.", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized void poll() {
    if (!isClosed) {
      if (dialer != null && remote.failure().isPresent()) {
        dialer.close(); // it would fail again; whoever starts the flow tries anew
        return;
      }
      if (dialer != null) {
        dialer
            .failure()
            .filter(e -> !(e instanceof LinkRefusedException r && r.why() == Cause.UNKNOWN_SESSION))
            .ifPresent(this::failedToDial);
      }
      CompletableFuture<Void> unused = remote.poll();
      timer = time.schedule(POLL, this::poll);
    }
  }

  private void failedToDial(Exception why) {
    remote.failedToDial("Cannot reach " + site + ": " + why.getMessage());
    AccessSite access = local.access();
    if (access != null) {
      access.unreached();
    }
  }

  private boolean isSource() {
    return local.plan().role() == Role.SOURCE;
  }

  @Override
  public CompletableFuture<Void> barrier(PathBytes path) {
    MasterEnd here = local.master(there);
    MasterEnd other = new RemoteMaster(remote);
    return here != null
        ? BothWays.barrier(here, other, path)
        : isSource() ? local.replica().barrier(path) : toHere(other, path);
  }

  /** What was written here is the source's first. */
  private CompletableFuture<Void> toHere(MasterEnd other, PathBytes path) {
    AccessSite site = local.access();
    return site == null
        ? other.barrier(path)
        : site.writtenBack(path).thenCompose(done -> other.barrier(path));
  }

  @Override
  public CompletableFuture<Void> look(List<PathBytes> paths) {
    CompletableFuture<Void> here = local.replica().look(LookedAt.places(paths));
    return isSource()
        ? here
        : CompletableFuture.allOf(here, remote.ask(Question.LOOK, LookedAt.write(paths)));
  }

  @Override
  public CompletableFuture<Void> requireTurnable() {
    return remote.ask(Question.TURN, JsonNodeFactory.instance.objectNode());
  }

  @Override
  public CompletableFuture<Void> settle() {
    return isSource()
        ? local.replica().settle()
        : remote.ask(Question.SETTLE, JsonNodeFactory.instance.objectNode());
  }

  @Override
  public CompletableFuture<Void> confirmDeletions() {
    if (isSource()) {
      return local.confirmDeletions();
    }
    return local.master() == null ? confirmThere() : remote.poll().thenCompose(told -> confirm());
  }

  private CompletableFuture<Void> confirmThere() {
    return remote.ask(Question.CONFIRM, JsonNodeFactory.instance.objectNode());
  }

  /** Either end may hold some back; it fails when neither does. */
  private CompletableFuture<Void> confirm() {
    if (remote.status().held() == 0) {
      return local.confirmDeletions();
    }
    return local.status().held() == 0
        ? confirmThere()
        : CompletableFuture.allOf(local.confirmDeletions(), confirmThere());
  }

  @Override
  public Optional<Throwable> failure() {
    Throwable here = local.failure();
    return here != null ? Optional.of(here) : remote.failure().map(Function.identity());
  }

  @Override
  public Optional<ConflictDesk> conflicts() throws IOException {
    AccessSite access = local.access();
    if (access != null) {
      return access.conflicts();
    }
    List<MasterEnd> masters = masters();
    return masters.isEmpty() ? Optional.empty() : Optional.of(new BothConflicts(masters));
  }

  @Override
  public List<MasterEnd> masters() {
    MasterEnd here = local.master();
    return here == null ? List.of() : List.of(here, new RemoteMaster(remote));
  }

  @Override
  public CompletableFuture<Void> keepRemovals() {
    return local.replica().keepRemovals();
  }

  @Override
  public Optional<AccessSite> access() {
    return Optional.ofNullable(local.access());
  }

  @Override
  public Optional<PosixTree> sourceTree() {
    return isSource() ? Optional.of(local.tree()) : Optional.empty();
  }

  @Override
  public FlowStatus status() {
    ask();
    EndStatus here = local.master() == null ? local.status() : local.status(there);
    EndStatus other = remote.status();
    Throwable failure = failure().orElse(null);
    if (local.master() != null) {
      return FlowTally.both(
          here,
          other,
          failure == null ? null : String.valueOf(failure.getMessage()),
          remote.link());
    }
    EndStatus source = isSource() ? here : other;
    return FlowTally.of(
        local.access() == null ? source : source.sending(here.bytes()),
        isSource() ? other : here,
        failure == null ? null : String.valueOf(failure.getMessage()),
        remote.link());
  }

  /** Waits a moment for what the other site says of itself; else its last word counts. */
  private void ask() {
    try {
      remote.poll().get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.debug("The other site of {} did not say how it stands.", local.plan().name(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Has the other site close its end, or what is asked, as far as it can be told now. */
  void tellOther(Question question) throws IOException {
    if (question == Question.REST && !remote.isJoined()) {
      return; // an end that nobody reaches rests by itself
    }
    Optional<Boolean> unused = tell(question, answer -> true);
  }

  /**
   * Has the other site forget the flow, as far as it can be told now.
   *
   * @return what stays in its tree; empty when it was not told
   */
  Optional<List<FlowProblem>> leave() throws IOException {
    return tell(Question.LEAVE, answer -> RemainsJson.read(site, answer));
  }

  private <T> Optional<T> tell(Question question, Questions.Read<T> read) throws IOException {
    try {
      return Optional.of(
          remote
              .ask(question, JsonNodeFactory.instance.objectNode(), read)
              .get(FAREWELL.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      LOG.info("The other site of {} was not told: {}", local.plan().name(), question);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Optional.empty();
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      isClosed = true;
      if (timer != null) {
        timer.cancel();
      }
    }
    if (hearing != null) {
      hearing.close();
    }
    if (dialer != null) {
      dialer.close();
    } else {
      remote.end("the flow was ended there");
    }
    hold.close();
  }
}
