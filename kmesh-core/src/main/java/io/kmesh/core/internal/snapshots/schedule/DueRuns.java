// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.schedule;

import io.kmesh.snapshots.MissedRuns;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * What a schedule asks for now.
 *
 * @param run the runs to begin, by the time they were due, the oldest first
 * @param leftOut how many were due and are not made up for; counted to {@link #MOST_COUNTED}
 * @param covered the newest time that is dealt with once these runs have begun: the next {@code
 *     last}
 * @param next when to ask again; empty past the year 9999
 */
public record DueRuns(List<Instant> run, int leftOut, Instant covered, Optional<Instant> next) {
  /** Runs that are left out are counted no further than this. */
  public static final int MOST_COUNTED = 10_000;

  /** A clock that went back by less than this repeats no run; by more, it was wrong before. */
  public static final Duration CLOCK_WENT_BACK = Duration.ofHours(1);

  /** Copies the list. */
  public DueRuns {
    run = List.copyOf(run);
  }

  /**
   * What is due in the time after {@code last} up to and with {@code now}.
   *
   * @param last the time that the last evaluation covered, or when the schedule was made
   */
  public static DueRuns between(ScheduleClock clock, Instant last, Instant now) {
    if (last.isAfter(now)) {
      boolean trusted = !last.isAfter(now.plus(CLOCK_WENT_BACK));
      Instant covered = trusted ? last : now;
      return new DueRuns(List.of(), 0, covered, clock.after(covered));
    }
    MissedRuns missed = clock.schedule().missedRuns();
    int limit = missed instanceof MissedRuns.RunAll all ? all.limit() : 1;
    Instant earliest = Instant.MIN;
    if (missed instanceof MissedRuns.Skip skip) {
      earliest = now.minus(skip.tolerance());
    }
    List<Instant> run = new ArrayList<>();
    int leftOut = 0;
    Optional<Instant> due = clock.atOrBefore(now);
    while (leftOut < MOST_COUNTED && due.filter(d -> d.isAfter(last)).isPresent()) {
      Instant at = due.get();
      if (run.size() < limit && !at.isBefore(earliest)) {
        run.add(at);
      } else {
        leftOut++;
      }
      due = clock.atOrBefore(at.minusNanos(1));
    }
    Collections.reverse(run);
    return new DueRuns(run, leftOut, now, clock.after(now));
  }
}
