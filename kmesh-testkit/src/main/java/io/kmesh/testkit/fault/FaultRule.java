// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One line of a plan. Immutable. */
sealed interface FaultRule {
  /** Which calls it is about. */
  Where where();

  /** How many of these calls it changes. */
  long times();

  /**
   * Which calls a rule is about.
   *
   * @param operation a method's name, {@code Interface.method}, or {@code *}
   * @param text what an argument's text contains; empty for any
   * @param skip how many such calls are spared first
   */
  record Where(String operation, String text, int skip) {}

  record Fail(
      Where where, long times, ErrorKind kind, @Nullable Errno errno, @Nullable Duration retryAfter)
      implements FaultRule {}

  record FailPlainly(Where where, long times) implements FaultRule {}

  record Delay(Where where, long times, Duration duration) implements FaultRule {}

  record LoseReply(Where where, long times) implements FaultRule {}

  record Truncate(Where where, long times, int bytes) implements FaultRule {}

  record FlipBit(Where where, long times) implements FaultRule {}

  record StaleList(Where where, long times) implements FaultRule {}

  record Throttle(Where where, int calls, Duration window) implements FaultRule {
    @Override
    public long times() {
      return FaultPlan.ALWAYS;
    }
  }

  record Crash(Where where, int call, CrashPoint.Side side) implements FaultRule {
    @Override
    public long times() {
      return FaultPlan.ALWAYS;
    }
  }
}
