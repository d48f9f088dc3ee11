// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.placement;

import static io.kmesh.placement.PlacementNames.in;
import static io.kmesh.placement.PlacementNames.outside;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.placement.Placement;
import io.kmesh.placement.PlacementDecision;
import io.kmesh.placement.PlacementEffect;
import io.kmesh.placement.PlacementMatch;
import io.kmesh.placement.PlacementNames;
import io.kmesh.placement.PlacementRule;
import io.kmesh.placement.PlacementRules;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlacementTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @SuppressWarnings("UnnecessaryLambda")
  private static final UnaryOperator<PlacementMatch> ANYWHERE = m -> m;

  private static final Placement LAB = Placement.unknown("lab").in("DE").at("own").keyOf("us");
  private static final Placement BURST =
      Placement.unknown("burst").in("US").at("mock").keyOf("them");

  /** The golden vectors of docs/format/placement.md. */
  private static final String RULES =
      """
      {"format":0,"rules":[{"name":"stays in the EU","effect":"DENY","source":{"countries":{"in":\
      ["DE","FR"]}},"target":{"countries":{"outside":["DE","FR"]}}},{"name":"our keys",\
      "effect":"ALLOW","source":{},"target":{"providers":{"in":["mock","own"]},"keyOwners":{"in":\
      ["us"]}}}],"otherwise":"DENY"}""";

  private static final String DECISION =
      """
      {"format":0,"effect":"DENY","rule":"stays in the EU","reason":"No data may go from lab \
      (country DE, provider own, key of us) to burst (country US, provider mock, key of them): \
      the rule \\"stays in the EU\\" matches: source country DE is one of DE, FR, target country \
      US is none of DE, FR.","source":{"site":"lab","country":"DE","provider":"own","keyOwner":\
      "us"},"target":{"site":"burst","country":"US","provider":"mock","keyOwner":"them"},"time":\
      "2026-01-01T00:00:00Z"}""";

  private static final PlacementRules GOLDEN =
      PlacementRules.builder()
          .deny(
              "stays in the EU",
              m -> m.countries(in("FR", "DE")),
              m -> m.countries(outside("DE", "FR")))
          .allow("our keys", ANYWHERE, m -> m.providers(in("own", "mock")).keyOwners(in("us")))
          .build();

  private static PlacementDecision decide(PlacementRules rules, Placement a, Placement b) {
    return PlacementDecider.decide(rules, a, b, NOW);
  }

  @Test
  void decide_withoutRules_allows() {
    PlacementDecision decision = decide(PlacementRules.NONE, LAB, Placement.unknown("x"));

    assertThat(decision.isAllowed()).isTrue();
    assertThat(decision.rule()).isEmpty();
    assertThat(decision.reason()).contains("there are no placement rules").contains("lab");
    assertThat(decision.time()).isEqualTo(NOW);
  }

  @Test
  void decide_whenADenyRuleMatches_deniesWhereverItStands() {
    PlacementRules rules =
        PlacementRules.builder()
            .allow("all", ANYWHERE, ANYWHERE)
            .deny("no mock", ANYWHERE, m -> m.providers(in("mock")))
            .build();

    assertThat(decide(rules, LAB, BURST))
        .satisfies(d -> assertThat(d.isAllowed()).isFalse())
        .satisfies(d -> assertThat(d.rule()).contains("no mock"))
        .satisfies(d -> assertThat(d.reason()).contains("target provider mock is one of mock"));
    assertThat(decide(rules, BURST, LAB).rule()).contains("all");
    assertThat(decide(rules, BURST, LAB).reason()).contains("it is about all sites");
  }

  @Test
  void decide_whenAFactIsNotKnown_itMatchesDenyAndNotAllow() {
    PlacementRules deny =
        PlacementRules.builder().deny("d", ANYWHERE, m -> m.countries(in("CN"))).build();
    PlacementRules allow =
        PlacementRules.builder().allow("a", ANYWHERE, m -> m.countries(outside("CN"))).build();
    Placement dark = Placement.unknown("dark");

    assertThat(decide(deny, LAB, dark).isAllowed()).isFalse();
    assertThat(decide(deny, LAB, dark).reason()).contains("target country is not known");
    assertThat(decide(deny, LAB, BURST).isAllowed()).isTrue();
    assertThat(decide(allow, LAB, dark).isAllowed()).isFalse();
    assertThat(decide(allow, LAB, dark).rule()).isEmpty();
    assertThat(decide(allow, LAB, BURST).rule()).contains("a");
  }

  @Test
  void build_whenNothingElseIsSaid_deniesTheRestOnceThereIsAnAllowRule() {
    assertThat(PlacementRules.builder().build()).isEqualTo(PlacementRules.NONE);
    assertThat(PlacementRules.builder().deny("d", ANYWHERE, ANYWHERE).build().otherwise())
        .isEqualTo(PlacementEffect.ALLOW);
    assertThat(PlacementRules.builder().allow("a", ANYWHERE, ANYWHERE).build().otherwise())
        .isEqualTo(PlacementEffect.DENY);
    assertThat(GOLDEN.toBuilder().otherwise(PlacementEffect.ALLOW).build().otherwise())
        .isEqualTo(PlacementEffect.ALLOW);
  }

  @Test
  void values_whenTheyAreNone_areRefused() {
    assertThatThrownBy(() -> LAB.in("Germany")).hasMessageContaining("Germany");
    assertThatThrownBy(() -> PlacementMatch.ANY.countries(in("de"))).hasMessageContaining("de");
    assertThatThrownBy(() -> Placement.unknown("a\nb")).hasMessageContaining("printable");
    assertThatThrownBy(() -> in()).hasMessageContaining("0 names");
    assertThatThrownBy(
            () ->
                PlacementRules.builder()
                    .deny("d", ANYWHERE, ANYWHERE)
                    .allow("d", ANYWHERE, ANYWHERE)
                    .build())
        .hasMessageContaining("\"d\"");
  }

  /** The order of rules changes which one is named, never whether data may go. */
  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void decide_inAnyOrder_isTheSame(
      @ForAll("rules") PlacementRules rules,
      @ForAll("sites") Placement a,
      @ForAll("sites") Placement b,
      @ForAll long seed) {
    List<PlacementRule> shuffled = new ArrayList<>(rules.rules());
    Collections.shuffle(shuffled, new Random(seed));
    PlacementDecision decision = decide(rules, a, b);

    assertThat(decide(new PlacementRules(shuffled, rules.otherwise()), a, b).effect())
        .isEqualTo(decision.effect());
    assertThat(decide(rules, a, b)).isEqualTo(decision);
    boolean isDenied =
        rules.rules().stream()
            .anyMatch(r -> r.effect() == PlacementEffect.DENY && mayMatch(r, a, b));
    if (isDenied) {
      assertThat(decision.isAllowed()).isFalse();
    }
  }

  private static boolean mayMatch(PlacementRule rule, Placement a, Placement b) {
    return mayMatch(rule.source(), a) && mayMatch(rule.target(), b);
  }

  private static boolean mayMatch(PlacementMatch m, Placement p) {
    return mayMatch(m.countries(), p.country().orElse(""))
        && mayMatch(m.providers(), p.provider().orElse(""))
        && mayMatch(m.keyOwners(), p.keyOwner().orElse(""));
  }

  private static boolean mayMatch(PlacementNames names, String value) {
    return switch (names.kind()) {
      case ANY -> true;
      case IN -> value.isEmpty() || names.names().contains(value);
      case OUTSIDE -> value.isEmpty() || !names.names().contains(value);
    };
  }

  @Test
  void goldenVectors_areWrittenAndRead() throws IOException {
    PlacementDecision decision = decide(GOLDEN, LAB, BURST);

    assertThat(PlacementJson.write(GOLDEN).toString()).isEqualTo(RULES);
    assertThat(PlacementJson.decodeRules("r", utf8(RULES))).isEqualTo(GOLDEN);
    assertThat(PlacementJson.write(decision).toString()).isEqualTo(DECISION);
    assertThat(PlacementJson.decodeDecision("d", utf8(DECISION))).isEqualTo(decision);
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void json_roundTrips(
      @ForAll("rules") PlacementRules rules,
      @ForAll("sites") Placement a,
      @ForAll("sites") Placement b)
      throws IOException {
    PlacementDecision decision = decide(rules, a, b);

    assertThat(PlacementJson.decodeRules("r", SpecJson.encode(PlacementJson.write(rules))))
        .isEqualTo(rules);
    assertThat(PlacementJson.decodeDecision("d", SpecJson.encode(PlacementJson.write(decision))))
        .isEqualTo(decision);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"format\":0,\"rules\":[]}",
        "{\"format\":0,\"rules\":{},\"otherwise\":\"DENY\"}",
        "{\"format\":0,\"rules\":[],\"otherwise\":\"PERHAPS\"}",
        "{\"format\":0,\"rules\":[{\"name\":\"d\",\"effect\":\"DENY\",\"source\":{}}],"
            + "\"otherwise\":\"DENY\"}",
        "{\"format\":0,\"rules\":[{\"name\":\"d\",\"effect\":\"DENY\",\"source\":{},"
            + "\"target\":{\"countries\":{\"in\":[]}}}],\"otherwise\":\"DENY\"}",
        "{\"format\":0,\"rules\":[{\"name\":\"d\",\"effect\":\"DENY\",\"source\":{},"
            + "\"target\":{\"countries\":{\"in\":[\"DE\",\"DE\"]}}}],\"otherwise\":\"DENY\"}",
        "{\"format\":0,\"rules\":[{\"name\":\"d\",\"effect\":\"DENY\",\"source\":{},"
            + "\"target\":{\"countries\":{\"near\":[\"DE\"]}}}],\"otherwise\":\"DENY\"}"
      })
  void decodeRules_ofForeignText_isATypedError(String text) {
    assertThatThrownBy(() -> PlacementJson.decodeRules("eu", utf8(text)))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
        .hasMessageContaining("eu");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"format\":1}", "{\"format\":0,\"rules\":[],\"otherwise\":\"DENY\",\"more\":1}"})
  void decodeRules_ofALaterBuild_refusesByName(String text) {
    assertThatThrownBy(() -> PlacementJson.decodeRules("eu", utf8(text)))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("eu");
  }

  @Tag("fuzz")
  @Property(tries = 1_500, edgeCases = EdgeCasesMode.NONE)
  void decodeRules_ofDamagedText_isATypedErrorOrRules(
      @ForAll @IntRange(max = 1000) int at, @ForAll byte value) throws IOException {
    byte[] bytes = utf8(RULES);
    bytes[at % bytes.length] = value;
    try {
      PlacementRules read = PlacementJson.decodeRules("eu", bytes);
      assertThat(PlacementJson.decodeRules("eu", SpecJson.encode(PlacementJson.write(read))))
          .isEqualTo(read);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("eu");
    }
  }

  @Tag("fuzz")
  @Property(tries = 1_500, edgeCases = EdgeCasesMode.NONE)
  void decodeDecision_ofDamagedText_isATypedErrorOrADecision(
      @ForAll @IntRange(max = 1000) int at, @ForAll byte value) {
    byte[] bytes = utf8(DECISION);
    bytes[at % bytes.length] = value;
    try {
      assertThat(PlacementJson.decodeDecision("eu", bytes)).isNotNull();
    } catch (IOException e) {
      assertThat(e).isInstanceOf(ProviderException.class).hasMessageContaining("eu");
    }
  }

  @Provide
  Arbitrary<Placement> sites() {
    return Combinators.combine(
            Arbitraries.of("DE", "FR", "US").injectNull(0.2),
            Arbitraries.of("own", "mock").injectNull(0.2),
            Arbitraries.of("us", "them").injectNull(0.2))
        .as((country, provider, owner) -> new Placement("site", country, provider, owner));
  }

  @Provide
  Arbitrary<PlacementRules> rules() {
    Arbitrary<PlacementMatch> match =
        Combinators.combine(names("DE", "FR", "US"), names("own", "mock"), names("us", "them"))
            .as(PlacementMatch::new);
    Arbitrary<PlacementEffect> effect = Arbitraries.of(PlacementEffect.values());
    Arbitrary<PlacementRule> rule =
        Combinators.combine(Arbitraries.strings().alpha().ofLength(6), effect, match, match)
            .as(PlacementRule::new);
    return Combinators.combine(rule.list().ofMaxSize(5).uniqueElements(PlacementRule::name), effect)
        .as(PlacementRules::new);
  }

  private static Arbitrary<PlacementNames> names(String... all) {
    Arbitrary<Set<String>> some = Arbitraries.of(all).set().ofMinSize(1);
    return Arbitraries.oneOf(
        Arbitraries.just(PlacementNames.ANY),
        some.map(names -> new PlacementNames(PlacementNames.Kind.IN, names)),
        some.map(names -> new PlacementNames(PlacementNames.Kind.OUTSIDE, names)));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
