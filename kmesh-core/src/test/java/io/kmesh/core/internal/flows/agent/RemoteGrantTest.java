// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.grants.GrantDesk;
import io.kmesh.core.internal.flows.grants.SensitivePaths;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.AuditEntry.Action;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowGrant;
import io.kmesh.flows.Grant;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A flow that gives access to what another site has: that site holds grants to its own clock. */
class RemoteGrantTest {
  @TempDir Path dir;

  private static DataFlow flow(TwoSites sites) throws IOException {
    Files.createDirectories(sites.there.resolve("secret"));
    Files.writeString(sites.there.resolve("secret/file"), "secret");
    Files.writeString(sites.there.resolve("secret/second"), "second");
    Files.writeString(sites.there.resolve("public"), "public");
    DataFlow flow =
        sites
            .lab
            .dataFlows()
            .ensure(
                "view",
                f ->
                    f.from(Endpoint.at("burst", "data/job"))
                        .to(Endpoint.directory(sites.dir.resolve("cache")))
                        .access()
                        .sensitive("secret"))
            .start();
    flow.awaitInSync(TwoSites.LIMIT);
    return flow;
  }

  private static FlowGrant grant(TwoSites sites, DataFlow flow) {
    return flow.grant(
        Grant.to("alice").path("secret").until(sites.labTime.now().plus(Duration.ofMinutes(10))));
  }

  private static List<Action> actions(Stream<AuditEntry> audit) {
    try (audit) {
      return audit.map(AuditEntry::action).toList();
    }
  }

  @Test
  void aGrant_isKnownAtTheSource_andSoIsItsEnd() throws Exception {
    Path there;
    try (TwoSites sites = new TwoSites(dir)) {
      DataFlow flow = flow(sites);
      Path file = flow.fileSystem("alice").getPath("/secret/file");
      assertThat(Files.readString(flow.fileSystem().getPath("/public"))).isEqualTo("public");
      FlowGrant given = grant(sites, flow);
      assertThat(Files.readString(file)).isEqualTo("secret");
      // The other site, and the link, come and go.
      String address = sites.burst.sites().listening().orElseThrow();
      sites.burst.close();
      sites.burst = sites.openBurst(address);
      flow.awaitInSync(TwoSites.LIMIT);
      assertThat(Files.readString(file.resolveSibling("second"))).isEqualTo("second");
      flow.revoke(given.id());
      assertThatThrownBy(() -> Files.readString(file))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("was revoked");
      assertThat(actions(flow.audit())).containsSubsequence(Action.GRANTED, Action.REVOKED);
      try (Stream<Path> flows = Files.list(dir.resolve("burst-flows"))) {
        there = flows.findFirst().orElseThrow();
      }
    }
    try (GrantDesk source =
        GrantDesk.open(
            GrantDesk.Role.LEARNS,
            PosixTrees.open(there),
            SensitivePaths.of(List.of("secret")),
            RunningTime.instance())) {
      assertThat(actions(source.audit()))
          .containsExactly(Action.GRANTED, Action.SENT, Action.SENT, Action.REVOKED);
    }
  }

  @Test
  void aTargetWhoseClockIsSlow_getsNothing_whenTheGrantIsOverAtTheSource() throws Exception {
    try (TwoSites sites = new TwoSites(dir)) {
      DataFlow flow = flow(sites);
      Path file = flow.fileSystem("alice").getPath("/secret/file");
      grant(sites, flow);
      sites.burstTime.jump(Duration.ofMinutes(10));
      assertThatThrownBy(() -> Files.readString(file))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("secret/file")
          .hasMessageContaining("No grant counts for /secret/file at its source");
      assertThat(flow.status().logicalBytes()).isZero();
      assertThat(flow.grants())
          .as("here it is not over")
          .extracting(FlowGrant::state)
          .containsExactly(FlowGrant.State.VALID);
      // The source's clock was wrong and is mended: what ended there counts no more.
      sites.burstTime.jump(Duration.ofMinutes(-10));
      assertThatThrownBy(() -> Files.readString(file)).isInstanceOf(AccessDeniedException.class);
    }
  }
}
