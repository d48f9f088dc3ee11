// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.flows.DataFlow;
import io.kmesh.spi.state.ForwardingStateStore;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateStore;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.SimulatedCrash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A site dies before or after each thing that it keeps while a flow is made whose cache the other
 * one holds, and deleted. Afterwards there is exactly one flow at both, or none.
 */
@Tag("crash")
class LentCrashTest {
  private static final Duration MOMENT = Duration.ofSeconds(1);

  @TempDir private Path directory;
  private int worlds;

  /** Counts what is kept of flows, and nothing that clocks have kept. */
  private static final class Counting extends ForwardingStateStore {
    private final StateStore behind;
    private final CrashPoint point;

    Counting(StateStore behind, CrashPoint point) {
      this.behind = behind;
      this.point = point;
    }

    @Override
    protected StateStore delegate() {
      return behind;
    }

    @Override
    public void apply(List<StateChange> changes) throws IOException {
      if (changes.stream().noneMatch(c -> c.key().kind().startsWith("flow."))) {
        point.failIfCrashed();
        behind.apply(changes);
        return;
      }
      point.before("apply");
      behind.apply(changes);
      point.after("apply");
    }
  }

  private final class World implements CrashPoints.Scenario {
    private final boolean isAtLab;
    private final TwoSites sites;
    private final String address;
    private @Nullable Thread deleting;

    World(boolean isAtLab) {
      this.isAtLab = isAtLab;
      try {
        Path dir = Files.createDirectory(directory.resolve("w" + worlds++));
        sites = LentSites.open(dir, Set.of("lab"), () -> true);
        Files.writeString(sites.here.resolve("mesh"), "mesh");
        address = sites.burst.sites().listening().orElseThrow();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private DataFlow make() {
      return LentSites.flow(sites, Duration.ofMillis(50));
    }

    private void reopen() {
      if (isAtLab) {
        end(sites.lab);
        sites.lab = sites.openLab();
      } else {
        end(sites.burst);
        sites.burst = sites.openBurst(address);
      }
    }

    /** What a process that does not exist any more can't do is left. */
    private static void end(Kmesh kmesh) {
      try {
        kmesh.close();
      } catch (RuntimeException | SimulatedCrash e) {
        assertThat(e).isNotNull();
      }
    }

    @Override
    public void run(CrashPoint point) throws Exception {
      if (isAtLab) {
        sites.labFaults = state -> new Counting(state, point);
      } else {
        sites.burstFaults = state -> new Counting(state, point);
      }
      reopen();
      DataFlow flow = make();
      flow.start();
      boolean isThere = false;
      while (!isThere) {
        point.failIfCrashed();
        isThere = isInSync(flow);
      }
      Thread thread = new Thread(() -> delete(flow), "test-delete");
      deleting = thread;
      thread.start();
      while (thread.isAlive()) {
        point.failIfCrashed();
        Thread.onSpinWait();
      }
    }

    private boolean isInSync(DataFlow flow) {
      try {
        flow.awaitInSync(MOMENT);
        return true;
      } catch (KmeshException e) {
        return false;
      }
    }

    private void delete(DataFlow flow) {
      try {
        flow.delete();
      } catch (KmeshException | SimulatedCrash e) {
        assertThat(e).isNotNull(); // it is deleted again
      }
    }

    @Override
    public void recoverAndCheck(long seed) throws Exception {
      sites.labFaults = state -> state;
      sites.burstFaults = state -> state;
      reopen();
      Thread last = deleting;
      if (last != null) {
        last.join();
      }
      Optional<DataFlow> left = sites.lab.dataFlows().find("job42");
      if (last == null) {
        assertThat(sites.burst.dataFlows().list().size()).isLessThanOrEqualTo(1);
        DataFlow flow = make().start();
        flow.awaitInSync(LIMIT);
        DataFlow held = sites.burst.dataFlows().find("job42@lab").orElseThrow();
        assertThat(sites.burst.dataFlows().list()).containsExactly(held);
        assertThat(Files.readString(held.fileSystem().getPath("/mesh"))).isEqualTo("mesh");
        flow.delete();
      } else if (left.isPresent()) {
        left.get().delete();
      }
      assertThat(sites.lab.dataFlows().list()).isEmpty();
      assertThat(sites.burst.dataFlows().list()).isEmpty();
      assertThat(files("caches/job42")).isEmpty();
      assertThat(files("burst-flows")).isEmpty();
      assertThat(files("lab-flows")).isEmpty();
      sites.close();
    }

    private List<Path> files(String folder) throws IOException {
      Path there = sites.dir.resolve(folder);
      if (!Files.exists(there)) {
        return List.of();
      }
      try (Stream<Path> all = Files.list(there)) {
        return all.toList();
      }
    }
  }

  @Test
  void theSiteOfTheSource_mayDieAnywhere() {
    CrashPoints.Report report = CrashPoints.enumerate(() -> new World(true), 1);
    assertThat(report.operations()).isGreaterThan(4);
    assertThat(report.crashes()).isGreaterThan(8);
  }

  @Test
  void theSiteOfTheCache_mayDieAnywhere() {
    CrashPoints.Report report = CrashPoints.enumerate(() -> new World(false), 1);
    assertThat(report.operations()).isGreaterThan(3);
    assertThat(report.crashes()).isGreaterThan(6);
  }
}
