// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.Operation;
import io.kmesh.core.internal.hsm.FileWalk;
import io.kmesh.path.PathBytes;
import io.kmesh.tiering.TieringPlan;
import io.kmesh.tiering.TieringPolicy;
import io.kmesh.tiering.TieringReport;
import io.kmesh.unit.DataSize;
import java.time.Instant;
import java.util.List;

/** A plan with the means to explain and to apply it. Immutable. */
final class PlannedTiering implements TieringPlan {
  /** What a plan can be asked for. */
  interface Means {
    String explain(PlannedTiering plan, PathBytes path);

    Operation<TieringReport> apply(PlannedTiering plan);
  }

  private final TieringPolicy policy;
  private final Instant time;
  private final Planner.Draft draft;
  private final Means means;

  PlannedTiering(TieringPolicy policy, Instant time, Planner.Draft draft, Means means) {
    this.policy = policy;
    this.time = time;
    this.draft = draft;
    this.means = means;
  }

  @Override
  public TieringPolicy policy() {
    return policy;
  }

  @Override
  public Instant time() {
    return time;
  }

  @Override
  public List<Step> steps() {
    return draft.steps();
  }

  @Override
  public DataSize bytesToFree() {
    return DataSize.ofBytes(draft.bytesToFree());
  }

  @Override
  public String explain(PathBytes path) {
    String seen = means.explain(this, path);
    PathBytes asked = FileWalk.normal(path);
    for (int i = 0; i < draft.steps().size(); i++) {
      if (draft.steps().get(i).path().equals(asked)) {
        return seen + "Step " + (i + 1) + " of " + draft.steps().size() + " of this plan.\n";
      }
    }
    return seen + "Not in this plan.\n";
  }

  @Override
  public Operation<TieringReport> apply() {
    return means.apply(this);
  }

  @Override
  public String toString() {
    return PlanText.of(policy.name(), draft);
  }
}
