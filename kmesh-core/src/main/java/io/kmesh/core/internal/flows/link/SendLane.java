// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one kind that the peer has not handled yet: some wait, some are on a stream, some
 * have arrived. Holds no more than the peer's credit. Guarded by the session's lock.
 */
final class SendLane {
  /** What each message costs beside its bytes, so that empty ones are bounded too. */
  static final int OVERHEAD = 64;

  /** Who waits for credit, the first one first. */
  final ArrayDeque<Object> senders = new ArrayDeque<>();

  private final int type;
  private final long window;
  private final Map<Long, Outgoing> unhandled = new LinkedHashMap<>();

  /** The oldest first: so the newest that was sent tells whether anything waits behind it. */
  private final PriorityQueue<Outgoing> waiting =
      new PriorityQueue<>(Comparator.comparingLong((Outgoing m) -> m.id));

  private long last;
  private long outstanding;
  private long handledBytes;
  private IdSet handled = IdSet.EMPTY;

  /**
   * An empty lane.
   *
   * @param type {@link Frame#ORDERED} or {@link Frame#BULK}
   * @param window the credit, in bytes
   */
  SendLane(int type, long window) {
    this.type = type;
    this.window = window;
  }

  static long cost(int length) {
    return (long) length + OVERHEAD;
  }

  /** Whether there is credit for a message. */
  boolean admits(int length) {
    return outstanding + cost(length) <= window && last + 1 - handled.floor() <= IdWindow.SPREAD;
  }

  /** Takes a message that is admitted. */
  void add(byte[] message) {
    Outgoing m = new Outgoing(type, ++last, message);
    outstanding += cost(m.length);
    unhandled.put(m.id, m);
    waiting.add(m);
  }

  boolean isWaiting() {
    for (Outgoing m = waiting.peek(); m != null && m.isHandled; m = waiting.peek()) {
      waiting.remove(); // it came over a stream whose death was told too early
    }
    return !waiting.isEmpty();
  }

  /** The next message to send, which is on that stream from now on; null when none waits. */
  @Nullable Outgoing take(int stream) {
    if (!isWaiting()) {
      return null;
    }
    Outgoing m = waiting.remove();
    m.stream = stream;
    return m;
  }

  /** Takes the peer's word for what it has handled. */
  void handled(IdSet set) throws LinkViolation {
    if (set.highest() > last) {
      throw new LinkViolation(
          "that it has handled message " + set.highest() + " of " + last + " that were sent");
    }
    if (set.floor() < handled.floor()) {
      return; // an older one, which came over another stream
    }
    handled = set;
    for (Iterator<Outgoing> all = unhandled.values().iterator(); all.hasNext(); ) {
      Outgoing m = all.next();
      if (set.contains(m.id)) {
        m.isHandled = true;
        outstanding -= cost(m.length);
        handledBytes += m.length;
        all.remove();
      } else if (m.id > set.highest()) {
        return;
      }
    }
  }

  /** Whether a stream carries something of which it is not known whether it arrived. */
  boolean isOn(int stream) {
    return unhandled.values().stream().anyMatch(m -> m.stream == stream);
  }

  /**
   * A stream is dead and the peer says what arrived: the rest waits again, before what is newer.
   */
  void settle(int stream, IdSet arrived) {
    for (Outgoing m : unhandled.values()) {
      if (m.stream == stream) {
        m.stream = Outgoing.NONE;
        if (!arrived.contains(m.id)) {
          waiting.add(m);
        }
      }
    }
  }

  /** The number of the last message that was taken. */
  long last() {
    return last;
  }

  /** Whether all messages up to a number are handled. */
  boolean isHandledUpTo(long id) {
    return handled.floor() >= id;
  }

  /** The credit that is used. */
  long outstanding() {
    return outstanding;
  }

  /** The bytes of messages that the peer has handled. */
  long handledBytes() {
    return handledBytes;
  }

  /** Forgets all messages: the session is over. */
  void clear() {
    unhandled.clear();
    waiting.clear();
  }
}
