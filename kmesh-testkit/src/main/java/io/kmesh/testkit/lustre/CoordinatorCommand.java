// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

/** What {@code lctl set_param mdt.*.hsm_control=...} takes. */
public enum CoordinatorCommand {
  /** Runs a stopped or disabled coordinator; nothing for a running one. */
  ENABLED,
  /** Keeps the queue and takes requests, but sends nothing. */
  DISABLED,
  /**
   * Stops it: requests are refused with EAGAIN, slots and registrations are forgotten, blocked
   * readers wake. A copytool must register again after that.
   */
  SHUTDOWN,
  /**
   * Marks what waits or runs CANCELED and sends a CANCEL for what runs. The slots stay taken until
   * the copytool ends the actions; those of a dead copytool stay until {@link #SHUTDOWN}.
   */
  PURGE
}
