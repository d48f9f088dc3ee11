// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.link.Relay;
import io.kmesh.core.internal.flows.service.Storm;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tree that changes all the time, while links are cut and both sites are started anew. */
class RemoteStormTest {
  private static final String SECRET = "nobody on the wire reads this sentence";

  @TempDir Path dir;

  @Test
  void cutsAndRestarts_leaveBothEqual_andShowNothingOnTheWire() throws Exception {
    storm(1, 120);
  }

  @ParameterizedTest
  @ValueSource(longs = {2, 3, 4, 5, 6})
  @Tag("soak")
  void cutsAndRestarts_leaveBothEqual_ofManySeeds(long seed) throws Exception {
    storm(seed, 400);
  }

  private void storm(long seed, int steps) throws Exception {
    Random random = new Random(seed);
    try (TwoSites sites = new TwoSites(dir)) {
      String address = sites.burst.sites().listening().orElseThrow();
      try (Relay relay = new Relay(address)) {
        sites.lab.sites().reach("burst", relay.address());
        Storm storm = new Storm(sites.here, seed);
        DataFlow flow = sites.push().start();
        for (int i = 0; i < steps; i++) {
          storm.step();
          switch (random.nextInt(30)) {
            case 0 -> relay.cut();
            case 1 -> {
              sites.burst.close();
              storm.step();
              sites.burst = sites.openBurst(address);
            }
            case 2 -> {
              sites.lab.close();
              storm.step();
              sites.lab = sites.openLab();
              flow = sites.lab.dataFlows().find("job").orElseThrow();
            }
            case 3 -> flow.awaitInSync(LIMIT);
            default -> {}
          }
        }
        Files.writeString(sites.here.resolve("secret of " + SECRET), SECRET.repeat(2000));
        flow.awaitInSync(LIMIT);
        sites.assertEqual();
        assertThat(new String(relay.captured(), StandardCharsets.ISO_8859_1))
            .as("seed %s", seed)
            .doesNotContain(SECRET.substring(10, 30));
      }
    }
  }

  @Test
  void bothSitesChanged_withCutsAndRestarts_areEqual_andHaveAllThatNobodyGaveUp() throws Exception {
    bothChanged(1, 80);
  }

  @ParameterizedTest
  @ValueSource(longs = {2, 3, 4, 5, 6, 7, 8, 9})
  @Tag("soak")
  void bothSitesChanged_areEqual_ofManySeeds(long seed) throws Exception {
    bothChanged(seed, 400);
  }

  private void bothChanged(long seed, int steps) throws Exception {
    Random random = new Random(seed);
    try (TwoSites sites = new TwoSites(dir)) {
      String address = sites.burst.sites().listening().orElseThrow();
      Files.createDirectories(sites.there);
      CarefulUsers here = new CarefulUsers(sites.here, dir.resolve("out-here"), "h", random);
      CarefulUsers there = new CarefulUsers(sites.there, dir.resolve("out-there"), "t", random);
      try (Relay relay = new Relay(address)) {
        sites.lab.sites().reach("burst", relay.address());
        DataFlow flow = sites.both(ConflictPolicy.keepBoth()).start();
        for (int i = 0; i < steps; i++) {
          (random.nextBoolean() ? here : there).step();
          switch (random.nextInt(40)) {
            case 0 -> relay.cut();
            case 1 -> {
              sites.burst.close();
              there.step();
              here.step();
              sites.burst = sites.openBurst(address);
            }
            case 2 -> {
              sites.lab.close();
              there.step();
              here.step();
              sites.lab = sites.openLab();
              flow = sites.both(ConflictPolicy.keepBoth());
            }
            case 3 -> flow.awaitInSync(LIMIT);
            default -> {}
          }
        }
        flow.awaitInSync(LIMIT);
        sites.assertEqualTrees("seed " + seed);
        Set<String> missing = new HashSet<>(here.written);
        missing.addAll(there.written);
        missing.removeAll(here.given);
        missing.removeAll(there.given);
        missing.removeAll(CarefulUsers.texts(sites.here));
        missing.removeAll(here.displaced());
        missing.removeAll(there.displaced());
        assertThat(missing).as("lost texts of seed %s", seed).isEmpty();
      }
    }
  }
}
