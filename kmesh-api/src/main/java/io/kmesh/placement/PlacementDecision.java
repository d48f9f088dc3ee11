// SPDX-License-Identifier: Apache-2.0
package io.kmesh.placement;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether data may go from one site to another, and why. Immutable; the stored form stands in
 * docs/format/placement.md.
 *
 * @param effect the decision
 * @param ruleOrNull the name of the rule that decided; null when none matched
 * @param reason why, in words
 * @param source what was known of where data come from
 * @param target what was known of where data go to
 * @param time when it was decided
 */
public record PlacementDecision(
    PlacementEffect effect,
    @Nullable String ruleOrNull,
    String reason,
    Placement source,
    Placement target,
    Instant time) {
  /** Whether data may go there. */
  public boolean isAllowed() {
    return effect == PlacementEffect.ALLOW;
  }

  /** The name of the rule that decided; empty when none matched. */
  public Optional<String> rule() {
    return Optional.ofNullable(ruleOrNull);
  }
}
