// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static io.kmesh.placement.PlacementNames.in;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.flows.link.Relay;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowStatus;
import io.kmesh.placement.PlacementDecision;
import io.kmesh.placement.PlacementEffect;
import io.kmesh.placement.PlacementMatch;
import io.kmesh.placement.PlacementRules;
import io.kmesh.spi.ErrorKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flows between two sites that rules forbid, with a relay that counts before the other one. */
class PlacementFlowTest {
  @SuppressWarnings("UnnecessaryLambda")
  private static final UnaryOperator<PlacementMatch> ANYWHERE = m -> m;

  private static final PlacementRules NOT_TO_US =
      PlacementRules.builder().deny("not to US", ANYWHERE, m -> m.countries(in("US"))).build();
  private static final PlacementRules NOT_FROM_US =
      PlacementRules.builder().deny("not from US", m -> m.countries(in("US")), ANYWHERE).build();
  private static final int LARGE = 3 << 20;

  @TempDir Path dir;
  private TwoSites sites;
  private Relay relay;

  @BeforeEach
  void open() throws Exception {
    sites = new TwoSites(dir);
    relay = new Relay(sites.burst.sites().listening().orElseThrow());
    sites.lab.sites().reach("burst", relay.address());
    byte[] noise = new byte[LARGE];
    new java.util.Random(1).nextBytes(noise);
    for (Path top : List.of(sites.here, Files.createDirectories(sites.there))) {
      Files.write(top.resolve("large"), noise);
    }
    sites.lab.placement().here(p -> p.in("DE").at("own"));
    sites.lab.placement().site("burst", p -> p.in("US").at("mock"));
  }

  @AfterEach
  void close() {
    relay.close();
    sites.close();
  }

