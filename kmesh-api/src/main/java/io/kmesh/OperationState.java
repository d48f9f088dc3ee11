// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

/** Where an operation stands. */
public enum OperationState {
  /** Accepted, nothing done. */
  PENDING,
  /** At work. */
  RUNNING,
  /** Stopped by closing Kmesh, or by the end of its process; the next opening resumes it. */
  PARKED,
  /** Ended with its result. */
  SUCCEEDED,
  /** Ended with an error. */
  FAILED,
  /** Ended because it was cancelled. */
  CANCELLED,
  /** Ended without knowing whether it took effect: {@link Operations#reconcile}. */
  OUTCOME_UNKNOWN;

  /** Whether it will not change any more by itself. */
  public boolean isEnded() {
    return this == SUCCEEDED || this == FAILED || this == CANCELLED || this == OUTCOME_UNKNOWN;
  }
}
