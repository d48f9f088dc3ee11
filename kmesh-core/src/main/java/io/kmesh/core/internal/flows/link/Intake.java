// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a session receives, and who waits for it. Guarded by the session's lock, which waiting gives
 * up.
 */
final class Intake {
  final Inbox ordered;
  final Inbox bulk;
  private final Condition orderedReady;
  private final Condition bulkReady;
  private boolean isOver;

  Intake(LinkSettings settings, ReentrantLock lock) {
    this.ordered = new OrderedInbox(settings.orderedWindow);
    this.bulk = new BulkInbox(settings.bulkWindow);
    this.orderedReady = lock.newCondition();
    this.bulkReady = lock.newCondition();
  }

  private Inbox inbox(int type) {
    return type == Frame.ORDERED ? ordered : bulk;
  }

  private Condition ready(int type) {
    return type == Frame.ORDERED ? orderedReady : bulkReady;
  }

  /** Whether a message is wanted; credit is then set aside for it. */
  boolean reserve(LinkStream stream, int type, long id, int length) throws LinkViolation {
    if (stream.isDead || isOver || !inbox(type).reserve(id, length)) {
      return false;
    }
    stream.reservedIn = inbox(type);
    stream.reserved = length;
    return true;
  }

  /** Takes a message, unless the peer was told already that the stream brought no more. */
  void arrived(LinkStream stream, int type, long id, byte[] message, boolean isLast) {
    if (!stream.isDead && !isOver) {
      stream.reservedIn = null;
      inbox(type).add(id, message, isLast);
      ready(type).signal();
    }
  }

  /** Waits for the next message of a kind; null when the session is over. */
  Inbox.@Nullable Arrived take(int type) throws InterruptedException {
    while (!isOver) {
      Inbox.Arrived message = inbox(type).poll();
      if (message != null) {
        return message;
      }
      ready(type).await();
    }
    return null;
  }

  /** A message is handled; says whether the peer should hear of it now. */
  boolean done(int type, Inbox.Arrived message) {
    return inbox(type).done(message) && !isOver;
  }

  /** The session is over: forgets all, and tells who waits. */
  void end() {
    isOver = true;
    ordered.ready.clear();
    bulk.ready.clear();
    orderedReady.signalAll();
    bulkReady.signalAll();
  }

  long handledBytes() {
    return ordered.handledBytes() + bulk.handledBytes();
  }
}
