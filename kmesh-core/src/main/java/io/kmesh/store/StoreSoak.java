// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the soak of a {@link StoreValidator} measured: calls of several threads for a while.
 *
 * @param took how long it ran
 * @param threads how many made calls at a time
 * @param calls by kind of call
 * @param errors how many tries failed, by the name of their {@link io.kmesh.spi.ErrorKind}
 * @param wrong what was read or listed that was not what was written: at most ten, in words
 */
public record StoreSoak(
    Duration took, int threads, List<Calls> calls, Map<String, Long> errors, List<String> wrong) {
  /** Copies the lists. */
  public StoreSoak {
    calls = List.copyOf(calls);
    errors = Collections.unmodifiableMap(new TreeMap<>(errors));
    wrong = List.copyOf(wrong);
  }

  /**
   * Calls of one kind.
   *
   * @param call {@code put}, {@code read}, {@code list} or {@code delete}
   * @param done how many succeeded, at the first try or a later one
   * @param failed how many failed at their last try
   * @param retries how many tries were made again
   * @param bytes of the bodies of those that succeeded
   * @param median the time of the try that succeeded, which half of them did not exceed; within 7 %
   * @param p99 that which 99 of 100 did not exceed; within 7 %
   */
  public record Calls(
      String call,
      long done,
      long failed,
      long retries,
      long bytes,
      Duration median,
      Duration p99) {
    /** Calls that succeeded, a second of a soak. */
    public double perSecond(Duration took) {
      return done / seconds(took);
    }

    /** Bytes of their bodies, a second of a soak. */
    public double bytesPerSecond(Duration took) {
      return bytes / seconds(took);
    }

    private static double seconds(Duration took) {
      return Math.max(1, took.toNanos()) / 1e9;
    }
  }

  /** Calls that failed at their last try. */
  public long failed() {
    return calls.stream().mapToLong(Calls::failed).sum();
  }
}
