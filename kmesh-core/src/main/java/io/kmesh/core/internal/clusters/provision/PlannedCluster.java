// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import io.kmesh.ClusterPlan;
import io.kmesh.ClusterSpec;
import io.kmesh.Operation;
import io.kmesh.ProvisionedCluster;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A plan with the one who applies it. Immutable. */
record PlannedCluster(
    String cluster,
    Action action,
    Instant time,
    @Nullable ClusterSpec beforeOrNull,
    @Nullable ClusterSpec afterOrNull,
    List<String> effects,
    List<String> losses,
    Supplier<Operation<ProvisionedCluster>> means)
    implements ClusterPlan {
  @Override
  public Optional<ClusterSpec> before() {
    return Optional.ofNullable(beforeOrNull);
  }

  @Override
  public Optional<ClusterSpec> after() {
    return Optional.ofNullable(afterOrNull);
  }

  @Override
  public Operation<ProvisionedCluster> apply() {
    return means.get();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(action + " " + cluster + ", as of " + time);
    effects.forEach(effect -> text.append("\n  ").append(effect));
    losses.forEach(loss -> text.append("\n  lost: ").append(loss));
    return text.toString();
  }
}
