// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.transfer.GovernedStore;
import io.kmesh.core.internal.transfer.StoreGovernor;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * How many requests a store gets at a time, and how fast. The number begins at {@code first}, grows
 * while more of them move more, and halves when the store asks for fewer (THROTTLED).
 *
 * @param least never fewer at a time, from 1
 * @param first at the beginning
 * @param most never more at a time
 * @param bytesPerSecond the most bytes of content, both ways together; none by default
 * @param requestsPerSecond the most requests; none by default
 */
public record StorePace(
    int least, int first, int most, OptionalLong bytesPerSecond, OptionalLong requestsPerSecond) {
  /** 1 to 64 requests at a time, 4 at first; no rates. */
  public static final StorePace DEFAULT =
      new StorePace(1, 4, 64, OptionalLong.empty(), OptionalLong.empty());

  /** Checks the ranges. */
  public StorePace {
    if (least < 1 || first < least || most < first) {
      throw new IllegalArgumentException(
          "A pace needs 1 <= least <= first <= most requests, not "
              + least
              + ", "
              + first
              + ", "
              + most
              + ".");
    }
    if (bytesPerSecond.orElse(1) < 1 || requestsPerSecond.orElse(1) < 1) {
      throw new IllegalArgumentException("A rate is 1 a second or more, or none.");
    }
  }

  /** The same with at most so many bytes a second, from 1. */
  public StorePace withBytesPerSecond(long bytes) {
    return new StorePace(least, first, most, OptionalLong.of(bytes), requestsPerSecond);
  }

  /** The same with at most so many requests a second, from 1. */
  public StorePace withRequestsPerSecond(long requests) {
    return new StorePace(least, first, most, bytesPerSecond, OptionalLong.of(requests));
  }

  /**
   * A view of a store that keeps this pace: a call waits on its thread until its request may be
   * sent. All who use the view share it; one that has a pace already is given back as it is.
   * Closing it closes the store.
   *
   * @param observer hears {@code transfer.store.requests-at-once} whenever the number changes, and
   *     counts {@code transfer.store.throttled}
   */
  public ObjectStore over(ObjectStore store, KmeshTime time, Observer observer) {
    return store instanceof GovernedStore
        ? store
        : new GovernedStore(
            store, new StoreGovernor(time, this, new SplittableRandom(), observer), () -> false);
  }
}
