// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.placement;

import io.kmesh.placement.Placement;
import io.kmesh.placement.PlacementDecision;
import io.kmesh.placement.PlacementEffect;
import io.kmesh.placement.PlacementMatch;
import io.kmesh.placement.PlacementNames;
import io.kmesh.placement.PlacementRule;
import io.kmesh.placement.PlacementRules;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Holds a flow's two sites against rules. A pure function. */
public final class PlacementDecider {
  private PlacementDecider() {}

  /**
   * Decides: a deny rule first, then an allow rule, each in their order, then what holds otherwise.
   *
   * @param time goes into the decision
   */
  public static PlacementDecision decide(
      PlacementRules rules, Placement source, Placement target, Instant time) {
    for (PlacementEffect effect : List.of(PlacementEffect.DENY, PlacementEffect.ALLOW)) {
      for (PlacementRule rule : rules.rules()) {
        Optional<List<String>> facts =
            rule.effect() == effect ? facts(rule, source, target) : Optional.empty();
        if (facts.isPresent()) {
          String why =
              facts.get().isEmpty() ? "it is about all sites" : String.join(", ", facts.get());
          return decision(
              effect,
              rule.name(),
              "the rule \"" + rule.name() + "\" matches: " + why,
              source,
              target,
              time);
        }
      }
    }
    String why =
        rules.rules().isEmpty()
            ? "there are no placement rules"
            : "none of the " + rules.rules().size() + " placement rules matches";
    return decision(rules.otherwise(), null, why, source, target, time);
  }

  private static PlacementDecision decision(
      PlacementEffect effect,
      @Nullable String rule,
      String why,
      Placement source,
      Placement target,
      Instant time) {
    String verb = effect == PlacementEffect.ALLOW ? "Data may go from " : "No data may go from ";
    return new PlacementDecision(
        effect, rule, verb + source + " to " + target + ": " + why + ".", source, target, time);
  }

  /** What made a rule match, in words; empty when it does not. */
  private static Optional<List<String>> facts(
      PlacementRule rule, Placement source, Placement target) {
    List<String> facts = new ArrayList<>();
    boolean matches =
        matches(rule.effect(), rule.source(), source, "source", facts)
            && matches(rule.effect(), rule.target(), target, "target", facts);
    return matches ? Optional.of(facts) : Optional.empty();
  }

  private static boolean matches(
      PlacementEffect effect,
      PlacementMatch match,
      Placement site,
      String side,
      List<String> facts) {
    return matches(effect, match.countries(), site.countryOrNull(), side + " country", facts)
        && matches(effect, match.providers(), site.providerOrNull(), side + " provider", facts)
        && matches(effect, match.keyOwners(), site.keyOwnerOrNull(), side + " key owner", facts);
  }

  private static boolean matches(
      PlacementEffect effect,
      PlacementNames names,
      @Nullable String value,
      String what,
      List<String> facts) {
    if (names.kind() == PlacementNames.Kind.ANY) {
      return true;
    }
    if (value == null) {
      facts.add(what + " is not known");
      return effect == PlacementEffect.DENY; // it may be the one that is meant
    }
    boolean isIn = names.kind() == PlacementNames.Kind.IN;
    facts.add(
        what
            + " "
            + value
            + (isIn ? " is one of " : " is none of ")
            + String.join(", ", names.names()));
    return names.names().contains(value) == isIn;
  }
}
