// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.placement;

import io.kmesh.flows.FlowMode;
import java.util.List;

/** The ways that data of a flow may take between the ends of its specification. */
public enum Way {
  /** From the source to the target. */
  FORWARD,
  /** From the target to the source. */
  BACK;

  /**
   * The ways that data take in a mode. Acknowledgements and the target's state, which go the other
   * way in each, have no data.
   *
   * @param generation how often the direction was switched
   */
  public static List<Way> of(FlowMode mode, long generation) {
    boolean isBoth =
        mode instanceof FlowMode.MultiMaster
            || (mode instanceof FlowMode.Access access
                && access.writes() != FlowMode.WriteMode.READ_ONLY);
    return isBoth ? List.of(FORWARD, BACK) : List.of(generation % 2 == 0 ? FORWARD : BACK);
  }
}
