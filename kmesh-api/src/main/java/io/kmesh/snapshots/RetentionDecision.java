// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import java.time.Instant;
import java.util.List;

/**
 * What becomes of one snapshot.
 *
 * @param snapshot its id
 * @param source what it is a snapshot of: rules count within one source
 * @param time when it was taken
 * @param reasons why it is kept; none when it is forgotten
 */
public record RetentionDecision(
    String snapshot, String source, Instant time, List<RetentionReason> reasons) {
  /** What becomes of a snapshot. */
  public enum Verdict {
    /** It stays. */
    KEEP,
    /** It goes. */
    FORGET
  }

  /** Copies the list. */
  public RetentionDecision {
    reasons = List.copyOf(reasons);
  }

  /** Keep when there is a reason, else forget. */
  public Verdict verdict() {
    return reasons.isEmpty() ? Verdict.FORGET : Verdict.KEEP;
  }

  /** The decision in one line. */
  @Override
  public String toString() {
    return verdict()
        + " "
        + snapshot
        + " of "
        + source
        + ", "
        + time
        + ": "
        + (reasons.isEmpty() ? "no rule keeps it" : reasons);
  }
}
