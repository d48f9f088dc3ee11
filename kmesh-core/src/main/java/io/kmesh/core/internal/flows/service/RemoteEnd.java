// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.control.DefectException;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.grants.GrantDesk;
import io.kmesh.core.internal.flows.link.LinkEnd;
import io.kmesh.core.internal.flows.link.LinkHandler;
import io.kmesh.core.internal.flows.link.LinkPeer;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.core.internal.flows.link.LinkStatus;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.core.internal.flows.service.FlowTally.LinkTally;
import io.kmesh.core.internal.transfer.RateCalendar;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The end of a flow that is at another site: has it join on each session, hands the session to the
 * engine here, and asks it questions, again when the link was cut meanwhile. Thread-safe.
 */
final class RemoteEnd implements LinkHandler {
  /** Of a flow about which the other site asks nothing. */
  static final ControlLine.Handler ANSWERS_NOTHING =
      (question, body) ->
          CompletableFuture.failedFuture(
              new ProviderException(
                  ErrorKind.UNSUPPORTED, "Cannot be asked: this site owns the flow."));

  private final ObjectNode join;
  private final RateCalendar rate;
  private final ReplicaLink engine;
  private final Set<String> needed;
  private final @Nullable GrantDesk desk;
  private final ControlLine.Handler asked;
  private final Questions questions = new Questions();
  private @Nullable LinkSession session; // guarded by this, as all below
  private @Nullable ControlLine line;
  private boolean isOwnLine;
  private boolean hasJoined;
  private String waiting = "The other site was not reached yet.";
  private long sessions;
  private long wireBefore;
  private long resumesBefore;
  private EndStatus status = EndStatus.NONE;
  private @Nullable DefectException failure;

  /**
   * The other end.
   *
   * @param join what it is asked to join
   * @param rate how fast this site sends
   * @param replica the engine of this end
   * @param needed what the other site must be able to do
   * @param desk the flow's grants, which it is told of; null when nothing is sensitive
   * @param asked answers what the other site asks
   */
  RemoteEnd(
      ObjectNode join,
      RateCalendar rate,
      Replica replica,
      Set<String> needed,
      @Nullable GrantDesk desk,
      ControlLine.Handler asked) {
    this.asked = asked;
    this.join = join;
    this.rate = rate;
    this.needed = Set.copyOf(needed);
    this.desk = desk;
    this.engine = new ReplicaLink(replica);
  }

  @Override
  public void opened(LinkSession opened) {
    open(opened, new ControlLine(opened::send, asked), true);
  }

  /** As {@link #opened}, where somebody else has the line and answers what the other side asks. */
  void attach(LinkSession opened, ControlLine shared) {
    open(opened, shared, false);
  }

  private void open(LinkSession opened, ControlLine talk, boolean isOwn) {
    synchronized (this) {
      session = opened;
      line = talk;
      isOwnLine = isOwn;
      hasJoined = false;
      sessions++;
    }
    if (failure().isPresent()) {
      opened.close("its end failed"); // nobody asks a second time for what fails again
      return;
    }
    Optional<String> refusal = refusal(opened.peer());
    if (refusal.isPresent()) {
      refused(opened, refusal.get());
      return;
    }
    opened.limit(rate);
    CompletableFuture<?> unused =
        talk.ask(Question.JOIN, join)
            .whenComplete(
                (good, bad) -> {
                  if (bad == null) {
                    joined(opened, talk);
                  } else {
                    failed(opened.peer().site(), bad);
                    refused(opened, opened.peer().site() + " says: " + bad.getMessage());
                  }
                });
  }

  /** What would fail again ends the flow, until somebody starts it. */
  private synchronized void failed(String site, Throwable why) {
    if (why instanceof DefectException && failure == null) {
      failure = new DefectException("At " + site + ": " + why.getMessage());
    }
  }

  /** What ended it for good; empty while it goes on. */
  synchronized Optional<DefectException> failure() {
    return Optional.ofNullable(failure);
  }

