// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import java.time.Duration;

/** How the two ends of a flow follow each other. */
public sealed interface FlowMode {
  /**
   * The target follows the source, which never waits for it.
   *
   * @param lagBound how old a change may get before the flow warns; at least a second
   */
  record Async(Duration lagBound) implements FlowMode {
    /** Warns after five minutes. */
    public static final Async DEFAULT = new Async(Duration.ofMinutes(5));

    /** Checks the range. */
    public Async {
      if (lagBound.compareTo(Duration.ofSeconds(1)) < 0) {
        throw new IllegalArgumentException(
            "Cannot bound a flow's lag to " + lagBound + ": give a second or more.");
      }
    }
  }
}
