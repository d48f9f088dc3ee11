// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.tiering.TieringPlan.Step;
import io.kmesh.unit.DataSize;

/** A plan in words; of a long one the first steps, since a text of all takes more than they do. */
final class PlanText {
  private static final int MOST_STEPS = 1000;

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
    int printed = Math.min(MOST_STEPS, draft.steps().size());
    for (Step step : draft.steps().subList(0, printed)) {
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
    if (printed < draft.steps().size()) {
      text.append(draft.steps().size() - printed).append(" more: steps() has them all.\n");
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
