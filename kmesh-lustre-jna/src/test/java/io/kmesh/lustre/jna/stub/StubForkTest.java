// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Forks tell what became of each test, and of a JVM that dies. */
class StubForkTest {
  @TempDir Path directory;

  @BeforeEach
  void needsGcc() {
    assumeThat(StubLibrary.whyImpossible()).isEmpty();
  }

  @Test
  void run_tellsEachTestsEnd() throws IOException, InterruptedException {
    List<StubFork.Outcome> outcomes = new StubFork(directory).run(StubForkSamples.class);
    assertThat(outcomes)
        .extracting(StubFork.Outcome::name, StubFork.Outcome::state)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("passes", "ok"),
            org.assertj.core.groups.Tuple.tuple("fails", "failed"),
            org.assertj.core.groups.Tuple.tuple("isSkipped", "skipped"));
    assertThat(outcomes)
        .filteredOn(outcome -> outcome.state().equals("failed"))
        .allSatisfy(outcome -> assertThat(outcome.text()).contains("on purpose"));
  }

  @Test
  void run_whenTheJvmDies_failsWithWhatItSaid() throws IOException, InterruptedException {
    StubFork fork = new StubFork(directory);
    assertThatThrownBy(() -> fork.run(StubForkSamples.Dies.class))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("SIGSEGV");
  }
}
