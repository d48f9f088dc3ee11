// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.link.LinkEnd.Kind;
import io.kmesh.core.internal.transfer.RateCalendar;
import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The session, the same at both sides. Its lock guards all that hangs on it; no I/O is under it.
 */
final class Session implements LinkSession {
  /** The most streams that a session may have. */
  static final int MOST_STREAMS = 32;

  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  /** How long the peer gets to read why a session ended. */
  private static final Duration LINGER = Duration.ofSeconds(5);

  final LinkSettings settings;
  final Ticket ticket;
  final ReentrantLock lock = new ReentrantLock();

  private final KmeshTime time;
  private final LinkPeer peer;
  private final Outbox outbox;
  private final Intake intake;
  private final Streams streams;
  private final SessionClock clock;
  private final HandlerThreads handlers;
  private final Runnable changed;

  private final Condition streamWent = lock.newCondition();

  private @Nullable LinkEnd end; // guarded by lock, as all below
  private int goodbye;
  private int numbers;
  private long attached;
  private long reconnects;
  private long resumes;

  /**
   * A session without streams.
   *
   * @param hello what the peer said of itself
   * @param tuner decides on the number of streams; null where the peer does
   * @param changed is called, without the lock, when a stream went, or more are wanted, or all is
   *     over
   */
  Session(
      LinkSettings settings,
      LinkPeer peer,
      Hello hello,
      Ticket ticket,
      LinkHandler handler,
      @Nullable StreamTuner tuner,
      Runnable changed) {
    this.settings = settings;
    this.time = settings.time;
    this.peer = peer;
    this.ticket = ticket;
    this.changed = changed;
    this.outbox = new Outbox(settings, peer, hello, lock);
    this.intake = new Intake(settings, lock);
    this.streams = new Streams(settings, outbox, intake, this::woken);
    this.clock = new SessionClock(this, streams, tuner);
    this.handlers = new HandlerThreads(this, handler, settings.bulkThreads);
  }

  /** Begins to call the handler, once the sessions that it replaces have told of their end. */
  void start(List<Session> replaced) {
    handlers.start(replaced.stream().map(s -> s.handlers).toList());
    clock.start();
  }

  /** Whether it is over and its handler has returned from the last call. */
  boolean isGone() {
    return handlers.isEnded();
  }

  // ---- what users call

  @Override
  public LinkPeer peer() {
    return peer;
  }

  @Override
  public int longestMessage() {
    return outbox.longestMessage;
  }

  @Override
  public void send(byte[] message) throws LinkLostException, InterruptedException {
    send(message, outbox.ordered);
  }

  @Override
  public void sendBulk(byte[] message) throws LinkLostException, InterruptedException {
    send(message, outbox.bulk);
  }

