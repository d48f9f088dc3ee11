// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.tiering.TieringPlan.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keeps the steps of plans that are applied, and which policies are on their way down. Thread-safe.
 */
final class PlanStore {
  private static final String STEPS = "tiering.steps";
  private static final String UNDER_WAY = "tiering.under-way";
  private static final int CHUNK = 500;

  private final StateStore state;

  PlanStore(StateStore state) {
    this.state = state;
  }

  /** Keeps steps and gives the number of chunks. */
  int keep(String plan, List<Step> steps) throws IOException {
    int chunks = 0;
    for (int i = 0; i < steps.size(); i += CHUNK) {
      byte[] bytes = StepCodec.encode(steps.subList(i, Math.min(i + CHUNK, steps.size())));
      state.apply(
          List.of(
              new StateChange.Put(
                  key(plan, chunks), "", StepCodec.FORMAT, bytes, StateChange.ANY)));
      chunks++;
    }
    return chunks;
  }

  List<Step> chunk(String plan, int chunk) throws IOException {
    RecordKey key = key(plan, chunk);
    Optional<StateRecord> record = state.find(key);
    return record.isEmpty()
        ? List.of()
        : StepCodec.decode(key.id(), record.get().format(), record.get().payload());
  }

  void forget(String plan, int chunks) throws IOException {
    List<StateChange> changes = new ArrayList<>();
    for (int i = 0; i < chunks; i++) {
      changes.add(new StateChange.Delete(key(plan, i), StateChange.ANY));
    }
    if (!changes.isEmpty()) {
      state.apply(changes);
    }
  }

  boolean isUnderWay(String policy) throws IOException {
    return state.find(new RecordKey(UNDER_WAY, policy)).isPresent();
  }

  void begin(String policy) throws IOException {
    state.apply(
        List.of(
            new StateChange.Put(
                new RecordKey(UNDER_WAY, policy), "", 0, new byte[0], StateChange.ANY)));
  }

  void end(String policy) throws IOException {
    state.apply(List.of(new StateChange.Delete(new RecordKey(UNDER_WAY, policy), StateChange.ANY)));
  }

  private static RecordKey key(String plan, int chunk) {
    return new RecordKey(STEPS, String.format("%s/%08d", plan, chunk));
  }
}
