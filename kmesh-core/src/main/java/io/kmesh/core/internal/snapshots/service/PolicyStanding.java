// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.OperationId;
import io.kmesh.snapshots.SnapshotPolicyStatus.Mode;
import io.kmesh.snapshots.SnapshotPolicyStatus.Outcome;
import io.kmesh.snapshots.SnapshotPolicyStatus.Run;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where a policy stands.
 *
 * @param covered what was due up to this time is dealt with
 * @param mode whether it runs
 * @param missed runs that were left out
 * @param last the last run; null before the first
 */
record PolicyStanding(Instant covered, Mode mode, long missed, @Nullable Run last) {
  static PolicyStanding since(Instant now) {
    return new PolicyStanding(now, Mode.ACTIVE, 0, null);
  }

  PolicyStanding covering(Instant time, long leftOut) {
    return new PolicyStanding(time, mode, missed + leftOut, last);
  }

  PolicyStanding running(Instant due, OperationId operation) {
    return new PolicyStanding(
        covered, mode, missed, new Run(due, operation, Outcome.UNDER_WAY, null));
  }

  /** With the end of a run; why it failed, or null when it did not. */
  PolicyStanding ended(Run run, @Nullable String error) {
    Outcome outcome = error == null ? Outcome.SUCCEEDED : Outcome.FAILED;
    return new PolicyStanding(
        covered, mode, missed, new Run(run.due(), run.operation(), outcome, error));
  }

  PolicyStanding in(Mode other) {
    return new PolicyStanding(covered, other, missed, last);
  }

  /** The run that has not ended; null when there is none. */
  @Nullable Run underWay() {
    Run run = last;
    return run != null && run.outcome() == Outcome.UNDER_WAY ? run : null;
  }
}
