// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.tiering.TieringPlan.Step;
import io.kmesh.unit.DataSize;

/** A plan in words. */
final class PlanText {
  private PlanText() {}

  static String of(String policy, Planner.Draft draft) {
    StringBuilder text = new StringBuilder();
    text.append("Plan of \"")
        .append(policy)
        .append("\": ")
        .append(draft.steps().size())
        .append(" files, ")
        .append(DataSize.ofBytes(draft.bytesToFree()))
        .append(" to free. ")
        .append(draft.trigger())
        .append('\n')
        .append("Order: least recently used first (later of atime, kept lazily, and mtime).\n");
    for (Step step : draft.steps()) {
      text.append(step.actions())
          .append(' ')
          .append(step.path())
          .append(' ')
          .append(step.size())
          .append(", last used ")
          .append(step.lastUse())
          .append(": ")
          .append(step.reason())
          .append('\n');
    }
    for (String line : draft.unreadable()) {
      text.append("Not looked at: ").append(line).append('\n');
    }
    long more = draft.unreadableInAll() - draft.unreadable().size();
    if (more > 0) {
      text.append("Not looked at: ").append(more).append(" more\n");
    }
    return text.toString();
  }
}
