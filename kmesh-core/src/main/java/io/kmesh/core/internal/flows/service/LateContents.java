// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.place.Want;
import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Contents that were asked for or announced and did not come, to be asked for again: soon, since
 * most of them were moved while they were read, and after twice the time whenever that was in vain.
 * For the engine's thread.
 */
final class LateContents {
  /** The other site has looked at what moved by then. */
  static final Duration FIRST = Duration.ofMillis(50);

  static final Duration LONGEST = Duration.ofSeconds(10);

  private final KmeshTime time;
  private final Map<NodeId, Tried> tried = new HashMap<>();
  private final PriorityQueue<Late> queue =
      new PriorityQueue<>(Comparator.comparingLong(Late::due));

  private record Late(Want want, long due) {}

  private static final class Tried {
    final Dot content;
    long pause = FIRST.toNanos();
    boolean isWaiting;

    Tried(Dot content) {
      this.content = content;
    }
  }

  LateContents(KmeshTime time) {
    this.time = time;
  }

  /** Has a content asked for again in a while. */
  void add(Want want) {
    Tried now = tried.get(want.node());
    if (now == null || !now.content.equals(want.content())) {
      now = new Tried(want.content());
      tried.put(want.node(), now);
    }
    if (!now.isWaiting) {
      now.isWaiting = true;
      queue.add(new Late(want, time.nanoTime() + now.pause));
      now.pause = Math.min(2 * now.pause, LONGEST.toNanos());
    }
  }

  /** Those whose time has come, each once. */
  List<Want> due() {
    List<Want> due = new ArrayList<>();
    long now = time.nanoTime();
    Late first = queue.peek();
    while (first != null && first.due() - now <= 0) {
      queue.remove();
      Tried one = waiting(first.want());
      if (one != null) {
        one.isWaiting = false;
        due.add(first.want());
      }
      first = queue.peek();
    }
    return due;
  }

  private @Nullable Tried waiting(Want want) {
    Tried one = tried.get(want.node());
    return one != null && one.isWaiting && one.content.equals(want.content()) ? one : null;
  }

  /** The content of a node is there, or not needed. */
  void forget(NodeId node) {
    tried.remove(node);
  }

  /** Forgets all. */
  void clear() {
    tried.clear();
    queue.clear();
  }

  /** How long to the next one; {@link #LONGEST} when there is none. */
  Duration pause() {
    Late first = queue.peek();
    return first == null ? LONGEST : Duration.ofNanos(Math.max(0, first.due() - time.nanoTime()));
  }

  /** How many wait. */
  int size() {
    return (int) queue.stream().filter(late -> waiting(late.want()) != null).count();
  }
}
