// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.flows.FlowConflict;

/** What an end does about a conflict that somebody resolved; it lists it no more then. */
public enum Resolution {
  /** The loser's bytes go. */
  KEEP_WINNER,
  /** The loser's bytes take the place of what stands. */
  TAKE_LOSER,
  /** Nothing: the other end did it. */
  FORGET;

  static Resolution of(FlowConflict.Choice choice) {
    return choice == FlowConflict.Choice.KEEP_WINNER ? KEEP_WINNER : TAKE_LOSER;
  }
}
