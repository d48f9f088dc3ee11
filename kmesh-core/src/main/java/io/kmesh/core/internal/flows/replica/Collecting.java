// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.merge.TombstoneCollector;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Has removals forgotten that the one other end of a flow shows, once this end has all that the
 * other knew then: from there on nobody can say anything of what was removed. For the engine's
 * thread.
 */
public final class Collecting {
  private static final Duration PAUSE = Duration.ofSeconds(5);
  private static final int MOST = 1000;

  private final TombstoneCollector collector;
  private final KmeshTime time;
  private long peer;

  /** The place in this log up to which the other end shows all, and no entry was in its way. */
  private long shown;

  /** The last question how far the other end's log is, and what was shown when it was asked. */
  private long number;

  private long shownThen;
  private boolean isAsked;

  /** The answer; null while there is none. */
  private Message.@Nullable Fresh fresh;

  /** Up to here removals may be forgotten. */
  private long safe;

  private long askAfter;

  /** Collects for a flow of two ends. */
  public Collecting(TombstoneCollector collector, KmeshTime time) {
    this.collector = collector;
    this.time = time;
    this.askAfter = time.nanoTime();
  }

  /** A peer is there; another one than before has to hear of all removals first. */
  void greeted(long replica) {
    if (replica != peer) {
      safe = 0;
    }
    peer = replica;
    shown = 0;
    isAsked = false;
    fresh = null;
  }

  /** A node loses a name, of which the log may not tell. */
  void lost(NodeId node) {
    collector.lost(node);
  }

  void placed(Message.Placed placed) {
    if (placed.problems() == 0) {
      shown = Math.max(shown, placed.to());
    }
  }

  /** What the other end is asked now. */
  Optional<Message.Ask> ask() {
    if (isAsked || shown <= safe || time.nanoTime() - askAfter < 0) {
      return Optional.empty();
    }
    askAfter = time.nanoTime() + PAUSE.toNanos();
    isAsked = true;
    shownThen = shown;
    return Optional.of(new Message.Ask(++number, List.of()));
  }

  void fresh(Message.Fresh answer) {
    if (isAsked && answer.number() == number) {
      fresh = answer;
    }
  }

  /**
   * Forgets some.
   *
   * @param taken how far this end has the other's log
   * @return whether there is more to do at once
   */
  boolean step(long taken) throws IOException {
    if (fresh != null && taken >= fresh.place()) {
      safe = Math.max(safe, shownThen);
      isAsked = false;
      fresh = null;
    }
    return collector.step(safe, MOST);
  }
}
