// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one kind that came and are not handled yet. Takes no more than the credit that
 * was given, whoever sends. Guarded by the session's lock.
 */
abstract class Inbox {
  /**
   * A message that came.
   *
   * @param id its number
   * @param bytes its content
   */
  record Arrived(long id, byte[] bytes) {}

  /** How many bytes are handled at most before the peer hears of it. */
  private static final long OFTEN = 256 << 10;

  final IdWindow arrived = new IdWindow();
  final ArrayDeque<Arrived> ready = new ArrayDeque<>();
  private final String name;
  private final long window;
  private long held;
  private long handledBytes;
  private long unsaid;
  private long newest;
  private boolean isNewestLast;

  Inbox(String name, long window) {
    this.name = name;
    this.window = window;
  }

  /**
   * Sets credit aside for a message that is about to be read.
   *
   * @return whether it is wanted; not when it came before
   * @throws LinkViolation when the peer has no credit for it
   */
  final boolean reserve(long id, int length) throws LinkViolation {
    if (id > 0 && arrived.contains(id)) {
      return false;
    }
    if (id <= 0 || !arrived.admits(id) || id - handledFloor() > IdWindow.SPREAD) {
      throw new LinkViolation(
          name + " message " + id + " when " + arrived.floor() + " is the last without a gap");
    }
    if (held + SendLane.cost(length) > window) {
      throw new LinkViolation(
          name + " message of " + length + " bytes with " + (window - held) + " of credit left");
    }
    held += SendLane.cost(length);
    return true;
  }

  /** Gives back what was set aside for a message that did not come. */
  final void release(int length) {
    held -= SendLane.cost(length);
  }

  /** Takes a message for which credit is set aside. */
  final void add(long id, byte[] bytes, boolean isLast) {
    if (!arrived.add(id)) {
      release(bytes.length); // a second stream was faster
      return;
    }
    if (id > newest) {
      newest = id;
      isNewestLast = isLast;
    }
    arrive(new Arrived(id, bytes));
  }

  /** The next message to handle, null when none is ready. */
  final @Nullable Arrived poll() {
    return ready.poll();
  }

  /**
   * A message is handled.
   *
   * @return whether the peer should hear of it now
   */
  final boolean done(Arrived message) {
    long cost = SendLane.cost(message.bytes.length);
    held -= cost;
    unsaid += cost;
    handledBytes += message.bytes.length;
    handle(message.id);
    return unsaid >= Math.min(window / 16, OFTEN) || (isNewestLast && ready.isEmpty());
  }

  /** What the peer is told of what is handled. */
  final IdSet say() {
    unsaid = 0;
    return handled();
  }

  /** The bytes of messages that were handled. */
  final long handledBytes() {
    return handledBytes;
  }

  abstract IdSet handled();

  abstract long handledFloor();

  abstract void arrive(Arrived message);

  abstract void handle(long id);
}
