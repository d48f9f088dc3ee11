// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.control.Capability;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.control.ControlLine.Reply;
import io.kmesh.core.internal.flows.control.DefectException;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.link.LinkEnd;
import io.kmesh.core.internal.flows.link.LinkHandler;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.core.internal.flows.link.LinkStatus;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Wanted;
import io.kmesh.core.internal.flows.service.FlowTally.LinkTally;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.transfer.RateCalendar;
import io.kmesh.flows.FlowSpec;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source of a flow whose cache another site holds: on each session asks that site to hold it,
 * then joins the flow as that site asks, and no other one. Thread-safe.
 */
final class LentEnd implements LinkHandler {
  private static final Logger LOG = LoggerFactory.getLogger(LentEnd.class);
  private static final int FORMAT = 0;

  private final Terms terms;
  private final FlowEnd local;
  private final KmeshTime time;
  private final Questions questions = new Questions();
  private @Nullable Talk talk; // guarded by this, as all below
  private String waiting = "The other site was not reached yet.";
  private long sessions;
  private long wireBefore;
  private long resumesBefore;
  private @Nullable DefectException failure;

  /** Something that may fail. */
  @FunctionalInterface
  interface Check {
    /** Fails with the reason. */
    void run() throws IOException;
  }

  /**
   * What is lent, and who hears of it.
   *
   * @param name the flow's name here
   * @param flow its id
   * @param spec as the other site is told it, where the source has no path of this machine
   * @param grants what was given of it
   * @param allowed fails when the flow's data may not go there
   * @param isMade whether the other site said before that it holds the cache
   * @param made hears that it does; durable when it returns
   */
  record Terms(
      String name,
      String flow,
      FlowSpec spec,
      LentGrants grants,
      Check allowed,
      BooleanSupplier isMade,
      Runnable made) {
    ObjectNode ask(Wanted wanted) {
      return HostJson.write(new HostJson.Asked(name, wanted, isMade.getAsBoolean(), spec));
    }
  }

  /** One session. */
  private static final class Talk {
    final LinkSession session;
    final ControlLine line;
    final JoinedEngine engine;
    boolean isAsked; // guarded by the end, as the next
    boolean isHeld;

    Talk(LinkSession session, ControlLine line, JoinedEngine engine) {
      this.session = session;
      this.line = line;
      this.engine = engine;
    }
  }

  LentEnd(Terms terms, FlowEnd local, KmeshTime time) {
    this.terms = terms;
    this.local = local;
    this.time = time;
  }

  @Override
  public void opened(LinkSession session) {
    JoinedEngine engine = new JoinedEngine(session.peer().site(), time);
    ControlLine line =
        new ControlLine(session::send, (question, body) -> answer(session, engine, question, body));
    Talk now = new Talk(session, line, engine);
    synchronized (this) {
      talk = now;
      sessions++;
    }
    String site = session.peer().site();
    if (failure().isPresent()) {
      session.close("its cache failed"); // nobody asks a second time for what fails again
      return;
    }
    if (!session.peer().capabilities().contains(Capability.CACHES)) {
      refused(session, tooOld(site));
      return;
    }
    synchronized (this) {
      now.isAsked = true;
    }
    CompletableFuture<?> unused =
        line.ask(Question.HOST, terms.ask(Wanted.RUNNING))
            .whenComplete(
                (good, bad) -> {
                  if (bad != null) {
                    failed(site, bad);
                    refused(session, site + " says: " + bad.getMessage());
                  } else {
                    held(now);
                  }
                });
  }

  private synchronized void failed(String site, Throwable why) {
    if (why instanceof DefectException && failure == null) {
      failure = new DefectException("At " + site + ": " + why.getMessage());
    }
  }

  /** What ended it for good; empty while it goes on. */
  synchronized Optional<DefectException> failure() {
    return Optional.ofNullable(failure);
  }

  static String tooOld(String site) {
    return "The build of "
        + site
        + " can't hold caches of flows that others make ("
        + Capability.CACHES
        + "). Bring it up to date there, or make the flow at that site.";
  }

  private void held(Talk now) {
    try {
      terms.made().run();
    } catch (RuntimeException e) {
      refused(now.session, "That the cache is held could not be kept: " + e.getMessage());
      return;
    }
    synchronized (this) {
      now.isHeld = true;
    }
    terms.grants().revoked().forEach(id -> revoke(now.line, id));
    questions.reached(now.line);
  }

  /** What was taken back while that site was not reached. */
  private void revoke(ControlLine line, String id) {
    CompletableFuture<?> unused =
        line.ask(Question.REVOKE, HostedJson.id(id))
            .whenComplete(
                (good, bad) -> {
                  if (bad == null
                      || (bad instanceof ProviderException known
                          && known.kind() == ErrorKind.NOT_FOUND)) {
                    settled(id);
                  }
                });
  }

  private void settled(String id) {
    try {
      terms.grants().settled(id);
    } catch (IOException e) {
      LOG.warn("That a grant of {} ended was not kept: {}", terms.name(), e.getMessage());
    }
  }

  private void refused(LinkSession session, String why) {
    synchronized (this) {
      waiting = why;
    }
    session.close("it was refused there");
  }

