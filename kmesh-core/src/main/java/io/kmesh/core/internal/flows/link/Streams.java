// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.transfer.RateCalendar;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a session that live, what they carry next, and what is not known yet of those that
 * died. Guarded by the session's lock.
 */
final class Streams {
  /** Something for a writer to write, without the lock. */
  @FunctionalInterface
  interface Next {
    void write(FrameOutput out, LinkStream.Packer packer) throws IOException;
  }

  /** More unanswered questions than this nobody has who keeps to the limit of streams. */
  private static final int MOST_QUESTIONS = 1024;

  private final KmeshTime time;
  private final RateLimit shared;
  private final RateLimit own;
  private final SendLane orderedOut;
  private final SendLane bulkOut;
  private final Inbox orderedIn;
  private final Inbox bulkIn;
  private final Runnable wake;

  private final List<LinkStream> live = new ArrayList<>();

  /** Dead streams that carried messages of which it is not known whether they arrived. */
  private final TreeSet<Integer> uncertain = new TreeSet<>();

  private final TreeSet<Integer> questions = new TreeSet<>(); // to the peer, of those
  private final TreeSet<Integer> answers = new TreeSet<>(); // to the peer's
  private boolean isAckDue;
  private boolean isWakeScheduled;
  private long retransmitted;
  private long deadIn;
  private long deadOut;

  Streams(LinkSettings settings, Outbox outbox, Intake intake, Runnable wake) {
    this.time = settings.time;
    this.shared = settings.rate;
    this.own = RateLimit.none(settings.time);
    this.orderedOut = outbox.ordered;
    this.bulkOut = outbox.bulk;
    this.orderedIn = intake.ordered;
    this.bulkIn = intake.bulk;
    this.wake = wake;
  }

  List<LinkStream> live() {
    return live;
  }

  void add(LinkStream stream) {
    live.add(stream);
    askAgain();
  }

  /** Takes a stream out; what it carried is uncertain until the peer tells. */
  void remove(LinkStream stream) {
    stream.isDead = true;
    live.remove(stream);
    deadIn += stream.connection.bytesIn();
    deadOut += stream.connection.bytesOut();
    if (stream.reservedIn != null) {
      stream.reservedIn.release(stream.reserved);
      stream.reservedIn = null;
    }
    if (orderedOut.isOn(stream.number) || bulkOut.isOn(stream.number)) {
      uncertain.add(stream.number);
    }
    stream.work.signal();
    askAgain();
  }

  /** What was asked, answered or acknowledged over the dead stream may be lost: say it again. */
  private void askAgain() {
    questions.clear();
    questions.addAll(uncertain);
    isAckDue = true;
    wakeAll();
  }

  /** The peer asks what of a stream arrived, which is dead by now. */
  void asked(int stream) throws LinkViolation {
    if (answers.size() == MOST_QUESTIONS) {
      throw new LinkViolation("more than " + MOST_QUESTIONS + " questions at once");
    }
    answers.add(stream);
    wakeOne();
  }

  /** The peer says what of a dead stream, or before it, arrived. */
  void settle(int stream, IdSet ordered, IdSet bulk) {
    if (uncertain.remove(stream)) {
      questions.remove(stream);
      orderedOut.settle(stream, ordered);
      bulkOut.settle(stream, bulk);
      wakeAll();
    }
  }

  void ack() {
    isAckDue = true;
    wakeOne();
  }

  /** Wakes a writer that has nothing to do. */
  void wakeOne() {
    for (LinkStream stream : live) {
      if (stream.isIdle && !stream.saidLeave) {
        stream.isIdle = false;
        stream.work.signal();
        return;
      }
    }
  }

  void wakeAll() {
    for (LinkStream stream : live) {
      stream.isIdle = false;
      stream.work.signal();
    }
  }

  /** Whether messages wait for streams. */
  boolean isBusy() {
    return orderedOut.isWaiting() || bulkOut.isWaiting();
  }

