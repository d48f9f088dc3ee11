// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import io.kmesh.placement.PlacementDecision;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a flow stands. Immutable.
 *
 * @param state where it stands
 * @param reason why it waits, holds or failed; empty otherwise
 * @param backlog changes that the target does not show yet
 * @param lag the age of the oldest of them
 * @param lagP50 the lag that half of the last changes did not exceed
 * @param lagP99 the lag that 99 of 100 of the last changes did not exceed
 * @param changes changes of names, attributes and contents that were sent since the start
 * @param logicalBytes bytes of files that were sent since the start
 * @param wireBytes bytes that this process wrote to the link since the start, encryption included;
 *     0 within one process
 * @param reconnects how often the link had to be made anew since the start
 * @param deletionsHeld removals that are held back
 * @param problems entries that can't be placed at the target, or read at the source: the first
 *     hundred, each with its reason
 * @param placement what placement rules said of each direction that data may take when that was
 *     asked last: at the last start or switch of direction; empty before the first
 * @param unwritten what waits to be written back to the source
 */
public record FlowStatus(
    FlowState state,
    String reason,
    long backlog,
    Duration lag,
    Duration lagP50,
    Duration lagP99,
    long changes,
    long logicalBytes,
    long wireBytes,
    long reconnects,
    long deletionsHeld,
    List<FlowProblem> problems,
    List<PlacementDecision> placement,
    Unwritten unwritten) {
  /**
   * What was written at the target of a flow that gives access, and is not at the source yet.
   *
   * @param edits how many files
   * @param bytes of these
   * @param since when the oldest of them was written; empty when there is none
   */
  public record Unwritten(long edits, long bytes, Optional<Instant> since) {
    /** Nothing. */
    public static final Unwritten NONE = new Unwritten(0, 0, Optional.empty());
  }

  /** Of a flow that writes nothing back. */
  public FlowStatus(
      FlowState state,
      String reason,
      long backlog,
      Duration lag,
      Duration lagP50,
      Duration lagP99,
      long changes,
      long logicalBytes,
      long wireBytes,
      long reconnects,
      long deletionsHeld,
      List<FlowProblem> problems,
      List<PlacementDecision> placement) {
    this(
        state,
        reason,
        backlog,
        lag,
        lagP50,
        lagP99,
        changes,
        logicalBytes,
        wireBytes,
        reconnects,
        deletionsHeld,
        problems,
        placement,
        Unwritten.NONE);
  }

  /** Copies the lists. */
  public FlowStatus {
    problems = List.copyOf(problems);
    placement = List.copyOf(placement);
  }

  /** The same, in another state for another reason. */
  public FlowStatus in(FlowState next, String why) {
    return with(next, why, problems, placement, unwritten);
  }

  /** The same with other decisions. */
  public FlowStatus decided(List<PlacementDecision> decisions) {
    return with(state, reason, problems, decisions, unwritten);
  }

  /** The same with other files that wait, and what is wrong with some of them. */
  public FlowStatus writingBack(Unwritten waiting, List<FlowProblem> wrong) {
    List<FlowProblem> all = new ArrayList<>(problems);
    all.addAll(wrong);
    return with(state, reason, all, placement, waiting);
  }

  private FlowStatus with(
      FlowState next,
      String why,
      List<FlowProblem> wrong,
      List<PlacementDecision> decisions,
      Unwritten waiting) {
    return new FlowStatus(
        next,
        why,
        backlog,
        lag,
        lagP50,
        lagP99,
        changes,
        logicalBytes,
        wireBytes,
        reconnects,
        deletionsHeld,
        wrong,
        decisions,
        waiting);
  }
}
