// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.spi.time.KmeshTime;
import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often an address may connect: {@link #BURST} times at once, then once each {@link #PACE}.
 * Remembers the last {@link #ADDRESSES}. Thread-safe.
 */
final class AttemptLimit {
  static final int BURST = 20;
  static final Duration PACE = Duration.ofSeconds(3);
  static final int ADDRESSES = 4096;

  private final KmeshTime time;
  private final Map<InetAddress, Long> paidFor =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Long> eldest) {
          return size() > ADDRESSES;
        }
      };

  AttemptLimit(KmeshTime time) {
    this.time = time;
  }

  /** Whether an address may connect now; counts it if so. */
  synchronized boolean take(InetAddress address) {
    long now = time.nanoTime();
    long pace = PACE.toNanos();
    // When all that was taken is paid for; a burst runs up debt until it is too much.
    long paid = paidFor.getOrDefault(address, now);
    if (paid - now < 0) {
      paid = now;
    }
    if (paid - now > (BURST - 1) * pace) {
      return false;
    }
    paidFor.put(address, paid + pace);
    return true;
  }
}
