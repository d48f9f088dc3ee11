// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

/** The status of an action in the coordinator's list. */
public enum ActionStatus {
  /** Not sent yet. */
  WAITING,
  /** Sent to a copytool. */
  STARTED,
  /** Ended with an error, or refused when it was to be sent. */
  FAILED,
  /** Cancelled by a user, by a purge or by the timeout. */
  CANCELED,
  /** Done. */
  SUCCEED;

  /** Whether nothing follows. */
  public boolean isFinal() {
    return this == FAILED || this == CANCELED || this == SUCCEED;
  }
}
