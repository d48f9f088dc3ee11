// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.cut;

import java.time.Duration;

/**
 * How long writers may be kept at rest.
 *
 * @param hook one call of a hook
 * @param frozen from the first hook that freezes to the end of the pass over all trees
 */
public record QuiesceLimits(Duration hook, Duration frozen) {
  /** Refuses limits that are not above zero. */
  public QuiesceLimits {
    for (Duration limit : new Duration[] {hook, frozen}) {
      if (limit.isNegative() || limit.isZero()) {
        throw new IllegalArgumentException(
            "Cannot quiesce within " + limit + ": give a deadline above zero.");
      }
    }
  }
}
