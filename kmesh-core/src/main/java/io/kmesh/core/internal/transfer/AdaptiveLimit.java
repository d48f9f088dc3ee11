// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

/**
 * How many requests at a time move the most. It measures in rounds of some dozens of requests:
 * first it doubles while that helps; then it rests, tries a quarter more or less now and then, and
 * keeps what paid. A round in which nobody had to wait tells nothing. Each answer that asks for
 * fewer requests halves the number, but only once for all that were under way then. Not
 * thread-safe.
 */
final class AdaptiveLimit {
  /** What a request counts beside its bytes, so that small and large ones are one measure. */
  static final long REQUEST_WORK = 64 << 10;

  private static final int ROUND = 16;
  private static final long SHORTEST_ROUND = 50_000_000;
  private static final int SHORTEST_REST = 2;
  private static final int LONGEST_REST = 64;

  private enum Phase {
    DOUBLING,
    RESTING,
    TRYING_MORE,
    TRYING_LESS
  }

  private final int least;
  private final int most;
  private int limit;
  private Phase phase = Phase.DOUBLING;

  /** The number before what is tried now, and what it moved a nanosecond; 0 when not known. */
  private int known;

  private double knownRate;
  private int rest = SHORTEST_REST;
  private int rested;
  private boolean isLessNext;

  private int toSkip;
  private int done;
  private double work;
  private boolean wasWanted;
  private long began;
  private long firstFresh;

  AdaptiveLimit(int least, int first, int most, long now) {
    this.least = least;
    this.limit = first;
    this.most = most;
    this.known = first;
    this.began = now;
  }

  int limit() {
    return limit;
  }

  /** Whether a request, numbered in the order of sending, was sent after the last halving. */
  boolean isFresh(long number) {
    return number >= firstFresh;
  }

  /**
   * A request succeeded.
   *
   * @param bytes that it moved
   * @param isWanted whether others wait
   */
  void completed(long now, long bytes, boolean isWanted) {
    if (toSkip > 0) { // sent before the number changed
      if (--toSkip == 0) {
        round(now);
      }
      return;
    }
    done++;
    work += bytes + REQUEST_WORK;
    wasWanted |= isWanted;
    long took = now - began;
    if (done < Math.max(ROUND, 2 * limit) || took < SHORTEST_ROUND) {
      return;
    }
    double rate = work / took;
    boolean tells = wasWanted;
    round(now);
    if (tells) {
      measured(rate);
    } else if (phase != Phase.RESTING) {
      settle(known, knownRate);
    }
  }

  /**
   * The store asked for fewer.
   *
   * @param number of the request
   * @param next that the next one gets
   * @return whether that is news
   */
  boolean throttled(long number, long next) {
    if (!isFresh(number)) {
      return false;
    }
    firstFresh = next;
    limit = Math.max(least, limit / 2);
    rest = SHORTEST_REST;
    isLessNext = false;
    settle(limit, 0);
    return true;
  }

  private void round(long now) {
    done = 0;
    work = 0;
    wasWanted = false;
    began = now;
  }

  private void measured(double rate) {
    switch (phase) {
      case DOUBLING -> {
        if (knownRate > 0 && rate < knownRate * 1.2) {
          settle(known, knownRate);
        } else if (!grow(limit, rate, Phase.DOUBLING)) {
          settle(limit, rate);
        }
      }
      case RESTING -> {
        knownRate = rate;
        known = limit;
        if (++rested >= rest) {
          tryOther(rate);
        }
      }
      case TRYING_MORE -> {
        double hoped = (double) (limit - known) / known;
        if (rate >= knownRate * (1 + Math.max(0.03, 0.4 * hoped))) {
          rest = SHORTEST_REST;
          if (!grow(limit / 4, rate, Phase.TRYING_MORE)) {
            settle(limit, rate);
          }
        } else {
          giveUp();
        }
      }
      case TRYING_LESS -> {
        double feared = (double) (known - limit) / known;
        if (rate >= knownRate * (1 - 0.2 * feared)) {
          settle(limit, rate);
        } else {
          giveUp();
        }
      }
    }
  }

  private void tryOther(double rate) {
    boolean isLess = isLessNext && limit > least;
    isLessNext = !isLess;
    if (isLess) {
      change(Math.max(least, limit - Math.max(1, limit / 4)), rate, Phase.TRYING_LESS);
    } else if (!grow(limit / 4, rate, Phase.TRYING_MORE)) {
      rested = 0;
    }
  }

  private void giveUp() {
    rest = Math.min(LONGEST_REST, 2 * rest);
    settle(known, knownRate);
  }

  /** Goes up by so many, at least by 1; false at the top. */
  private boolean grow(int by, double rate, Phase next) {
    if (limit == most) {
      return false;
    }
    change((int) Math.min(most, (long) limit + Math.max(1, by)), rate, next);
    return true;
  }

  private void change(int to, double rate, Phase next) {
    known = limit;
    knownRate = rate;
    toSkip = Math.max(limit, to);
    limit = to;
    phase = next;
  }

  private void settle(int at, double rate) {
    toSkip = Math.max(limit, at);
    limit = at;
    known = at;
    knownRate = rate;
    rested = 0;
    phase = Phase.RESTING;
  }
}
