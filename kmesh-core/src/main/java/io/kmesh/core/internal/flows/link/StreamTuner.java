// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

/**
 * How many streams to have, from how much gets through. Climbs: doubles them, later adds half as
 * many, as long as each adding brings a worthwhile share of what it could, goes back when it
 * doesn't, and then rests before it tries again, one less or some more in turns. Moves only while
 * there is more to send than gets through. For one thread at a time.
 */
final class StreamTuner {
  /** The share of a proportional gain that makes streams worth having. */
  private static final double WORTH = 0.5;

  /** A loss below this is none. */
  private static final double SAME = 0.97;

  private static final int FIRST_REST = 15;
  private static final int LONGEST_REST = 240;

  private final int most;
  private int target;
  private int before;
  private double goodputBefore;
  private boolean isSettling;
  private boolean isFirstClimb = true;
  private int rest;
  private int nextRest = FIRST_REST;
  private boolean isShrinkNext = true;

  StreamTuner(int first, int most) {
    this.most = most;
    this.target = first;
  }

  int target() {
    return target;
  }

  /**
   * A period is over, which was long enough for streams to come up to speed.
   *
   * @param streams that were up in it
   * @param goodput bytes a second that got through
   * @param isBusy whether more waited to be sent
   */
  void measured(int streams, double goodput, boolean isBusy) {
    if (!isBusy || streams != target) {
      isSettling = false;
      before = 0;
      return;
    }
    if (isSettling) {
      isSettling = false; // the period in which streams came or went tells nothing
      return;
    }
    if (before == 0) {
      begin(goodput);
    } else if (target > before) {
      judgeMore(goodput);
    } else {
      judgeFewer(goodput);
    }
  }

  private void begin(double goodput) {
    if (rest > 0) {
      rest--;
      return;
    }
    if (nextRest > FIRST_REST && isShrinkNext && target > 1) {
      isShrinkNext = false;
      move(target - 1, goodput);
    } else {
      isShrinkNext = true;
      more(goodput);
    }
  }

  private void judgeMore(double goodput) {
    double share = (double) (target - before) / before;
    if (goodput >= goodputBefore * (1 + WORTH * share)) {
      nextRest = FIRST_REST;
      more(goodput);
    } else {
      move(before, goodputBefore);
      settle();
    }
  }

  private void judgeFewer(double goodput) {
    if (goodput < goodputBefore * SAME) {
      move(before, goodputBefore);
    }
    settle();
  }

  private void more(double goodput) {
    int next = Math.min(most, target + (isFirstClimb ? target : Math.max(1, target / 2)));
    if (next == target) {
      settle();
    } else {
      move(next, goodput);
    }
  }

  private void move(int to, double goodput) {
    before = target;
    goodputBefore = goodput;
    target = to;
    isSettling = true;
  }

  private void settle() {
    isFirstClimb = false;
    before = 0;
    rest = nextRest;
    nextRest = Math.min(2 * nextRest, LONGEST_REST);
  }
}
