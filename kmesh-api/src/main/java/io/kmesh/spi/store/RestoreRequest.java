// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.time.Duration;

/**
 * How an archived object is to be restored.
 *
 * @param keep how long its copy stays readable, in whole days of at least one; a store that moves
 *     the object to another class instead keeps it for good
 * @param speed how fast, which the store may charge for
 */
public record RestoreRequest(Duration keep, Speed speed) {
  /** How fast a store restores. */
  public enum Speed {
    /** As cheap as the store can, such as in half a day. */
    CHEAPEST,
    /** As the store does when nothing is said. */
    STANDARD,
    /** As fast as the store can. */
    FASTEST
  }

  /** Refuses less than a day. */
  public RestoreRequest {
    if (keep.toDays() < 1) {
      throw new IllegalArgumentException(
          "Cannot restore for "
              + keep
              + ": stores keep restored copies for whole days, 1 at least.");
    }
  }
}
