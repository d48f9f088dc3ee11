// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.transfer.CancelScope;
import io.kmesh.core.internal.transfer.GovernedStore;
import io.kmesh.core.internal.transfer.StoreGovernor;
import io.kmesh.flows.FlowRate;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * How many requests a store gets at a time, and how fast. The number begins at {@code first}, grows
 * while more of them move more, and halves when the store asks for fewer (THROTTLED).
 *
 * @param least never fewer at a time, from 1
 * @param first at the beginning
 * @param most never more at a time
 * @param bytesPerSecond the most bytes of content by the hours of the week, both ways together;
 *     what the store copies itself does not count; not limited by default
 * @param requestsPerSecond the most requests, from 1; not limited by default
 */
public record StorePace(
    int least, int first, int most, FlowRate bytesPerSecond, OptionalLong requestsPerSecond) {
  /** 1 to 64 requests at a time, 4 at first; no rates. */
  public static final StorePace DEFAULT =
      new StorePace(1, 4, 64, FlowRate.UNLIMITED, OptionalLong.empty());

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
    if (isNever(bytesPerSecond) || requestsPerSecond.orElse(1) < 1) {
      throw new IllegalArgumentException(
          "A rate of 0 at all times would never end: give 1 a second or more, or none.");
    }
  }

  private static boolean isNever(FlowRate rate) {
    return rate.otherwise().filter(DataSize.ZERO::equals).isPresent()
        && rate.windows().stream()
            .allMatch(w -> w.perSecond().filter(DataSize.ZERO::equals).isPresent());
  }

  /** The same with at most so many bytes a second, from 1. */
  public StorePace withBytesPerSecond(long bytes) {
    return withBytesPerSecond(FlowRate.of(DataSize.ofBytes(bytes)));
  }

  /** The same with at most so many bytes a second, by the hours of the week. */
  public StorePace withBytesPerSecond(FlowRate bytes) {
    return new StorePace(least, first, most, bytes, requestsPerSecond);
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

  /** A view of a paced store whose calls end, with CANCELLED, when work is cancelled. */
  static ObjectStore endingWith(ObjectStore paced, CancelScope scope) {
    return paced instanceof GovernedStore governed ? governed.endWith(scope) : paced;
  }
}
