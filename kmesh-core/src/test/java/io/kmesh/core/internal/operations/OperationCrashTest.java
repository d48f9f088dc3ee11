// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.OperationState;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.spi.state.StateStore;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Kills the process before and after each write of an operation's life, and of its recovery. */
final class OperationCrashTest {
  private static final int UNITS = 5;
  private static final OperationId ID = new OperationId("the-operation");

  private final ManualTime time = ManualTime.create();

  private OperationRunner runner(StateStore state, Map<String, Integer> world) {
    return new OperationRunner(
        new OperationJournal(state, time, new Random(1)),
        time,
        new Observers(time, List.of()),
        Runnable::run,
        List.of(new CountingHandler(state, world)));
  }

  /** Asks for the operation until it is there, as a host program does after a crash. */
  private Operation<Long> begin(StateStore state, Map<String, Integer> world) {
    CountingHandler handler = new CountingHandler(state, world);
    OperationRunner runner =
        new OperationRunner(
            new OperationJournal(state, time, new Random(1)),
            time,
            new Observers(time, List.of()),
            Runnable::run,
            List.of(handler));
    return runner.ensure(ID, handler, CountingHandler.spec(UNITS), "");
  }

  private int writesOfTheWholeLife() {
    CrashingState state =
        new CrashingState(MemoryState.create(time), Integer.MAX_VALUE, CrashingState.When.BEFORE);
    begin(state, new TreeMap<>());
    return state.writes();
  }

  private void crash(
      StateStore state, Map<String, Integer> world, int at, CrashingState.When when) {
    CrashingState crashing = new CrashingState(state, at, when);
    try {
      begin(crashing, world);
    } catch (CrashingState.Crash e) {
      return; // as it should be; a recovery may have fewer writes than the number of the crash
    }
  }

  private static void assertDoneOnce(StateStore state, Map<String, Integer> world, String where)
      throws IOException {
    assertThat(world).as(where).hasSize(UNITS).allSatisfy((u, n) -> assertThat(n).isEqualTo(1));
    assertThat(state.count("test.done", "")).as(where).isEqualTo(UNITS);
    assertThat(state.count(IntentLog.KIND, "")).as(where).isZero();
    assertThat(state.count(OperationJournal.OPEN, "")).as(where).isZero();
    assertThat(state.count(OperationJournal.ENDED, "")).as(where).isEqualTo(1);
  }

  @Test
  void resume_whenKilledAtAnyWrite_repeatsNoEffectAndFinishes() throws IOException {
    int writes = writesOfTheWholeLife();
    assertThat(writes).isGreaterThan(8);
    for (int at = 1; at <= writes; at++) {
      for (CrashingState.When when : CrashingState.When.values()) {
        String where = when + " write " + at + " of " + writes;
        MemoryState state = MemoryState.create(time);
        Map<String, Integer> world = new TreeMap<>();
        crash(state, world, at, when);

        MemoryState next = state.reopen();
        runner(next, world).resume();
        Operation<Long> operation = begin(next, world);

        assertThat(operation.await(Duration.ofSeconds(1))).as(where).isEqualTo(UNITS);
        assertThat(operation.state()).as(where).isEqualTo(OperationState.SUCCEEDED);
        assertDoneOnce(next, world, where);
      }
    }
  }

  @Test
  void resume_whenKilledAgainInRecovery_repeatsNoEffectAndFinishes() throws IOException {
    int writes = writesOfTheWholeLife();
    for (int first = 1; first <= writes; first++) {
      for (int second = 1; second <= writes; second++) {
        for (CrashingState.When when : CrashingState.When.values()) {
          String where = when + " writes " + first + " and then " + second;
          MemoryState state = MemoryState.create(time);
          Map<String, Integer> world = new TreeMap<>();
          crash(state, world, first, CrashingState.When.BEFORE);
          state = state.reopen();
          crash(state, world, second, when);
          state = state.reopen();

          assertThat(begin(state, world).await(Duration.ofSeconds(1))).as(where).isEqualTo(UNITS);
          assertDoneOnce(state, world, where);
        }
      }
    }
  }
}
