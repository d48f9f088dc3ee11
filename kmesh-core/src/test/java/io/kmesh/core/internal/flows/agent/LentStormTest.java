// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.KmeshException;
import io.kmesh.core.internal.flows.link.Relay;
import io.kmesh.flows.DataFlow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A flow whose cache another site holds is started, stopped and deleted in any order, while both
 * sites come and go and the link is cut. In the end there is one flow that shows the source, and
 * then none.
 */
@Tag("soak")
class LentStormTest {
  private static final int STEPS = 60;

  @TempDir Path dir;
  private TwoSites sites;
  private Relay relay;
  private final List<String> steps = new ArrayList<>();

  private DataFlow flow() {
    return LentSites.flow(sites, Duration.ofMillis(50));
  }

  private void step(Random random) throws Exception {
    String what =
        List.of("start", "start", "stop", "delete", "lab", "burst", "cut", "write", "read")
            .get(random.nextInt(9));
    steps.add(what);
    switch (what) {
      case "start" -> flow().start();
      case "stop" -> flow().stop();
      case "delete" -> delete();
      case "lab" -> LentSites.reopenLab(sites);
      case "burst" -> LentSites.reopenBurst(sites);
      case "cut" -> relay.cut();
      case "write" -> Files.writeString(sites.here.resolve("file"), "text " + steps.size());
      default -> read();
    }
  }

  private void delete() {
    try {
      flow().delete();
    } catch (KmeshException e) {
      steps.add("(not deleted: " + e.getMessage() + ")");
    }
  }

  private void read() throws IOException {
    Optional<DataFlow> held = sites.burst.dataFlows().find("job42@lab");
    try {
      if (held.isPresent()) {
        Files.exists(held.get().fileSystem().getPath("/file"));
      }
    } catch (KmeshException e) {
      steps.add("(not read: " + e.getMessage() + ")");
    }
  }

  @Test
  void anyOrderOfSteps_endsWithOneFlow_andThenWithNone() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    sites = LentSites.open(dir, Set.of("lab"), () -> true);
    relay = new Relay(sites.burst.sites().listening().orElseThrow());
    try {
      sites.lab.sites().reach("burst", relay.address());
      Files.writeString(sites.here.resolve("file"), "text");
      for (int i = 0; i < STEPS; i++) {
        step(random);
      }
      Files.writeString(sites.here.resolve("last"), "last");
      flow().start().awaitInSync(LIMIT);
      assertThat(sites.burst.dataFlows().list())
          .as("seed %s, steps %s", seed, steps)
          .extracting(DataFlow::name)
          .containsExactly("job42@lab");
      Path top = LentSites.top(sites);
      assertThat(Files.readString(top.resolve("last"))).isEqualTo("last");
      assertThat(Files.readString(top.resolve("file")))
          .isEqualTo(Files.readString(sites.here.resolve("file")));
      flow().delete();
      assertThat(sites.burst.dataFlows().list()).as("seed %s, steps %s", seed, steps).isEmpty();
      try (Stream<Path> left = Files.list(dir.resolve("burst-flows"))) {
        assertThat(left).isEmpty();
      }
    } catch (KmeshException e) {
      throw new AssertionError("seed " + seed + ", steps " + steps, e);
    } finally {
      relay.close();
      sites.close();
    }
  }
}
