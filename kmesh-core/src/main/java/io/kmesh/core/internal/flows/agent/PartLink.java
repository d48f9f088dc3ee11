// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.control.Capability;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.control.ControlLine.Reply;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.link.LinkEnd;
import io.kmesh.core.internal.flows.link.LinkHandler;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.core.internal.flows.service.EndStatusJson;
import io.kmesh.core.internal.flows.service.FlowEnd;
import io.kmesh.core.internal.flows.service.JoinJson;
import io.kmesh.core.internal.flows.service.LookedAt;
import io.kmesh.core.internal.flows.service.MasterEnd;
import io.kmesh.core.internal.flows.service.MasterJson;
import io.kmesh.core.internal.flows.service.ReplicaLink;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.transfer.RateCalendar;
import io.kmesh.flows.FlowMode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A session by which another site has its flow's end run here. Thread-safe. */
final class PartLink implements LinkHandler {
  private static final int FORMAT = 0;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final FlowAgent agent;
  private final String site;
  private final String flow;
  private final Executor workers;
  private final KmeshTime time;
  private @Nullable ControlLine line; // guarded by this, as all below
  private JoinJson.@Nullable Join join;
  private @Nullable FlowEnd end;
  private @Nullable ReplicaLink engine;
  private boolean isJoining;
  private boolean isLost;

  PartLink(FlowAgent agent, String site, String flow, Executor workers, KmeshTime time) {
    this.agent = agent;
    this.site = site;
    this.flow = flow;
    this.workers = workers;
    this.time = time;
  }

  @Override
  public synchronized void opened(LinkSession session) {
    line = new ControlLine(session::send, (question, body) -> answer(session, question, body));
  }

  @Override
  public void message(LinkSession session, byte[] message) throws Exception {
    if (ControlLine.isControl(message)) {
      ControlLine talk;
      synchronized (this) {
        talk = line;
      }
      if (talk != null) {
        talk.received(message);
      }
      return;
    }
    requireJoined().message(session, message);
  }

  @Override
  public void bulk(LinkSession session, byte[] message) throws Exception {
    requireJoined().bulk(session, message);
  }

