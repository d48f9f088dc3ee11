// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.Operation;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotCut;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultyStateStore;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Ends the process anywhere while it takes two sites at one moment, in its hooks too: the next
 * process thaws what was left frozen, and takes the cut once or not at all.
 */
@Tag("crash")
class SnapshotCutCrashTest extends OperationCrashes {
  private final Set<String> frozen = new ConcurrentSkipListSet<>();
  private final MemoryState steps = MemoryState.create(RunningTime.instance());

  @AfterEach
  void closeSteps() throws IOException {
    steps.close();
  }

  /** Freezes nothing when its process is dead, and may die before and after it did. */
  private final class Hook implements QuiesceHook {
    private final String name;
    private final FaultyStateStore process;

    Hook(String name, FaultInjector injector) {
      this.name = name;
      this.process = FaultyStateStore.of(steps, injector);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void freeze(String cut) throws IOException {
      process.append("", name, "freeze", cut);
      frozen.add(name);
      process.append("", name, "frozen", cut);
    }

    @Override
    public void thaw(String cut) throws IOException {
      process.append("", name, "thaw", cut);
      frozen.remove(name);
      process.append("", name, "thawed", cut);
    }
  }

  @Override
  void configure(Kmesh.Builder builder, FaultInjector injector) {
    builder.quiesceHook(new Hook("db", injector)).quiesceHook(new Hook("writer", injector));
  }

  private void awaitThawed() throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!frozen.isEmpty()) {
      assertThat(System.nanoTime()).as("still frozen: " + frozen).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void takeTogether_killedAnywhere_thawsAndIsTakenOnce() throws Exception {
    Path second = Files.createDirectory(directory.resolve("second"));
    Files.writeString(second.resolve("f"), "content");
    enumerate(
        SnapshotCut.class,
        READS,
        new Scenario<SnapshotCut>() {
          @Override
          public Operation<SnapshotCut> start(Kmesh kmesh, Path place) {
            return kmesh
                .snapshots()
                .takeTogether(
                    "cut",
                    c ->
                        c.site(source(), s -> s.readEverything())
                            .site(Endpoint.directory(second), s -> s.hold("paper", "figure 3"))
                            .hook("db")
                            .hook("writer"));
          }

          @Override
          public void check(Kmesh kmesh, Path place, Optional<SnapshotCut> result)
              throws IOException {
            awaitThawed();
            assertThat(kmesh.snapshots().list(q -> q.named("cut")))
                .hasSize(result.isPresent() ? 2 : 0);
            if (result.isPresent()) {
              assertThat(result.get().snapshots())
                  .extracting(Snapshot::cut)
                  .containsOnly(Optional.of(result.get().id()));
              assertThat(result.get().snapshots().get(1).holds()).containsKey("paper");
              result.get().snapshots().get(0).restore(Endpoint.directory(place)).await(LIMIT);
              assertThat(facts(place)).isEqualTo(facts(source));
            }
          }
        });
  }
}
