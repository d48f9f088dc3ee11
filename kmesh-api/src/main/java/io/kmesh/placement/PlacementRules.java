// SPDX-License-Identifier: Apache-2.0
package io.kmesh.placement;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The rules that a flow is held against before its first byte leaves. Immutable; the stored form
 * stands in docs/format/placement.md.
 *
 * <p>A deny rule that matches wins, wherever it stands. Else a matching allow rule allows. Else
 * {@link #otherwise} holds. A fact that is not known matches every deny rule that asks for it and
 * no allow rule that does.
 *
 * <pre>{@code
 * PlacementRules.builder()
 *     .deny("stays in the EU", m -> m.countries(in("DE", "FR")), m -> m.countries(outside("DE", "FR")))
 *     .build();
 * }</pre>
 *
 * @param rules the rules, at most 1,000, no two of one name
 * @param otherwise what holds when no rule matches
 */
public record PlacementRules(List<PlacementRule> rules, PlacementEffect otherwise) {
  /** No rules: everything may go everywhere. */
  public static final PlacementRules NONE = new PlacementRules(List.of(), PlacementEffect.ALLOW);

  private static final int MOST = 1000;

  /** Copies the list and checks the names. */
  public PlacementRules {
    rules = List.copyOf(rules);
    if (rules.size() > MOST) {
      throw new IllegalArgumentException(
          "Cannot use " + rules.size() + " placement rules: at most " + MOST + ".");
    }
    Set<String> names = new HashSet<>();
    for (PlacementRule rule : rules) {
      if (!names.add(rule.name())) {
        throw new IllegalArgumentException(
            "Cannot use two placement rules named \"" + rule.name() + "\". Rename one.");
      }
    }
  }

  /** Begins rules. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins with these. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.rules.addAll(rules);
    builder.otherwise = otherwise;
    return builder;
  }

  /** Builds rules. Not thread-safe. */
  public static final class Builder {
    private final List<PlacementRule> rules = new ArrayList<>();
    private @Nullable PlacementEffect otherwise;

    private Builder() {}

    /** Adds a rule. */
    public Builder rule(PlacementRule rule) {
      rules.add(rule);
      return this;
    }

    /** No byte may go from such sources to such targets. */
    public Builder deny(
        String name, UnaryOperator<PlacementMatch> source, UnaryOperator<PlacementMatch> target) {
      return rule(rule(name, PlacementEffect.DENY, source, target));
    }

    /** Data may go from such sources to such targets, where no rule denies it. */
    public Builder allow(
        String name, UnaryOperator<PlacementMatch> source, UnaryOperator<PlacementMatch> target) {
      return rule(rule(name, PlacementEffect.ALLOW, source, target));
    }

    private static PlacementRule rule(
        String name,
        PlacementEffect effect,
        UnaryOperator<PlacementMatch> source,
        UnaryOperator<PlacementMatch> target) {
      return new PlacementRule(
          name, effect, source.apply(PlacementMatch.ANY), target.apply(PlacementMatch.ANY));
    }

    /**
     * What holds when no rule matches. When it is not called: DENY when there is an allow rule,
     * else ALLOW.
     */
    public Builder otherwise(PlacementEffect effect) {
      this.otherwise = effect;
      return this;
    }

    /**
     * The rules.
     *
     * @throws IllegalArgumentException when two have one name
     */
    public PlacementRules build() {
      boolean allows = rules.stream().anyMatch(r -> r.effect() == PlacementEffect.ALLOW);
      PlacementEffect rest = allows ? PlacementEffect.DENY : PlacementEffect.ALLOW;
      return new PlacementRules(rules, otherwise == null ? rest : otherwise);
    }
  }
}