  private CompletableFuture<Reply> answer(
      LinkSession session, JoinedEngine engine, Question question, ObjectNode body) {
    try {
      return switch (question) {
        case JOIN -> join(session, engine, JoinJson.read(body));
        case STATUS ->
            CompletableFuture.completedFuture(Reply.of(EndStatusJson.write(local.status())));
        case BARRIER -> later(local.replica().barrier(LookedAt.path(body)));
        case LOOK -> later(local.replica().look(LookedAt.places(LookedAt.read(body))));
        case GRANTS -> {
          terms.grants().told(body, source(local, session.peer().site()));
          yield done();
        }
        case REST, LEAVE -> done(); // what is here goes on for whoever joins next
        default ->
            throw new ProviderException(
                ErrorKind.UNSUPPORTED,
                "Cannot answer " + question + ": this site made the flow, and has its source.");
      };
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** The source, which another site tells of grants. */
  static LentGrants.Source source(FlowEnd local, String site) {
    return new LentGrants.Source() {
      @Override
      public void learn(ObjectNode grants) throws IOException {
        local.learn(site, grants);
      }

      @Override
      public void withdraw(String id) throws IOException {
        local.withdraw(id);
      }
    };
  }

  private CompletableFuture<Reply> join(
      LinkSession session, JoinedEngine engine, JoinJson.Join asked) throws IOException {
    FlowSpec there = asked.spec().toBuilder().to(terms.spec().target()).build();
    if (asked.side() != Side.SOURCE || asked.generation() != 0 || !there.equals(terms.spec())) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot join \"" + asked.name() + "\": it is not what this site made. Nothing is sent.");
    }
    terms.allowed().run();
    session.limit(RateCalendar.of(terms.spec().rate()));
    engine.joining();
    return CompletableFuture.completedFuture(
        new Reply(SpecJson.object(FORMAT), () -> engine.attach(session, local)));
  }

  private static CompletableFuture<Reply> done() {
    return CompletableFuture.completedFuture(Reply.of(SpecJson.object(FORMAT)));
  }

  private static CompletableFuture<Reply> later(CompletableFuture<Void> done) {
    return done.thenApply(good -> Reply.of(SpecJson.object(FORMAT)));
  }

  private synchronized @Nullable Talk talkOf(LinkSession session) {
    Talk now = talk;
    return now != null && now.session == session ? now : null;
  }

  @Override
  public void message(LinkSession from, byte[] message) throws Exception {
    Talk now = talkOf(from);
    if (now == null) {
      return;
    }
    if (ControlLine.isControl(message)) {
      now.line.received(message);
    } else {
      now.engine.message(from, message);
    }
  }

  @Override
  public void bulk(LinkSession from, byte[] message) throws Exception {
    Talk now = talkOf(from);
    if (now != null) {
      now.engine.bulk(from, message);
    }
  }

  @Override
  public void lost(LinkSession over, LinkEnd end) {
    Talk now = talkOf(over);
    LinkStatus last = over.status();
    synchronized (this) {
      wireBefore += last.wireOut();
      resumesBefore += last.resumes();
      if (now != null) {
        talk = null;
        questions.lost();
        if (now.isHeld) {
          waiting = "The link to " + over.peer().site() + " ended: " + end.reason() + ".";
        }
      }
    }
    if (now != null) {
      now.engine.lost(over, end);
      now.line.lost();
    }
  }

  /** Asks something until it is answered. */
  CompletableFuture<Void> ask(Question question, ObjectNode body) {
    return questions.ask(question, body);
  }

  /**
   * Asks something now.
   *
   * @throws ProviderException TRANSIENT when the other site does not hold the cache now
   */
  CompletableFuture<ObjectNode> askNow(String what, Question question, ObjectNode body)
      throws ProviderException {
    ControlLine line;
    String why;
    synchronized (this) {
      line = talk != null && talk.isHeld ? talk.line : null;
      why = waiting;
    }
    if (line == null) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot "
              + what
              + " of the data flow \""
              + terms.name()
              + "\": the site that holds its cache is not reached. "
              + why);
    }
    return line.ask(question, body);
  }

  /**
   * Has the other site's end rest, as far as it can be told now: also one that is being made.
   *
   * @throws ProviderException TRANSIENT when there is no session
   */
  CompletableFuture<ObjectNode> rest() throws ProviderException {
    ControlLine line;
    synchronized (this) {
      line = talk != null && talk.isAsked ? talk.line : null;
    }
    return line == null
        ? askNow("stop the cache", Question.HOST, terms.ask(Wanted.STOPPED))
        : line.ask(Question.HOST, terms.ask(Wanted.STOPPED));
  }

  /** Ends the session that there is. */
  void cut(String why) {
    LinkSession session;
    synchronized (this) {
      session = talk == null ? null : talk.session;
    }
    if (session != null) {
      session.close(why);
    }
  }

  /** How the link goes. */
  synchronized LinkTally link() {
    Talk now = talk;
    LinkStatus last = now == null ? null : now.session.status();
    boolean isHeld = now != null && now.isHeld;
    boolean isCut = last != null && isHeld && last.streams() == 0;
    return new LinkTally(
        isCut ? "The link is cut; it is made again." : isHeld ? null : waiting,
        wireBefore + (last == null ? 0 : last.wireOut()),
        Math.max(0, sessions - 1) + resumesBefore + (last == null ? 0 : last.resumes()));
  }

  /** Why there is no link; for when dialling fails. */
  synchronized void failedToDial(String why) {
    if (talk == null) {
      LOG.debug("The flow {} waits: {}", terms.name(), why);
      waiting = why;
    }
  }
}
