// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import java.time.Duration;

/** Waiting times that double. */
final class Backoff {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private Backoff() {}

  /** How long to wait after so many tries, from 0: 100 ms, doubled each time, at most 30 s. */
  static Duration after(int tries) {
    Duration wait = FIRST.multipliedBy(1L << Math.min(tries, 20));
    return wait.compareTo(LONGEST) < 0 ? wait : LONGEST;
  }
}
