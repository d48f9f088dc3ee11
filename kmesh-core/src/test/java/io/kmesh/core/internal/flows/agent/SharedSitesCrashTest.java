// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.spi.state.ForwardingStateStore;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A site's state fails from before each write on while that site makes a flow of a tree that
 * another site's flow has: its next process makes or has that flow, and all trees become equal.
 */
@Tag("crash")
class SharedSitesCrashTest {
  @TempDir Path dir;

  /** Takes some changes of flows, and from then on nothing. */
  private static final class Ending extends ForwardingStateStore {
    private final StateStore behind;
    private int left; // guarded by this

    Ending(StateStore behind, int left) {
      this.behind = behind;
      this.left = left;
    }

    @Override
    protected StateStore delegate() {
      return behind;
    }

    @Override
    public synchronized void apply(List<StateChange> changes) throws IOException {
      if (changes.stream().anyMatch(c -> c.key().kind().startsWith("flow.")) && --left < 0) {
        throw new IOException("the process is dead");
      }
      behind.apply(changes);
    }

    synchronized boolean isDead() {
      return left < 0;
    }
  }

  private static DataFlow on(Kmesh burst, Path from, Path to) {
    return burst
        .dataFlows()
        .ensure(
            "on",
            f ->
                f.from(Endpoint.directory(from))
                    .to(Endpoint.directory(to))
                    .multiMaster(ConflictPolicy.newest())
                    .scanPause(Duration.ofMillis(50)));
  }

  @Test
  void siteThatEnds_whileItSharesATree_goesOn() throws Exception {
    int taken = 0;
    while (run(Files.createDirectory(dir.resolve("run" + taken)), taken)) {
      taken++;
    }
    assertThat(taken).isGreaterThanOrEqualTo(4); // number, part, flow, start
  }

  /** Whether the state came to its end. */
  private static boolean run(Path top, int writes) throws Exception {
    try (TwoSites sites = new TwoSites(top)) {
      Files.writeString(sites.here.resolve("mesh"), "mesh");
      DataFlow first = sites.both(ConflictPolicy.newest()).start();
      first.awaitInSync(LIMIT);
      String address = sites.burst.sites().listening().orElseThrow();
      sites.burst.close();
      Ending[] ending = new Ending[1];
      sites.burstFaults =
          state -> {
            ending[0] = new Ending(state, Integer.MAX_VALUE);
            return ending[0];
          };
      sites.burst = sites.openBurst(address);
      first.awaitInSync(LIMIT);
      synchronized (ending[0]) {
        ending[0].left = writes;
      }
      Path more = top.resolve("more");
      try {
        on(sites.burst, sites.there, more).start().awaitInSync(LIMIT);
      } catch (KmeshException e) {
        assertThat(ending[0].isDead()).as("%s", e).isTrue();
      }
      boolean isDead = ending[0].isDead();
      sites.burst.close();
      sites.burstFaults = state -> state;
      sites.burst = sites.openBurst(address);
      first.awaitInSync(LIMIT); // else nobody could number the new tree
      DataFlow next = on(sites.burst, sites.there, more).start();
      Files.writeString(more.resolve("late"), "late");
      for (DataFlow flow : List.of(next, first, next)) {
        flow.awaitInSync(LIMIT);
      }
      Map<String, String> facts = TwoSites.facts(sites.here);
      assertThat(TwoSites.facts(sites.there)).as("after %d", writes).isEqualTo(facts);
      assertThat(TwoSites.facts(more)).as("after %d", writes).isEqualTo(facts);
      assertThat(sites.here.resolve("late")).hasContent("late");
      assertThat(first.conflicts()).isEmpty();
      return isDead;
    }
  }
}