  private static void assertForbidden(DataFlow flow, String rule) {
    assertThatThrownBy(flow::start)
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.DENIED))
        .hasMessageContaining("Cannot start the data flow \"" + flow.name() + "\"")
        .hasMessageContaining("the rule \"" + rule + "\" matches")
        .hasMessageContaining("kmesh site rules");
    FlowStatus status = flow.status();
    assertThat(status.state()).isEqualTo(FlowState.STOPPED);
    assertThat(status.reason()).contains(rule);
    assertThat(status.placement()).extracting(d -> d.rule().orElse("")).contains(rule);
  }

  private void assertNothingMoved() {
    assertThat(relay.connections()).isZero();
    assertThat(relay.captured()).isEmpty();
  }

  @Test
  void forbiddenFlow_opensNoConnection_andSaysWhichRule() throws Exception {
    sites.lab.placement().rules(NOT_TO_US);
    DataFlow flow = sites.push();
    assertForbidden(flow, "not to US");
    assertNothingMoved();
    assertThat(flow.status().placement().get(0).source().toString())
        .isEqualTo("lab (country DE, provider own, key of unknown)");

    sites.lab.close();
    sites.lab = sites.openLab(); // what was decided is kept, and asked again at the next start
    flow = sites.push();
    assertThat(flow.status().placement()).extracting(PlacementDecision::isAllowed).contains(false);
    assertForbidden(flow, "not to US");
    assertNothingMoved();

    sites.lab.placement().rules(PlacementRules.NONE);
    flow.start().awaitInSync(LIMIT);
    sites.assertEqual();
    assertThat(relay.connections()).isPositive();
    assertThat(flow.status().placement())
        .singleElement()
        .satisfies(d -> assertThat(d.isAllowed()).isTrue());
  }

  @Test
  void rulesThatChange_areAskedAtTheNextOpening() throws Exception {
    sites.push().start().awaitInSync(LIMIT);
    sites.lab.placement().rules(NOT_TO_US);
    Files.writeString(sites.here.resolve("late"), "late");
    sites.push().awaitInSync(LIMIT); // what runs goes on
    sites.lab.close();
    int before = relay.connections();
    sites.lab = sites.openLab();
    assertThat(sites.push().status().state()).isEqualTo(FlowState.STOPPED);
    assertThat(sites.push().status().reason()).contains("not to US");
    assertThat(relay.connections()).isEqualTo(before);
  }

  @Test
  void accessToAForbiddenSource_opensNoConnection_norWritingThrough() {
    sites.lab.placement().rules(NOT_FROM_US);
    assertForbidden(access("view", FlowMode.WriteMode.READ_ONLY), "not from US");
    sites.lab.placement().rules(NOT_TO_US);
    assertForbidden(access("written", FlowMode.WriteMode.WRITE_THROUGH), "not to US");
    assertNothingMoved();
    access("view", FlowMode.WriteMode.READ_ONLY).start(); // reading is allowed now
  }

  @Test
  void severalMasters_needBothWays() {
    sites.lab.placement().rules(NOT_FROM_US);
    DataFlow both =
        sites
            .lab
            .dataFlows()
            .ensure(
                "both",
                f ->
                    f.from(Endpoint.directory(sites.here))
                        .to(Endpoint.at("burst", "data/job"))
                        .multiMaster(ConflictPolicy.newest()));
    assertForbidden(both, "not from US");
    assertThat(both.status().placement()).hasSize(2);
    assertNothingMoved();
  }

  private DataFlow access(String name, FlowMode.WriteMode writes) {
    FlowMode.Access base = FlowMode.Access.DEFAULT;
    return sites
        .lab
        .dataFlows()
        .ensure(
            name,
            f ->
                f.from(Endpoint.at("burst", "data/job"))
                    .to(Endpoint.directory(dir.resolve("cache")))
                    .mode(new FlowMode.Access(base.lease(), base.cache(), base.stale(), writes)));
  }

  @Test
  void treeThatIsElsewhereThanItsSite_countsByItself() {
    sites.lab.placement().rules(NOT_TO_US);
    sites.lab.placement().endpoint(Endpoint.at("burst", "data"), p -> p.in("FR"));
    assertThat(sites.lab.placement().ask(Endpoint.directory(dir), Endpoint.at("burst", "data/job")))
        .satisfies(d -> assertThat(d.isAllowed()).isTrue());
    sites.push().start();
    sites.lab.placement().endpoint(Endpoint.at("burst", "data"), p -> p);
    sites.push().stop();
    assertForbidden(sites.push(), "not to US");
  }

  /** What the other site says of itself would be no help: it is asked by its own rules. */
  @Test
  void siteThatMayNotGiveItsData_refuses_andTheOwnerHearsWhy() throws Exception {
    sites.burst.placement().here(p -> p.in("US"));
    sites.burst.placement().rules(NOT_FROM_US);
    DataFlow flow = sites.pull();
    assertRefusedThere(flow, "not from US");
    assertThat(flow.status().placement()).allMatch(PlacementDecision::isAllowed);
  }

  @Test
  void siteThatMayNotTakeData_refuses_andTheOwnerHearsWhy() throws Exception {
    sites
        .burst
        .placement()
        .rules(
            PlacementRules.builder()
                .allow("of partners", m -> m.providers(in("partner")), ANYWHERE)
                .build());
    assertRefusedThere(sites.push(), "none of the 1 placement rules matches");
    sites.burst.placement().site("lab", p -> p.at("partner"));
    sites.push().awaitInSync(LIMIT); // its next session is asked anew
    sites.assertEqual();
  }

  private void assertRefusedThere(DataFlow flow, String why) {
    flow.start();
    FlowStatus status = flow.status();
    while (!status.reason().contains("says")) {
      status = flow.status(); // which waits for the other site
    }
    assertThat(status.state()).isEqualTo(FlowState.WAITING);
    assertThat(status.reason()).contains("burst says: Cannot join the data flow").contains(why);
    assertThat(status.logicalBytes()).isZero();
    // Handshakes of some sessions; of 3 MiB of noise nothing could hide in them.
    assertThat(relay.captured().length).isBetween(1, LARGE / 2);
  }

  @Test
  void switch_isRefusedByTheRulesOfEitherSite_andTheFlowGoesOn() throws Exception {
    DataFlow flow = sites.push().start();
    flow.awaitInSync(LIMIT);
    sites.lab.placement().rules(NOT_FROM_US);
    assertThatThrownBy(() -> flow.switchDirection(LIMIT))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("Cannot switch the direction of the data flow \"job\"")
        .hasMessageContaining("not from US");
    assertThat(flow.isReversed()).isFalse();
    assertThat(flow.status().placement())
        .extracting(PlacementDecision::effect)
        .containsExactly(PlacementEffect.ALLOW, PlacementEffect.DENY);

    sites.lab.placement().rules(PlacementRules.NONE);
    sites.burst.placement().here(p -> p.in("US"));
    sites.burst.placement().rules(NOT_FROM_US);
    assertThatThrownBy(() -> flow.switchDirection(LIMIT))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("not from US");
    assertThat(flow.isReversed()).isFalse();
    Files.writeString(sites.here.resolve("late"), "late");
    flow.awaitInSync(LIMIT);
    sites.assertEqual();
  }
}
