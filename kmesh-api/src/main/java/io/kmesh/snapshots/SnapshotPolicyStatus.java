// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.OperationId;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a policy stands.
 *
 * @param policy the policy
 * @param mode whether it runs
 * @param nextRunOrNull when it is due next; null when it is paused, or never
 * @param lastRunOrNull the last run that was begun; null before the first
 * @param missed runs that were due and left out, since it was made
 */
public record SnapshotPolicyStatus(
    SnapshotPolicy policy,
    Mode mode,
    @Nullable Instant nextRunOrNull,
    @Nullable Run lastRunOrNull,
    long missed) {
  /** Whether a policy runs. */
  public enum Mode {
    /** It runs by its schedule. */
    ACTIVE,
    /** It waits to be resumed. */
    PAUSED
  }

  /**
   * A run.
   *
   * @param due when it was due
   * @param operation what did it: an operation with a {@link SnapshotPolicyRun}
   * @param outcome how it ended
   * @param errorOrNull why it failed; null when it did not
   */
  public record Run(
      Instant due, OperationId operation, Outcome outcome, @Nullable String errorOrNull) {
    /** Why it failed. */
    public Optional<String> error() {
      return Optional.ofNullable(errorOrNull);
    }
  }

  /** How a run ended. */
  public enum Outcome {
    /** It has not. */
    UNDER_WAY,
    /** The snapshot was taken, and what is not kept was forgotten. */
    SUCCEEDED,
    /** It failed, was cancelled, or nobody knows. */
    FAILED
  }

  /** When it is due next. */
  public Optional<Instant> nextRun() {
    return Optional.ofNullable(nextRunOrNull);
  }

  /** The last run that was begun. */
  public Optional<Run> lastRun() {
    return Optional.ofNullable(lastRunOrNull);
  }
}
