// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.KmeshException;
import io.kmesh.core.internal.flows.service.EndingState;
import io.kmesh.flows.DataFlow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Ends the owner's process before and after each write of its state while a flow is deleted whose
 * other site is away, and the other site's at each of its own while it hears that: in the end
 * neither knows anything of the flow, and both trees are there.
 */
@Tag("crash")
class FarewellCrashTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir Path dir;

  @ParameterizedTest
  @EnumSource
  void ownerThatEnds_hasTheOtherSiteForgetTheFlow(EndingState.Side side) throws Exception {
    int crashes = 0;
    for (boolean hasCrashed = true; hasCrashed; ) {
      hasCrashed = run(dir.resolve("owner" + crashes), crashes + 1, side, true);
      crashes += hasCrashed ? 1 : 0;
    }
    assertThat(crashes).isGreaterThanOrEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void otherSiteThatEnds_forgetsTheFlowAllTheSame(EndingState.Side side) throws Exception {
    int crashes = 0;
    for (boolean hasCrashed = true; hasCrashed; ) {
      hasCrashed = run(dir.resolve("other" + crashes), crashes + 1, side, false);
      crashes += hasCrashed ? 1 : 0;
    }
    assertThat(crashes).isGreaterThanOrEqualTo(1);
  }

  private static boolean run(Path dir, int at, EndingState.Side side, boolean isOwner)
      throws Exception {
    String what = (isOwner ? "owner " : "other ") + side + " " + at;
    try (TwoSites sites = new TwoSites(Files.createDirectory(dir))) {
      Files.writeString(sites.here.resolve("one"), "one");
      sites.push().start().awaitInSync(LIMIT);
      String address = sites.burst.sites().listening().orElseThrow();
      sites.burst.close();
      sites.push().stop();
      EndingState[] ending = new EndingState[1];
      if (isOwner) {
        sites.lab.close();
        sites.labFaults = state -> ending[0] = new EndingState(state, at, side);
        sites.lab = sites.openLab();
        ending[0].arm();
        delete(sites.lab.dataFlows().find("job").orElseThrow());
      } else {
        sites.push().delete();
        sites.burstFaults = state -> ending[0] = new EndingState(state, at, side);
        sites.burst = sites.openBurst(address);
        ending[0].arm();
        sites.lab.close();
        sites.lab = sites.openLab();
        while (!ending[0].hasEnded() && !sites.burst.dataFlows().parts().isEmpty()) {
          Thread.onSpinWait();
        }
        close(sites.burst);
      }
      boolean hasCrashed = ending[0].hasEnded();
      sites.labFaults = state -> state;
      sites.burstFaults = state -> state;
      close(sites.lab);
      sites.burst = sites.openBurst(address);
      sites.lab = sites.openLab();
      sites.lab.dataFlows().find("job").ifPresent(DataFlow::delete);
      while (!sites.burst.dataFlows().parts().isEmpty()) {
        Thread.onSpinWait();
      }
      assertThat(left(dir.resolve("burst-flows"))).as(what).isEmpty();
      assertThat(left(dir.resolve("lab-flows"))).as(what).isEmpty();
      assertThat(left(sites.there)).as(what).containsExactly("one");
      assertThat(left(sites.here)).as(what).containsExactly("one");
      return hasCrashed;
    }
  }

  private static void delete(DataFlow flow) {
    try {
      flow.delete();
    } catch (EndingState.Crash | KmeshException e) {
      // its state is gone
    }
  }

  private static void close(io.kmesh.Kmesh kmesh) {
    try {
      kmesh.close();
    } catch (EndingState.Crash | RuntimeException e) {
      // its state is gone, as are its threads
    }
  }

  private static List<String> left(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(path -> path.getFileName().toString()).toList();
    }
  }
}
