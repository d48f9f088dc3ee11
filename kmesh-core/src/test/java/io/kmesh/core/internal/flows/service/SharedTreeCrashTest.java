// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.spi.state.StateStore;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Ends the process before and after each write of the state while a flow joins another at a tree of
 * it, and while the older one goes: the next process has both or makes them, and all trees become
 * equal without a conflict.
 */
@Tag("crash")
class SharedTreeCrashTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir Path dir;

  private static DataFlow flow(Kmesh kmesh, Path from, Path to) {
    return kmesh
        .dataFlows()
        .ensure(
            from.getFileName() + "-" + to.getFileName(),
            f ->
                f.from(Endpoint.directory(from))
                    .to(Endpoint.directory(to))
                    .multiMaster(ConflictPolicy.newest())
                    .scanPause(Duration.ofMillis(50)));
  }

  private static Kmesh open(StateStore state, Path top) {
    return Kmesh.builder().state(state).flowFolder(top.resolve("flows")).build();
  }

  @ParameterizedTest
  @EnumSource
  void processThatEnds_leavesFlowsThatGoOn(EndingState.Side side) throws Exception {
    int crashes = 0;
    for (boolean hasCrashed = true; hasCrashed; ) {
      hasCrashed = run(Files.createDirectory(dir.resolve("run" + crashes)), crashes + 1, side);
      crashes += hasCrashed ? 1 : 0;
    }
    assertThat(crashes).isGreaterThanOrEqualTo(4); // group, flow, start, delete
  }

  private static boolean run(Path top, int at, EndingState.Side side) throws IOException {
    Path a = Files.createDirectory(top.resolve("a"));
    Path b = top.resolve("b");
    Path c = Files.createDirectory(top.resolve("c"));
    Files.writeString(a.resolve("of a"), "of a");
    Files.writeString(c.resolve("of c"), "of c");
    MemoryState state = MemoryState.create(RunningTime.instance());
    try (Kmesh kmesh = open(state, top)) {
      flow(kmesh, a, b).start().awaitInSync(LIMIT);
    }
    EndingState ending = new EndingState(state.reopen(), at, side);
    boolean hasCrashed = false;
    Kmesh kmesh = open(ending, top);
    ending.arm();
    try {
      DataFlow second = flow(kmesh, b, c).start();
      second.awaitInSync(LIMIT);
      kmesh.dataFlows().find("a-b").orElseThrow().delete();
    } catch (EndingState.Crash e) {
      hasCrashed = true;
    } finally {
      close(kmesh);
    }
    try (Kmesh next = open(state.reopen(), top)) {
      List<DataFlow> flows = List.of(flow(next, a, b).start(), flow(next, b, c).start());
      Files.writeString(a.resolve("late"), "late");
      for (int i = 0; i < 2; i++) {
        flows.forEach(f -> f.awaitInSync(LIMIT));
      }
      Map<String, String> first = DataFlowTest.facts(a);
      for (Path tree : List.of(b, c)) {
        assertThat(DataFlowTest.facts(tree)).as("%s %d %s", side, at, tree).isEqualTo(first);
      }
      assertThat(b.resolve("of c")).hasContent("of c");
      assertThat(c.resolve("of a")).hasContent("of a");
      assertThat(c.resolve("late")).hasContent("late");
      assertThat(flows.get(0).conflicts()).as("%s %d", side, at).isEmpty();
    }
    return hasCrashed;
  }

  private static void close(Kmesh kmesh) {
    try {
      kmesh.close();
    } catch (EndingState.Crash | RuntimeException e) {
      // its state is gone, as are its threads
    }
  }
}
