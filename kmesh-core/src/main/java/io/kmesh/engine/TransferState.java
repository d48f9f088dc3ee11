// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

/** Where a transfer is. */
public enum TransferState {
  /** Waits for its turn, or for its next try. */
  QUEUED,
  /** Runs. */
  RUNNING,
  /** Ended well. */
  DONE,
  /** Ended with an error. */
  FAILED,
  /** Was cancelled. */
  CANCELLED,
  /** The queue was closed before it ended; it may be submitted to the next one. */
  PARKED;

  /** Whether nothing changes any more. */
  public boolean isFinal() {
    return this != QUEUED && this != RUNNING;
  }
}
