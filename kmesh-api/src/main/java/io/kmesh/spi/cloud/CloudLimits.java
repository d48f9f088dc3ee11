// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.cloud;

import java.time.Duration;

/**
 * How a provider's answers are to be read.
 *
 * @param tokenMemory for how long at least a create or update of a known token is the same one
 * @param visibleWithin by when reads show what was accepted; at most {@code tokenMemory}, so that a
 *     create that nobody saw the reply of is always found, or known when it is asked again
 * @param pollInterval how often at most a resource is to be looked at
 */
public record CloudLimits(Duration tokenMemory, Duration visibleWithin, Duration pollInterval) {
  /** Checks that no window is left in which one creation could become two. */
  public CloudLimits {
    if (visibleWithin.isNegative() || tokenMemory.compareTo(visibleWithin) < 0) {
      throw new IllegalArgumentException(
          "Cannot use a provider whose reads show after "
              + visibleWithin
              + " what its tokens are known for only "
              + tokenMemory
              + ": one creation could become two.");
    }
    if (pollInterval.isNegative() || pollInterval.isZero()) {
      throw new IllegalArgumentException(
          "Cannot look every " + pollInterval + ": more than zero is needed.");
    }
  }
}
