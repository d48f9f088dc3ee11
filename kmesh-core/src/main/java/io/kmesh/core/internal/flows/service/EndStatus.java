// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.flows.FlowProblem;
import java.time.Duration;
import java.util.List;

/**
 * How one end of a flow stands. Immutable.
 *
 * @param isFirstDone whether it has looked at all of its tree once, and the other end shows it;
 *     true of a target
 * @param backlog changes of it that the other end does not show yet
 * @param lag the age of the oldest of them
 * @param lagP50 the lag that half of the last changes did not exceed
 * @param lagP99 the lag that 99 of 100 of the last changes did not exceed
 * @param changes registers that it sent
 * @param bytes bytes of files that it sent
 * @param held removals that it holds back
 * @param heldWhy what they are, for people; empty when there are none
 * @param problems what it can't read or place, the first hundred
 * @param failure what ended it; empty while it works
 * @param isDefect whether it is a failure that the software does not know, and would come again
 */
public record EndStatus(
    boolean isFirstDone,
    long backlog,
    Duration lag,
    Duration lagP50,
    Duration lagP99,
    long changes,
    long bytes,
    long held,
    String heldWhy,
    List<FlowProblem> problems,
    String failure,
    boolean isDefect) {
  /** Nothing is known of it yet. */
  static final EndStatus NONE =
      new EndStatus(
          false, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0, 0, 0, "", List.of(), "", false);

  static final int MOST_PROBLEMS = 100;

  /** Copies the list. */
  public EndStatus {
    problems = List.copyOf(problems.subList(0, Math.min(problems.size(), MOST_PROBLEMS)));
  }

  /** The same, with other bytes that were sent. */
  EndStatus sending(long sent) {
    return new EndStatus(
        isFirstDone,
        backlog,
        lag,
        lagP50,
        lagP99,
        changes,
        sent,
        held,
        heldWhy,
        problems,
        failure,
        isDefect);
  }
}
