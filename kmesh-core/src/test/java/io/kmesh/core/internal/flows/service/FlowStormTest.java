// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.DeleteGuard;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.Percent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A flow that runs while its source changes at random, and is stopped and started meanwhile. */
class FlowStormTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir Path dir;

  @Test
  void stormedFlow_isEqualWheneverItSaysSo() throws Exception {
    storm(1, 3, 80);
  }

  @Tag("soak")
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void stormedFlow_forLong_isEqualWheneverItSaysSo(long seed) throws Exception {
    storm(seed, 10, 300);
  }

  private void storm(long seed, int rounds, int steps) throws Exception {
    Path source = Files.createDirectory(dir.resolve("source"));
    Path target = dir.resolve("target");
    MemoryState state = MemoryState.create(RunningTime.instance());
    Storm storm = new Storm(source, seed);
    Random random = new Random(seed);
    for (int round = 0; round < rounds; round++) {
      try (Kmesh kmesh = Kmesh.builder().state(state).flowFolder(dir.resolve("flows")).build()) {
        DataFlow flow =
            kmesh
                .dataFlows()
                .ensure(
                    "storm",
                    f ->
                        f.from(Endpoint.directory(source))
                            .to(Endpoint.directory(target))
                            .scanPause(Duration.ofMillis(1))
                            .deleteGuard(new DeleteGuard(100_000, new Percent(100))))
                .start();
        for (int i = 0; i < steps; i++) {
          storm.step();
        }
        if (random.nextBoolean()) {
          flow.awaitInSync(LIMIT);
          assertThat(DataFlowTest.facts(target))
              .as("seed %d, round %d", seed, round)
              .isEqualTo(DataFlowTest.facts(source));
        }
      }
    }
    try (Kmesh kmesh = Kmesh.builder().state(state).flowFolder(dir.resolve("flows")).build()) {
      kmesh.dataFlows().find("storm").orElseThrow().awaitInSync(LIMIT);
    }
    assertThat(DataFlowTest.facts(target))
        .as("seed %d", seed)
        .isEqualTo(DataFlowTest.facts(source));
  }
}
