// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

/** Where a flow stands. */
public enum FlowState {
  /** It was not started, or was stopped. */
  STOPPED,
  /** The first copy is under way. */
  INITIAL,
  /** The target shows what the source was a moment ago; changes follow. */
  FOLLOWING,
  /** Removals are held back until somebody confirms them; all else follows. */
  HOLDING,
  /**
   * A synchronous flow let its writers go on without the target, as declared; they are told by
   * barriers. It follows again by itself.
   */
  DEGRADED,
  /** The other site is not reached, or refuses; the status tells why. It goes on by itself. */
  WAITING,
  /** It ended by an error, which the status tells; {@code start} tries again. */
  FAILED
}
