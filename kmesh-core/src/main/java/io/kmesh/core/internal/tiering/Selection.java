// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.tiering.TieringPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The least recently used files that together free a number of bytes. Keeps no more of them than
 * that takes, however many are offered. Not thread-safe.
 */
final class Selection {
  private static final Comparator<Offer> OLDEST_FIRST =
      Comparator.comparing((Offer o) -> o.step.lastUse()).thenComparing(o -> o.step.path());

  private final long wanted;
  private final int most;
  private final PriorityQueue<Offer> newestFirst = new PriorityQueue<>(OLDEST_FIRST.reversed());
  private long bytes;
  private long left;

  private record Offer(TieringPlan.Step step, long frees) {}

  /**
   * An empty selection.
   *
   * @param wantedBytes what is to be freed; {@link Long#MAX_VALUE} for all that is offered
   * @param most the most files
   */
  Selection(long wantedBytes, int most) {
    this.wanted = wantedBytes;
    this.most = most;
  }

  /**
   * Takes a file into account.
   *
   * @param frees bytes that its step frees; one that frees nothing is of use only to a selection of
   *     all
   */
  void offer(TieringPlan.Step step, long frees) {
    boolean isAll = wanted == Long.MAX_VALUE;
    if (wanted <= 0 || (frees == 0 && !isAll)) {
      return;
    }
    newestFirst.add(new Offer(step, frees));
    bytes += frees;
    while (!isAll && !newestFirst.isEmpty() && bytes - newestFirst.element().frees() >= wanted) {
      bytes -= newestFirst.remove().frees();
    }
    if (newestFirst.size() > most) {
      bytes -= newestFirst.remove().frees();
      left++;
    }
  }

  long bytes() {
    return bytes;
  }

  /** How many files were left out only because there were too many. */
  long left() {
    return left;
  }

  /** The files; the list is the caller's. */
  List<TieringPlan.Step> oldestFirst() {
    List<Offer> offers = new ArrayList<>(newestFirst);
    offers.sort(OLDEST_FIRST);
    List<TieringPlan.Step> steps = new ArrayList<>(offers.size());
    offers.forEach(o -> steps.add(o.step()));
    return steps;
  }
}
