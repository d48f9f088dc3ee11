// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

/** The state of the coordinator of one MDT. */
public enum CoordinatorState {
  /** It sends and takes requests. */
  ENABLED,
  /** It takes requests and sends none. */
  DISABLED,
  /** It is off. */
  STOPPED
}
