// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the engine knows of a peer while a way to it is up. For the engine's thread. */
final class Peer {
  private static final int MOST_REMEMBERED = 1 << 14;

  final Channel channel;

  /** Its replica; 0 before it greeted. */
  long replica;

  /** The composer of batches for it; null before it greeted. */
  @org.jspecify.annotations.Nullable BatchComposer composer;

  /** The place in this base's log up to which batches were sent. */
  long sent;

  /**
   * Whether it is to hear that it was told all: the last batch said that there is more, maybe in a
   * session before.
   */
  boolean isOwedAnEnd;

  /** What it said that it has, and shows. */
  long stored;

  long placed;
  long problems;

  /** This replica's counter when the last batch was composed: younger contents are pushed. */
  long pushedTo;

  /** The last contents that were pushed since {@link #pushedTo} was set. */
  private final Map<NodeId, Dot> pushed = new LinkedHashMap<>();

  /** Batches that it has not said to have. */
  final Deque<Sent> outstanding = new ArrayDeque<>();

  /** Its batches that are in the base: how far, and the last work that they gave. */
  final Deque<Taken> taken = new ArrayDeque<>();

  /** The place in its log that it was told to be stored, and placed, here. */
  long toldStored = -1;

  long toldPlaced = -1;

  /** How many entries it was told to be left out of that. */
  long toldProblems;

  /**
   * A batch that was sent.
   *
   * @param pushed bytes of files that went behind it unasked
   * @param waiting files that go unasked when the peer has it
   */
  record Sent(long to, long counter, long pushed, List<ContentSender.Job> waiting) {}

  /** A batch that came. */
  record Taken(long to, long work) {}

  Peer(Channel channel) {
    this.channel = channel;
  }

  /**
   * Notes that a content is pushed. A first copy takes as long as it takes: what is forgotten
   * meanwhile and told again is sent a second time.
   *
   * @return whether it was not pushed just before
   */
  boolean push(NodeId node, Dot content) {
    boolean isNew = !content.equals(pushed.put(node, content));
    if (pushed.size() > MOST_REMEMBERED) {
      pushed.remove(pushed.keySet().iterator().next());
    }
    return isNew;
  }

  /** All that was put into the base before a counter was told. */
  void toldAll(long counter) {
    pushedTo = counter;
    pushed.clear();
  }

  /** Bytes that went unasked behind batches that it has not said to have. */
  long pushedAhead() {
    long bytes = 0;
    for (Sent one : outstanding) {
      bytes += one.pushed();
    }
    return bytes;
  }

  /** A batch came; one that gave no work of its own is told with the one before. */
  void taken(long to, long work) {
    Taken last = taken.peekLast();
    if (last != null && last.work() == work) {
      taken.removeLast();
      taken.add(new Taken(Math.max(last.to(), to), work));
    } else {
      taken.add(new Taken(to, work));
    }
  }

  boolean hasGreeted() {
    return composer != null;
  }
}
