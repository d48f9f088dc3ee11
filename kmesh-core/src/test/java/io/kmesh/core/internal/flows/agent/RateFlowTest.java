// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.link.Relay;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowRate;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowStatus;
import io.kmesh.unit.DataSize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flows that may send nothing for an hour or two, by a clock that the test sets. */
class RateFlowTest {
  private static final int LARGE = 2 << 20;
  private static final Duration LATER = Duration.ofHours(3);

  @TempDir Path dir;
  private TwoSites sites;
  private Relay relay;
  private FlowRate silent;

  @BeforeEach
  void open() throws Exception {
    sites = new TwoSites(dir);
    relay = new Relay(sites.burst.sites().listening().orElseThrow());
    sites.lab.sites().reach("burst", relay.address());
    LocalTime now = LocalTime.ofInstant(sites.labTime.now(), ZoneOffset.UTC);
    silent =
        FlowRate.UNLIMITED.at(
            EnumSet.allOf(DayOfWeek.class), now.minusHours(1), now.plusHours(2), DataSize.ZERO);
  }

  @AfterEach
  void close() {
    relay.close();
    sites.close();
  }

  private static byte[] noise() {
    byte[] noise = new byte[LARGE];
    new Random(1).nextBytes(noise);
    return noise;
  }

  private DataFlow flow(Endpoint from, Endpoint to) {
    return sites
        .lab
        .dataFlows()
        .ensure("job", f -> f.from(from).to(to).scanPause(Duration.ofMillis(50)).rate(silent));
  }

  private void assertSilent(DataFlow flow) {
    FlowStatus status = flow.status();
    assertThat(status.state()).isEqualTo(FlowState.WAITING);
    assertThat(status.reason()).contains("Nothing is sent at this hour");
    assertThat(relay.captured().length).isLessThan(LARGE / 8);
  }

  @Test
  void flowToAnotherSite_sendsInItsHoursAlone() throws Exception {
    Files.write(sites.here.resolve("large"), noise());
    DataFlow flow = flow(Endpoint.directory(sites.here), Endpoint.at("burst", "data/job")).start();
    while (relay.captured().length == 0) {
      Thread.onSpinWait();
    }
    assertSilent(flow);
    assertThat(sites.there.resolve("large")).doesNotExist();
    sites.labTime.jump(LATER);
    sites.burstTime.jump(LATER);
    flow.awaitInSync(LIMIT);
    sites.assertEqual();
    assertThat(relay.captured().length).isGreaterThan(LARGE);
    assertThat(flow.status().state()).isEqualTo(FlowState.FOLLOWING);
  }

  /** The other site goes by the flow's rate as well, by its own clock. */
  @Test
  void flowFromAnotherSite_isSentInItsHoursAlone() throws Exception {
    Files.write(Files.createDirectories(sites.there).resolve("large"), noise());
    sites.labTime.jump(LATER);
    DataFlow flow = flow(Endpoint.at("burst", "data/job"), Endpoint.directory(sites.here)).start();
    while (!hasJoined()) {
      Thread.onSpinWait();
    }
    assertThat(flow.status().logicalBytes()).isZero();
    assertThat(relay.captured().length).isLessThan(LARGE / 8);
    sites.burstTime.jump(LATER);
    flow.awaitInSync(LIMIT);
    sites.assertEqual();
  }

  private boolean hasJoined() throws Exception {
    Path flows = dir.resolve("burst-flows");
    if (!Files.isDirectory(flows)) {
      return false;
    }
    try (Stream<Path> all = Files.list(flows)) {
      return all.findAny().isPresent();
    }
  }

  @Test
  void flowWithinOneProcess_handsFilesOverInItsHoursAlone() throws Exception {
    Files.write(sites.here.resolve("large"), noise());
    Path target = dir.resolve("target");
    DataFlow flow = flow(Endpoint.directory(sites.here), Endpoint.directory(target)).start();
    while (flow.status().changes() == 0) {
      Thread.onSpinWait(); // names are handed over
    }
    assertSilent(flow);
    assertThat(target.resolve("large")).doesNotExist();
    sites.labTime.jump(LATER);
    flow.awaitInSync(LIMIT);
    assertThat(target.resolve("large")).hasSize(LARGE);
  }
}
