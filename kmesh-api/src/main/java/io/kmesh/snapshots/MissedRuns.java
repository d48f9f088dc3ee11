// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import java.time.Duration;

/** What becomes of runs whose time passed while nobody was there to begin them. */
public sealed interface MissedRuns {
  /** They are left out; one that begins at most five minutes late is not called missed. */
  static MissedRuns skip() {
    return new Skip(Duration.ofMinutes(5));
  }

  /** They are left out; one that begins at most this late is not called missed. */
  static MissedRuns skip(Duration tolerance) {
    return new Skip(tolerance);
  }

  /** One run stands for all that were missed. */
  static MissedRuns runOnce() {
    return new RunOnce();
  }

  /**
   * The newest of them are made up for, the oldest first.
   *
   * @param limit how many at most
   */
  static MissedRuns runAll(int limit) {
    return new RunAll(limit);
  }

  /**
   * Missed runs are left out.
   *
   * @param tolerance how late a run may begin
   */
  record Skip(Duration tolerance) implements MissedRuns {
    /** Checks the range. */
    public Skip {
      if (tolerance.isNegative()
          || tolerance.isZero()
          || tolerance.compareTo(Duration.ofDays(1)) > 0) {
        throw new IllegalArgumentException(
            "A run may begin late by more than nothing and at most a day, not by "
                + tolerance
                + ".");
      }
    }

    @Override
    public String toString() {
      return "skipped when later than " + tolerance;
    }
  }

  /** One run stands for all. */
  record RunOnce() implements MissedRuns {
    @Override
    public String toString() {
      return "made up for by one run";
    }
  }

  /**
   * All are made up for.
   *
   * @param limit how many at most: the newest
   */
  record RunAll(int limit) implements MissedRuns {
    /** The greatest limit. */
    public static final int MOST = 1000;

    /** Checks the range. */
    public RunAll {
      if (limit < 1 || limit > MOST) {
        throw new IllegalArgumentException(
            "Make up for 1 to " + MOST + " missed runs, not for " + limit + ".");
      }
    }

    @Override
    public String toString() {
      return "made up for one by one, at most " + limit;
    }
  }
}
