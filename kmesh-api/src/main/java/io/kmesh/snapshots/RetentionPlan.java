// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Which snapshots a policy keeps and which it forgets. A plan changes nothing.
 *
 * @param policy the policy
 * @param decisions one for each snapshot: by source, the newest first
 */
public record RetentionPlan(RetentionPolicy policy, List<RetentionDecision> decisions) {
  /** Copies the list. */
  public RetentionPlan {
    decisions = List.copyOf(decisions);
  }

  /** Those that stay. */
  public List<RetentionDecision> kept() {
    return with(RetentionDecision.Verdict.KEEP);
  }

  /** Those that go. */
  public List<RetentionDecision> forgotten() {
    return with(RetentionDecision.Verdict.FORGET);
  }

  private List<RetentionDecision> with(RetentionDecision.Verdict verdict) {
    return decisions.stream().filter(d -> d.verdict() == verdict).toList();
  }

  /** The policy, then one line for each snapshot. */
  @Override
  public String toString() {
    return decisions.stream()
        .map(RetentionDecision::toString)
        .collect(Collectors.joining("\n", policy + "\n", ""));
  }
}
