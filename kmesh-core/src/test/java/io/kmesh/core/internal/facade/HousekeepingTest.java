// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.kmesh.Kmesh;
import io.kmesh.OperationId;
import io.kmesh.Progress;
import io.kmesh.Receipt;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.core.internal.operations.OperationError;
import io.kmesh.core.internal.operations.OperationJournal;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.testkit.observe.RecordingObserver;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HousekeepingTest {
  private static final OperationError GONE =
      new OperationError(ErrorKind.NOT_FOUND, "Cannot find it: gone. Forget it.", Map.of());

  private final ManualTime time = ManualTime.create();
  private final MemoryState state = MemoryState.create(time);
  private final OperationJournal journal = new OperationJournal(state, time, new Random(1));

  private OperationId operation() throws IOException {
    return journal
        .create("hsm.archive", JsonNodeFactory.instance.objectNode().put("cluster", "lab"), "")
        .id();
  }

  private void await(String kind, long count) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (state.count(kind, "") != count) {
      assertThat(System.nanoTime()).as(kind).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  private Kmesh open(Duration keep) {
    return Kmesh.builder().state(state).time(time).keepEndedOperations(keep).build();
  }

  @Test
  void open_operationsThatEndedLongAgo_forgetsThemButNotTheUnknown() throws Exception {
    journal.fail(operation(), GONE, Progress.NONE);
    OperationId unknown = operation();
    journal.outcomeUnknown(unknown, GONE, Progress.NONE);
    OperationId open = operation();
    time.advance(Duration.ofDays(31));
    OperationId recent = operation();
    journal.fail(recent, GONE, Progress.NONE);
    try (Kmesh kmesh = Kmesh.builder().state(state).time(time).build()) {
      await("operation.ended", 2);
      assertThat(kmesh.operations().find(unknown, Receipt.class)).isPresent();
      assertThat(kmesh.operations().find(recent, Receipt.class)).isPresent();
      assertThat(kmesh.operations().find(open, Receipt.class)).isPresent();
    }
  }

  @Test
  void open_stepsThatNoOperationNeeds_forgetsThem() throws Exception {
    for (String kind : List.of("tiering.steps", "tiering.outcome")) {
      state.apply(
          List.of(
              new StateChange.Put(
                  new RecordKey(kind, "orphan/00000000"), "", 0, new byte[0], StateChange.ABSENT),
              new StateChange.Put(
                  new RecordKey(kind, "needed/00000000"), "", 0, new byte[0], StateChange.ABSENT)));
    }
    journal.outcomeUnknown(
        journal
            .create(
                "tiering.apply", JsonNodeFactory.instance.objectNode().put("plan", "needed"), "")
            .id(),
        GONE,
        Progress.NONE);
    try (Kmesh kmesh = open(Duration.ofDays(30))) {
      await("tiering.steps", 1);
      await("tiering.outcome", 1);
      assertThat(kmesh.operations().open()).isEmpty();
    }
    assertThat(state.find(new RecordKey("tiering.steps", "needed/00000000"))).isPresent();
  }

  @Test
  void open_negativeRetention_isRefused() {
    assertThatThrownBy(() -> open(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("PT-1S");
  }

  @Test
  void start_runsAtOnceAndEverySomeHoursUntilItIsClosed() {
    AtomicInteger runs = new AtomicInteger();
    RecordingObserver observer = new RecordingObserver();
    Housekeeping housekeeping =
        new Housekeeping(
            time,
            Runnable::run,
            new Observers(time, List.of(observer)),
            List.of(
                () -> {
                  throw new IOException("the disk is full");
                },
                runs::incrementAndGet));
    housekeeping.start();
    assertThat(runs).hasValue(1);
    time.advance(Housekeeping.INTERVAL);
    assertThat(runs).hasValue(2);
    assertThat(observer.events()).filteredOn(e -> e.type().equals("state.not-tidied")).hasSize(2);
    housekeeping.close();
    time.advance(Housekeeping.INTERVAL.multipliedBy(3));
    assertThat(runs).hasValue(2);
  }
}