  private synchronized ReplicaLink requireJoined() throws ProviderException, InterruptedException {
    awaitJoined();
    if (engine == null) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot take a message of " + site + ": it did not join first.");
    }
    return engine;
  }

  private synchronized FlowEnd requireEnd() throws ProviderException, InterruptedException {
    awaitJoined();
    if (end == null) {
      throw new ProviderException(
          ErrorKind.PRECONDITION, "Cannot be asked about a flow that was not joined first.");
    }
    return end;
  }

  private MasterEnd requireMaster() throws ProviderException, InterruptedException {
    MasterEnd master = requireEnd().master();
    if (master == null) {
      throw new ProviderException(
          ErrorKind.PRECONDITION, "Cannot be asked about conflicts: this flow has one master.");
    }
    return master;
  }

  /** A site that can't ask about several masters could not tell when both ends are equal. */
  private static void requireMerges(LinkSession session, JoinJson.Join asked)
      throws ProviderException {
    if (asked.spec().mode() instanceof FlowMode.MultiMaster
        && !session.peer().capabilities().contains(Capability.MULTI_MASTER)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot join \""
              + asked.name()
              + "\": the build of "
              + session.peer().site()
              + " knows no flows of several masters between sites. Bring it up to date there.");
    }
  }

  /** Whoever has an end settle turns it to the other role next, and asks before that. */
  private FlowEnd requireTurnable() throws IOException, InterruptedException {
    FlowEnd found = requireEnd();
    JoinJson.Join asked;
    synchronized (this) {
      asked = join;
    }
    if (asked != null) {
      agent.requireTurnable(site, flow, asked);
    }
    return found;
  }

  /** The other side may speak as soon as it has the answer, which is before this side goes on. */
  private synchronized void awaitJoined() throws InterruptedException {
    long until = time.nanoTime() + PATIENCE.toNanos();
    while (isJoining && engine == null && until - time.nanoTime() > 0) {
      time.await(this, Duration.ofNanos(until - time.nanoTime()));
    }
  }

  @Override
  public void lost(LinkSession session, LinkEnd why) {
    ReplicaLink joined;
    ControlLine talk;
    synchronized (this) {
      isLost = true;
      joined = engine;
      talk = line;
    }
    if (joined != null) {
      joined.lost(session, why);
    }
    if (talk != null) {
      talk.lost();
    }
  }

  private CompletableFuture<Reply> answer(LinkSession session, Question question, ObjectNode body) {
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    if (question == Question.GRANTS) {
      answer(session, question, body, reply); // before the engine hears what is asked for under it
      return reply;
    }
    try {
      workers.execute(() -> answer(session, question, body, reply));
    } catch (RejectedExecutionException e) {
      reply.completeExceptionally(
          new ProviderException(ErrorKind.TRANSIENT, "This site is closing, or has much to do."));
    }
    return reply;
  }

  private void answer(
      LinkSession session, Question question, ObjectNode body, CompletableFuture<Reply> reply) {
    try {
      switch (question) {
        case JOIN -> {
          JoinJson.Join asked = JoinJson.read(body);
          requireMerges(session, asked);
          FlowEnd joined = agent.join(site, flow, asked);
          session.limit(RateCalendar.of(asked.spec().rate()));
          synchronized (this) {
            isJoining = true;
            join = asked;
          }
          reply.complete(new Reply(SpecJson.object(FORMAT), () -> attach(session, joined)));
        }
        case STATUS -> reply.complete(Reply.of(EndStatusJson.write(requireEnd().status())));
        case BARRIER ->
            later(requireEnd().replica().barrier(path(body.path("path").asText(""))), reply);
        case SETTLE -> later(requireTurnable().replica().settle(), reply);
        case LOOK ->
            later(requireEnd().replica().look(LookedAt.places(LookedAt.read(body))), reply);
        case TURN -> {
          requireTurnable();
          reply.complete(Reply.of(SpecJson.object(FORMAT)));
        }
        case PLACE -> later(requireMaster().place(), MasterJson::writePlace, reply);
        case CONFLICTS ->
            later(MasterJson.tell(body, requireMaster()), MasterJson::writePage, reply);
        case RESOLVE -> later(MasterJson.resolve(body, requireMaster()), reply);
        case CONFIRM -> later(requireEnd().confirmDeletions(), reply);
        case GRANTS -> {
          requireEnd().learn(site, body);
          reply.complete(Reply.of(SpecJson.object(FORMAT)));
        }
        case REST -> {
          requireEnd();
          agent.rest(flow);
          reply.complete(Reply.of(SpecJson.object(FORMAT)));
        }
        case LEAVE -> {
          requireEnd();
          agent.leave(site, flow);
          reply.complete(Reply.of(SpecJson.object(FORMAT)));
        }
      }
    } catch (Exception e) {
      reply.completeExceptionally(e);
    }
  }

  private static void later(CompletableFuture<Void> done, CompletableFuture<Reply> reply) {
    later(done, good -> SpecJson.object(FORMAT), reply);
  }

  private static <T> void later(
      CompletableFuture<T> done, Function<T, ObjectNode> body, CompletableFuture<Reply> reply) {
    CompletableFuture<?> unused =
        done.whenComplete(
            (good, bad) -> {
              if (bad == null) {
                reply.complete(Reply.of(body.apply(good)));
              } else {
                reply.completeExceptionally(bad);
              }
            });
  }

  private static PathBytes path(String hex) throws ProviderException {
    try {
      PathBytes path = PathBytes.of(HexFormat.of().parseHex(hex));
      path.names();
      return path;
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot prove what is at a path: " + e.getMessage(), e);
    }
  }

  private void attach(LinkSession session, FlowEnd joined) {
    ReplicaLink way = new ReplicaLink(joined.replica());
    synchronized (this) {
      if (isLost || engine != null) {
        return;
      }
      end = joined;
      engine = way;
      // Within the lock: a loss that comes now finds it.
      way.opened(session);
      notifyAll();
    }
  }
}