  private void send(byte[] message, SendLane lane) throws LinkLostException, InterruptedException {
    lock.lockInterruptibly();
    try {
      outbox.add(lane, message);
      streams.wakeOne();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean flush(Duration timeout) throws LinkLostException, InterruptedException {
    lock.lockInterruptibly();
    try {
      return outbox.flush(timeout);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void limit(RateCalendar calendar) {
    lock.lock();
    try {
      streams.limit(calendar);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public LinkStatus status() {
    lock.lock();
    try {
      return new LinkStatus(
          outbox.handledBytes(),
          intake.handledBytes(),
          streams.bytesOut(),
          streams.bytesIn(),
          streams.retransmitted(),
          outbox.outstanding(),
          streams.live().size(),
          reconnects,
          resumes,
          clock.goodput(),
          clock.roundTrip());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isOver() {
    return ended() != null;
  }

  @Nullable LinkEnd ended() {
    lock.lock();
    try {
      return end;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    close("it was closed");
  }

  @Override
  public void close(String reason) {
    end(new LinkEnd(Kind.CLOSED_HERE, reason), Goodbye.CLOSED);
    lock.lock();
    try {
      while (!streams.live().isEmpty()) {
        streamWent.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  // ---- the session's end

  /** Ends the session, unless it has ended; the peer is told why, unless {@link Goodbye#NONE}. */
  void end(LinkEnd why, int goodbye) {
    lock.lock();
    try {
      if (end != null) {
        return;
      }
      end = why;
      this.goodbye = goodbye;
      outbox.end(why);
      intake.end();
      streams.wakeAll();
    } finally {
      lock.unlock();
    }
    LOG.debug("The session {} with {} is over: {}", ticket.session(), peer.site(), why.reason());
    if (goodbye == Goodbye.NONE) {
      closeStreams();
    } else {
      time.schedule(LINGER, this::closeStreams);
    }
    changed.run();
  }

  private void closeStreams() {
    List<LinkStream> all;
    lock.lock();
    try {
      all = List.copyOf(streams.live());
    } finally {
      lock.unlock();
    }
    all.forEach(s -> died(s, "the session is over"));
  }

  void goodbye(int cause, String reason) {
    end(Goodbye.end(cause, peer.site(), reason), Goodbye.NONE);
  }

  void violated(LinkStream stream, LinkViolation violation) {
    LOG.warn(
        "The session {} with {} ends: {} sent {}",
        ticket.session(),
        peer.site(),
        stream,
        violation.getMessage());
    end(
        new LinkEnd(Kind.VIOLATION, peer.site() + " sent " + violation.getMessage()),
        Goodbye.VIOLATION);
    died(stream, String.valueOf(violation.getMessage()));
  }

  // ---- streams

  /** The number of the next stream, from 1. */
  int nextNumber() {
    lock.lock();
    try {
      return ++numbers;
    } finally {
      lock.unlock();
    }
  }

  boolean isFull() {
    lock.lock();
    try {
      return streams.live().size() == MOST_STREAMS;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes a connection whose greeting is done.
   *
   * @return whether it was taken; not when the session is over or has too many
   */
  boolean attach(int number, LinkConnection connection, FrameInput in, FrameOutput out) {
    LinkStream stream = new LinkStream(this, number, connection, in, out);
    lock.lock();
    try {
      if (end != null || streams.live().size() == MOST_STREAMS) {
        return false;
      }
      if (attached++ > 0 && streams.live().isEmpty()) {
        resumes++;
      }
      streams.add(stream);
      clock.streamCame();
    } finally {
      lock.unlock();
    }
    stream.start();
    return true;
  }

  void died(LinkStream stream, String reason) {
    boolean isGone;
    lock.lock();
    try {
      isGone = !stream.isDead;
      if (isGone) {
        streams.remove(stream);
        if (!stream.isLeaving && end == null) {
          reconnects++;
          LOG.debug("{} of {} died: {}", stream, ticket.session(), reason);
        }
        clock.streamWent();
        streamWent.signalAll();
      }
    } finally {
      lock.unlock();
    }
    if (isGone) {
      stream.connection.close();
      changed.run();
    }
  }

  /** The next thing to write; null when the writer may end. */
  Streams.@Nullable Next next(LinkStream stream) throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        if (stream.isDead) {
          return null;
        }
        Streams.Next next = null;
        if (end == null) {
          next = streams.pick(stream);
        } else if (goodbye == Goodbye.NONE || stream.saidGoodbye) {
          return null;
        } else {
          stream.saidGoodbye = true;
          int cause = goodbye;
          String reason = end.reason();
          next = (out, packer) -> Goodbye.write(out, cause, reason);
        }
        if (next != null) {
          stream.isFlushed = false;
          return next;
        }
        if (!stream.isFlushed) {
          stream.isFlushed = true;
          return (out, packer) -> out.flush();
        }
        stream.isIdle = true;
        stream.work.await();
        stream.isIdle = false;
      }
    } finally {
      lock.unlock();
    }
  }

  private void woken() {
    lock.lock();
    try {
      streams.woken();
    } finally {
      lock.unlock();
    }
  }

  // ---- what streams read

  boolean reserve(LinkStream stream, int type, long id, int length) throws LinkViolation {
    lock.lock();
    try {
      return intake.reserve(stream, type, id, length);
    } finally {
      lock.unlock();
    }
  }

  void arrived(LinkStream stream, int type, long id, byte[] message, boolean isLast) {
    lock.lock();
    try {
      intake.arrived(stream, type, id, message, isLast);
    } finally {
      lock.unlock();
    }
  }

  void handled(IdSet ordered, IdSet bulk) throws LinkViolation {
    lock.lock();
    try {
      outbox.handled(ordered, bulk);
    } finally {
      lock.unlock();
    }
  }

  void pinged(long echo, long age, boolean isBusy) {
    lock.lock();
    try {
      clock.pinged(echo, age, isBusy);
    } finally {
      lock.unlock();
    }
  }

  /** The peer has given a stream up and asks what came over it. */
  void cutByPeer(int number) throws LinkViolation {
    LinkStream cut;
    lock.lock();
    try {
      cut = streams.live().stream().filter(s -> s.number == number).findFirst().orElse(null);
    } finally {
      lock.unlock();
    }
    if (cut != null) {
      died(cut, "the peer gave it up");
    }
    lock.lock();
    try {
      streams.asked(number);
    } finally {
      lock.unlock();
    }
  }

  void settle(int stream, IdSet ordered, IdSet bulk) {
    lock.lock();
    try {
      streams.settle(stream, ordered, bulk);
    } finally {
      lock.unlock();
    }
  }

  void peerLeaves(LinkStream stream) {
    boolean isDone;
    lock.lock();
    try {
      isDone = stream.saidLeave;
      stream.isLeaving = true;
      stream.work.signal();
    } finally {
      lock.unlock();
    }
    if (isDone) {
      died(stream, "both sides left it");
    }
  }

  /** Whether messages may be compressed. */
  boolean mayPack() {
    return peer.capabilities().contains(LinkSettings.ZSTD);
  }

  // ---- what handlers take

  Inbox.@Nullable Arrived take(int type) throws InterruptedException {
    lock.lock();
    try {
      return intake.take(type);
    } finally {
      lock.unlock();
    }
  }

  void done(int type, Inbox.Arrived message) {
    lock.lock();
    try {
      if (intake.done(type, message)) {
        streams.ack();
      }
    } finally {
      lock.unlock();
    }
  }

  long handledBytes() {
    lock.lock();
    try {
      return outbox.handledBytes() + intake.handledBytes();
    } finally {
      lock.unlock();
    }
  }

  /** Whether another stream should be dialled. */
  boolean isWanting() {
    lock.lock();
    try {
      return end == null && clock.isWanting();
    } finally {
      lock.unlock();
    }
  }

  /** Tells the owner that streams are wanted, or gone. Without the lock. */
  void changed() {
    changed.run();
  }

  @Override
  public String toString() {
    return "the session " + ticket.session() + " with " + peer.site();
  }
}
