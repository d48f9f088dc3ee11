// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a session sends, and who waits for credit or until all is handled. Guarded by the session's
 * lock, which waiting gives up.
 */
final class Outbox {
  final SendLane ordered;
  final SendLane bulk;

  /** The longest message that both sides take. */
  final int longestMessage;

  private final KmeshTime time;
  private final LinkPeer peer;
  private final ReentrantLock lock;
  private final Condition credit;
  private final Condition progress;
  private @Nullable LinkEnd end;

  /**
   * Nothing to send.
   *
   * @param hello what the peer takes
   */
  Outbox(LinkSettings settings, LinkPeer peer, Hello hello, ReentrantLock lock) {
    this.time = settings.time;
    this.peer = peer;
    this.lock = lock;
    this.credit = lock.newCondition();
    this.progress = lock.newCondition();
    long orderedWindow = Math.min(hello.orderedWindow(), settings.orderedWindow);
    long bulkWindow = Math.min(hello.bulkWindow(), settings.bulkWindow);
    this.longestMessage =
        (int)
            Math.min(
                hello.longestMessage(), Math.min(orderedWindow, bulkWindow) - SendLane.OVERHEAD);
    this.ordered = new SendLane(Frame.ORDERED, orderedWindow);
    this.bulk = new SendLane(Frame.BULK, bulkWindow);
  }

  /** Takes a message when there is credit for it; senders of a lane are served as they came. */
  void add(SendLane lane, byte[] message) throws LinkLostException, InterruptedException {
    if (message.length > longestMessage) {
      throw new IllegalArgumentException(
          "Cannot send a message of "
              + message.length
              + " bytes: "
              + peer.site()
              + " and this side agreed on "
              + longestMessage
              + ". Split it.");
    }
    Object me = new Object();
    lane.senders.add(me);
    try {
      while (end == null && (lane.senders.peek() != me || !lane.admits(message.length))) {
        credit.await();
      }
    } finally {
      lane.senders.remove(me);
      if (!lane.senders.isEmpty()) {
        credit.signalAll();
      }
    }
    check(ErrorKind.TRANSIENT, "send");
    lane.add(message);
  }

  /** Waits until all that was taken before is handled; says whether it is in time. */
  boolean flush(Duration timeout) throws LinkLostException, InterruptedException {
    long began = time.nanoTime();
    long lastOrdered = ordered.last();
    long lastBulk = bulk.last();
    KmeshTime.Timer timer = time.schedule(timeout, this::look);
    try {
      while (!ordered.isHandledUpTo(lastOrdered) || !bulk.isHandledUpTo(lastBulk)) {
        check(ErrorKind.UNKNOWN_OUTCOME, "wait until " + peer.site() + " has handled all");
        if (time.nanoTime() - began >= timeout.toNanos()) {
          return false;
        }
        progress.await();
      }
      return true;
    } finally {
      timer.cancel();
    }
  }

  private void look() {
    lock.lock();
    try {
      progress.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void check(ErrorKind kind, String verb) throws LinkLostException {
    if (end != null) {
      throw new LinkLostException(kind, verb, end);
    }
  }

  /** Takes the peer's word for what it has handled. */
  void handled(IdSet orderedIds, IdSet bulkIds) throws LinkViolation {
    if (end == null) {
      ordered.handled(orderedIds);
      bulk.handled(bulkIds);
      credit.signalAll();
      progress.signalAll();
    }
  }

  /** The session is over: forgets all, and tells who waits. */
  void end(LinkEnd why) {
    end = why;
    ordered.clear();
    bulk.clear();
    credit.signalAll();
    progress.signalAll();
  }

  long outstanding() {
    return ordered.outstanding() + bulk.outstanding();
  }

  long handledBytes() {
    return ordered.handledBytes() + bulk.handledBytes();
  }
}
