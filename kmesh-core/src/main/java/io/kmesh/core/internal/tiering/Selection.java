// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.tiering.TieringPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The least recently used files whose sizes together reach a number of bytes. Keeps no more of them
 * than that takes, however many are offered. Not thread-safe.
 */
final class Selection {
  private static final Comparator<TieringPlan.Step> OLDEST_FIRST =
      Comparator.comparing(TieringPlan.Step::lastUse).thenComparing(TieringPlan.Step::path);

  private final long wanted;
  private final PriorityQueue<TieringPlan.Step> newestFirst =
      new PriorityQueue<>(OLDEST_FIRST.reversed());
  private long bytes;

  Selection(long wantedBytes) {
    this.wanted = wantedBytes;
  }

  void offer(TieringPlan.Step step) {
    long freed = step.size().bytes();
    boolean isUnbounded = wanted == Long.MAX_VALUE;
    if (wanted <= 0 || (freed == 0 && !isUnbounded)) {
      return;
    }
    newestFirst.add(step);
    bytes += freed;
    if (isUnbounded) {
      return;
    }
    while (!newestFirst.isEmpty() && bytes - newestFirst.element().size().bytes() >= wanted) {
      bytes -= newestFirst.remove().size().bytes();
    }
  }

  long bytes() {
    return bytes;
  }

  List<TieringPlan.Step> oldestFirst() {
    List<TieringPlan.Step> steps = new ArrayList<>(newestFirst);
    steps.sort(OLDEST_FIRST);
    return steps;
  }
}
