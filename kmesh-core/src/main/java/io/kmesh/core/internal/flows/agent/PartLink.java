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
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.core.internal.flows.service.EndStatusJson;
import io.kmesh.core.internal.flows.service.FlowEnd;
import io.kmesh.core.internal.flows.service.Hosting;
import io.kmesh.core.internal.flows.service.JoinJson;
import io.kmesh.core.internal.flows.service.JoinedEngine;
import io.kmesh.core.internal.flows.service.LookedAt;
import io.kmesh.core.internal.flows.service.MasterEnd;
import io.kmesh.core.internal.flows.service.MasterGroup;
import io.kmesh.core.internal.flows.service.MasterJson;
import io.kmesh.core.internal.flows.service.RemainsJson;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.transfer.RateCalendar;
import io.kmesh.flows.FlowMode;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A session by which another site has its flow's end run here. Thread-safe. */
final class PartLink implements LinkHandler {
  private static final int FORMAT = 0;

  private final FlowAgent agent;
  private final String site;
  private final String flow;
  private final Executor workers;
  private final JoinedEngine engine;
  private @Nullable ControlLine line; // guarded by this, as all below
  private JoinJson.@Nullable Join join;
  private Hosting.@Nullable Seat seat;
  private boolean isLost;

  PartLink(FlowAgent agent, String site, String flow, Executor workers, KmeshTime time) {
    this.agent = agent;
    this.site = site;
    this.flow = flow;
    this.workers = workers;
    this.engine = new JoinedEngine(site, time);
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
    Hosting.Seat held = seat();
    if (held != null) {
      held.message(message);
    } else {
      engine.message(session, message);
    }
  }

  @Override
  public void bulk(LinkSession session, byte[] message) throws Exception {
    Hosting.Seat held = seat();
    if (held != null) {
      held.bulk(message);
    } else {
      engine.bulk(session, message);
    }
  }

  /** What answers once the flow turned out to be one whose cache is held here; null else. */
  private synchronized Hosting.@Nullable Seat seat() {
    return seat;
  }

  /** A session is about an end of a flow, or about a cache of it, and stays so. */
  private synchronized Hosting.Seat requireSeat(LinkSession session, Question question)
      throws IOException {
    boolean isFirst = question == Question.HOST || question == Question.UNHOST;
    if (seat == null && isFirst && join == null && line != null && !isLost) {
      seat = agent.hosting().open(site, flow, session, line);
    }
    if (seat == null) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot answer " + question + ": this session is not about a cache that is held here.");
    }
    return seat;
  }

  /** The end of several masters that asks: an end here may be shared by other flows. */
  private synchronized int towards() {
    if (join == null || !(join.spec().mode() instanceof FlowMode.MultiMaster)) {
      return Replica.ALL;
    }
    MasterGroup place = join.group() == null ? new MasterGroup(flow, 0, 1) : join.group();
    return place.end(join.side().other());
  }

  private MasterEnd requireMaster() throws ProviderException, InterruptedException {
    MasterEnd master = engine.requireEnd().master(towards());
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
    FlowEnd found = engine.requireEnd();
    JoinJson.Join asked;
    synchronized (this) {
      asked = join;
    }
    if (asked != null) {
      agent.requireTurnable(site, flow, asked);
    }
    return found;
  }

  @Override
  public void lost(LinkSession session, LinkEnd why) {
    ControlLine talk;
    Hosting.Seat held;
    synchronized (this) {
      isLost = true;
      talk = line;
      held = seat;
    }
    if (held != null) {
      held.lost(why);
    }
    agent.lost(flow, session);
    engine.lost(session, why);
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
      if (seat() != null || question.isOfCaches()) {
        requireSeat(session, question).answer(question, body, reply);
        return;
      }
      switch (question) {
        case JOIN -> {
          JoinJson.Join asked = JoinJson.read(body);
          requireMerges(session, asked);
          FlowEnd joined = agent.join(site, flow, asked);
          session.limit(RateCalendar.of(asked.spec().rate()));
          synchronized (this) {
            join = asked;
          }
          ControlLine talk;
          synchronized (this) {
            talk = line;
          }
          if (talk != null) {
            agent.joined(flow, session, talk);
          }
          engine.joining();
          reply.complete(new Reply(SpecJson.object(FORMAT), () -> engine.attach(session, joined)));
        }
        case STATUS ->
            reply.complete(Reply.of(EndStatusJson.write(engine.requireEnd().status(towards()))));
        case BARRIER ->
            later(engine.requireEnd().replica().barrier(LookedAt.path(body), towards()), reply);
        case SETTLE -> later(requireTurnable().replica().settle(), reply);
        case LOOK ->
            later(engine.requireEnd().replica().look(LookedAt.places(LookedAt.read(body))), reply);
        case TURN -> {
          requireTurnable();
          reply.complete(Reply.of(SpecJson.object(FORMAT)));
        }
        case PLACE -> later(requireMaster().place(), MasterJson::writePlace, reply);
        case CONFLICTS ->
            later(MasterJson.tell(body, requireMaster()), MasterJson::writePage, reply);
        case RESOLVE -> later(MasterJson.resolve(body, requireMaster()), reply);
        case CONFIRM -> later(engine.requireEnd().confirmDeletions(), reply);
        case GRANTS -> {
          engine.requireEnd().learn(site, body);
          reply.complete(Reply.of(SpecJson.object(FORMAT)));
        }
        case REST -> {
          engine.requireEnd();
          agent.restUntilJoined(flow);
          reply.complete(Reply.of(SpecJson.object(FORMAT)));
        }
        case SHARE ->
            throw new ProviderException(
                ErrorKind.UNSUPPORTED,
                "Cannot share a tree by this session: the site that made the flow is asked.");
        case HOST, HOSTED, UNHOST, GRANT, REVOKE, GIVEN, AUDIT ->
            throw new AssertionError(question);
        case LEAVE -> { // also of a flow that was deleted while this site was away
          reply.complete(Reply.of(RemainsJson.write(agent.leave(site, flow))));
        }
      }
    } catch (Exception | Error e) {
      reply.completeExceptionally(e); // else who asks would wait for ever
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
}