  /** Why a site is not asked at all. */
  private Optional<String> refusal(LinkPeer peer) {
    Set<String> missing = new TreeSet<>(needed);
    missing.removeAll(peer.capabilities());
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "The build of "
                + peer.site()
                + " can't run an end of this flow ("
                + String.join(", ", missing)
                + "). Bring it up to date there.");
  }

  private void joined(LinkSession opened, ControlLine talk) {
    synchronized (this) {
      hasJoined = true;
    }
    if (desk != null) {
      CompletableFuture<Void> unused =
          tellGrants(opened, talk, desk); // before the engine asks for anything under them
    }
    engine.opened(opened);
    questions.reached(talk);
  }

  private static CompletableFuture<Void> tellGrants(
      LinkSession over, ControlLine talk, GrantDesk desk) {
    return talk.ask(Question.GRANTS, desk.toJson())
        .handle(
            (good, bad) -> {
              if (bad instanceof ProviderException refusal
                  && refusal.kind() != ErrorKind.TRANSIENT) {
                over.close("it does not take the flow's grants: " + refusal.getMessage());
              }
              return null;
            });
  }

  /**
   * Tells which grants count.
   *
   * @return done when the other site has them durably, or is not reached: then it is told when it
   *     is
   */
  CompletableFuture<Void> tellGrants() {
    ControlLine talk;
    LinkSession over;
    synchronized (this) {
      talk = hasJoined ? line : null;
      over = session;
    }
    return talk == null || over == null || desk == null
        ? CompletableFuture.completedFuture(null)
        : tellGrants(over, talk, desk);
  }

  private void refused(LinkSession opened, String why) {
    synchronized (this) {
      waiting = why;
    }
    opened.close("it was refused there");
  }

  @Override
  public void message(LinkSession from, byte[] message) throws Exception {
    if (!ControlLine.isControl(message)) {
      engine.message(from, message);
      return;
    }
    ControlLine talk;
    synchronized (this) {
      talk = from == session ? line : null;
    }
    if (talk != null) {
      talk.received(message);
    }
  }

  @Override
  public void bulk(LinkSession from, byte[] message) throws Exception {
    engine.bulk(from, message);
  }

  @Override
  public void lost(LinkSession over, LinkEnd end) {
    engine.lost(over, end);
    ControlLine talk = null;
    synchronized (this) {
      LinkStatus last = over.status();
      wireBefore += last.wireOut();
      resumesBefore += last.resumes();
      if (over == session) {
        talk = isOwnLine ? line : null;
        if (hasJoined) {
          waiting = "The link to " + over.peer().site() + " ended: " + end.reason() + ".";
        }
        session = null;
        line = null;
        hasJoined = false;
        questions.lost();
      }
    }
    if (talk != null) {
      talk.lost();
    }
  }

  /** Closes the session that there is, for good. */
  void end(String reason) {
    LinkSession over;
    synchronized (this) {
      over = session;
    }
    if (over != null) {
      over.close(reason);
    }
  }

  /** As the next, of an answer that says nothing. */
  CompletableFuture<Void> ask(Question question, ObjectNode body) {
    return questions.ask(question, body);
  }

  /** Asks something, however often the link is cut meanwhile; fails when the other site refuses. */
  <T> CompletableFuture<T> ask(Question question, ObjectNode body, Questions.Read<T> read) {
    return questions.ask(question, body, read);
  }

  /**
   * Asks how it stands; a failed end is left, so that the next session opens it anew.
   *
   * @return done when it was told, or can't be
   */
  CompletableFuture<Void> poll() {
    ControlLine talk;
    LinkSession over;
    synchronized (this) {
      talk = hasJoined ? line : null;
      over = session;
    }
    if (talk == null || over == null) {
      return CompletableFuture.completedFuture(null);
    }
    return talk.ask(Question.STATUS, JsonNodeFactory.instance.objectNode())
        .thenAccept(answer -> told(over, answer));
  }

  private void told(LinkSession from, ObjectNode answer) {
    EndStatus now;
    try {
      now = EndStatusJson.read(answer);
    } catch (IOException e) {
      from.close(String.valueOf(e.getMessage()));
      return;
    }
    synchronized (this) {
      status = now;
      if (!now.failure().isEmpty()) {
        waiting = "The end at " + from.peer().site() + " failed: " + now.failure();
        if (now.isDefect()) {
          failed(from.peer().site(), new DefectException(now.failure()));
        }
        hasJoined = false;
        questions.lost();
      }
    }
    if (!now.failure().isEmpty()) {
      from.close("its end failed");
    }
  }

  /** Whether the other site has joined, and can be asked now. */
  synchronized boolean isJoined() {
    return hasJoined;
  }

  /** How it stood when it was last asked. */
  synchronized EndStatus status() {
    return status;
  }

  /** How the link goes. */
  synchronized LinkTally link() {
    LinkStatus now = session == null ? null : session.status();
    boolean isCut = now != null && hasJoined && now.streams() == 0;
    return new LinkTally(
        isCut ? "The link is cut; it is made again." : hasJoined ? null : waiting,
        wireBefore + (now == null ? 0 : now.wireOut()),
        Math.max(0, sessions - 1) + resumesBefore + (now == null ? 0 : now.resumes()));
  }

  /** Why there is no link; for when dialling fails. */
  synchronized void failedToDial(String why) {
    if (session == null) {
      waiting = why;
    }
  }
}
