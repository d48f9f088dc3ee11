// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

/** A bit of {@code mdt.*.hsm.policy}. */
public enum CoordinatorPolicy {
  /** A restore request returns ENODATA though it is queued, and nobody blocks on it (NBR). */
  NON_BLOCKING_RESTORE("NonBlockingRestore"),
  /**
   * A failed action is never tried again, even when the copytool asks for it (NRA; the default).
   */
  NO_RETRY_ACTION("NoRetryAction");

  private final String lustreName;

  CoordinatorPolicy(String lustreName) {
    this.lustreName = lustreName;
  }

  /** The name as {@code lctl get_param} prints it. */
  public String lustreName() {
    return lustreName;
  }
}