  /** What a stream's writer writes next; null when there is nothing now. */
  @Nullable Next pick(LinkStream stream) {
    if (stream.saidLeave) {
      return null;
    }
    if (stream.isPingDue) {
      stream.isPingDue = false;
      int flags = isBusy() ? Frame.BUSY : 0;
      return (out, packer) -> stream.writePing(flags);
    }
    Next control = control();
    if (control != null) {
      return control;
    }
    if (stream.isLeaving) {
      stream.saidLeave = true;
      wakeOne();
      return (out, packer) -> out.head(Frame.LEAVE, 0, 0);
    }
    return isBusy() && mayPass() ? message(stream) : null;
  }

  private @Nullable Next control() {
    @Nullable Integer answer = answers.pollFirst();
    if (answer != null) {
      int number = answer;
      IdSet ordered = orderedIn.arrived.set();
      IdSet bulk = bulkIn.arrived.set();
      return (out, packer) -> {
        out.head(Frame.ARRIVED, 0, 4 + Frame.bytes(ordered) + Frame.bytes(bulk));
        out.i32(number);
        out.set(ordered);
        out.set(bulk);
      };
    }
    @Nullable Integer question = questions.pollFirst();
    if (question != null) {
      int number = question;
      return (out, packer) -> {
        out.head(Frame.CUT, 0, 4);
        out.i32(number);
      };
    }
    if (isAckDue) {
      isAckDue = false;
      IdSet ordered = orderedIn.say();
      IdSet bulk = bulkIn.say();
      return (out, packer) -> {
        out.head(Frame.ACK, 0, Frame.bytes(ordered) + Frame.bytes(bulk));
        out.set(ordered);
        out.set(bulk);
      };
    }
    return null;
  }

  /** Sends no faster than this too. */
  void limit(RateCalendar calendar) {
    own.set(calendar);
    wakeAll();
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }

  private boolean mayPass() {
    Duration delay = longer(shared.delay(), own.delay());
    if (delay.isZero()) {
      return true;
    }
    if (!isWakeScheduled) {
      isWakeScheduled = true;
      time.schedule(delay, wake);
    }
    return false;
  }

  /** The scheduled wake has come. */
  void woken() {
    isWakeScheduled = false;
    wakeAll();
  }

  private @Nullable Next message(LinkStream stream) {
    SendLane lane = orderedOut.isWaiting() ? orderedOut : bulkOut;
    Outgoing message = lane.take(stream.number);
    if (message == null) {
      return null;
    }
    int last = lane.isWaiting() ? 0 : Frame.LAST;
    if (message.wasSent) {
      retransmitted += message.body.bytes().length;
    }
    message.wasSent = true;
    return (out, packer) -> {
      Outgoing.Body body = packer.body(message);
      int length = body.bytes().length;
      shared.spend(Frame.HEAD_BYTES + 8 + length);
      own.spend(Frame.HEAD_BYTES + 8 + length);
      if (body.isPacked()) {
        out.head(message.type, last | Frame.PACKED, 12 + length);
        out.i64(message.id);
        out.i32(message.length);
      } else {
        out.head(message.type, last, 8 + length);
        out.i64(message.id);
      }
      out.bytes(body.bytes(), length);
    };
  }

  /** The stream that carried least since it was asked last, of those that stay. */
  @Nullable LinkStream slowest() {
    LinkStream slowest = null;
    long least = Long.MAX_VALUE;
    for (LinkStream stream : live) {
      long carried = stream.connection.bytesIn() + stream.connection.bytesOut();
      if (!stream.isLeaving && carried - stream.carriedBefore < least) {
        least = carried - stream.carriedBefore;
        slowest = stream;
      }
      stream.carriedBefore = carried;
    }
    return slowest;
  }

  int staying() {
    return (int) live.stream().filter(s -> !s.isLeaving).count();
  }

  long retransmitted() {
    return retransmitted;
  }

  long bytesIn() {
    return deadIn + live.stream().mapToLong(s -> s.connection.bytesIn()).sum();
  }

  long bytesOut() {
    return deadOut + live.stream().mapToLong(s -> s.connection.bytesOut()).sum();
  }
}
