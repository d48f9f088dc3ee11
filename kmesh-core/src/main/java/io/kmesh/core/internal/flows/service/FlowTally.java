// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.flows.FlowProblem;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the status of a flow of those of its ends. Stateless. */
final class FlowTally {
  private FlowTally() {}

  /**
   * What is told of a link.
   *
   * @param waiting why the other site is not reached; null when it is
   * @param wireBytes bytes that were written to it
   * @param reconnects how often it was made anew
   */
  record LinkTally(@Nullable String waiting, long wireBytes, long reconnects) {
    static final LinkTally NONE = new LinkTally(null, 0, 0);
  }

  static FlowStatus of(
      EndStatus source, EndStatus target, @Nullable String failure, LinkTally link) {
    List<FlowProblem> problems = new ArrayList<>(source.problems());
    problems.addAll(target.problems());
    return new FlowStatus(
        state(source, failure, link),
        failure != null ? failure : link.waiting() != null ? link.waiting() : source.heldWhy(),
        source.backlog(),
        source.lag(),
        source.lagP50(),
        source.lagP99(),
        source.changes(),
        source.bytes(),
        link.wireBytes(),
        link.reconnects(),
        source.held(),
        problems.subList(0, Math.min(problems.size(), EndStatus.MOST_PROBLEMS)),
        List.of());
  }

  /** Of ends that follow each other: what both have to tell, together. */
  static FlowStatus both(EndStatus one, EndStatus other, @Nullable String failure, LinkTally link) {
    EndStatus all =
        new EndStatus(
            one.isFirstDone() && other.isFirstDone(),
            one.backlog() + other.backlog(),
            later(one.lag(), other.lag()),
            later(one.lagP50(), other.lagP50()),
            later(one.lagP99(), other.lagP99()),
            one.changes() + other.changes(),
            one.bytes() + other.bytes(),
            one.held() + other.held(),
            one.heldWhy().isEmpty() ? other.heldWhy() : one.heldWhy(),
            one.problems(),
            "",
            false);
    return of(all, other, failure, link);
  }

  private static Duration later(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static FlowState state(EndStatus source, @Nullable String failure, LinkTally link) {
    if (failure != null) {
      return FlowState.FAILED;
    }
    if (link.waiting() != null) {
      return FlowState.WAITING;
    }
    if (source.held() > 0) {
      return FlowState.HOLDING;
    }
    return source.isFirstDone() ? FlowState.FOLLOWING : FlowState.INITIAL;
  }
}
