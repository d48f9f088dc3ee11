// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.tiering.TieringPlan.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps the steps of plans that are applied, chunk by chunk, what became of each chunk, and which
 * policies are on their way down. Thread-safe.
 */
final class PlanStore {
  static final String STEPS = "tiering.steps";
  static final String OUTCOMES = "tiering.outcome";

  private static final String UNDER_WAY = "tiering.under-way";
  private static final int CHUNK = 500;
  private static final int PAGE = 50; // each has the steps of a chunk

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
                  key(STEPS, plan, chunks), "", StepCodec.FORMAT, bytes, StateChange.ABSENT)));
      chunks++;
    }
    return chunks;
  }

  /**
   * The steps of a chunk that has no outcome.
   *
   * @throws IOException CORRUPT when they are not there
   */
  List<Step> chunk(String plan, int chunk) throws IOException {
    RecordKey key = key(STEPS, plan, chunk);
    StateRecord record =
        state
            .find(key)
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.CORRUPT,
                        "Cannot apply the plan "
                            + plan
                            + ": the state has neither the steps nor the outcome of its part "
                            + chunk
                            + ". Plan again."));
    return StepCodec.decode(key.id(), record.format(), record.payload());
  }

  /** Puts what became of a chunk in the place of its steps. */
  void settle(String plan, int chunk, int format, byte[] outcome) throws IOException {
    state.apply(
        List.of(
            new StateChange.Delete(key(STEPS, plan, chunk), StateChange.ANY),
            new StateChange.Put(key(OUTCOMES, plan, chunk), "", format, outcome, StateChange.ANY)));
  }

  /** What became of a chunk; empty when that is still to be seen. */
  Optional<byte[]> outcome(String plan, int chunk) throws IOException {
    return state.find(key(OUTCOMES, plan, chunk)).map(StateRecord::payload);
  }

  /**
   * Forgets all plans but some.
   *
   * @return how many records went
   */
  long forgetOthers(Set<String> plans) throws IOException {
    return forgetOthers(STEPS, plans) + forgetOthers(OUTCOMES, plans);
  }

  private long forgetOthers(String kind, Set<String> plans) throws IOException {
    long forgotten = 0;
    String after = "";
    while (true) {
      List<StateRecord> page = state.scan(kind, "", after, PAGE);
      List<StateChange> deletes = new ArrayList<>();
      for (StateRecord record : page) {
        after = record.key().id();
        if (!plans.contains(after.substring(0, Math.max(0, after.lastIndexOf('/'))))) {
          deletes.add(new StateChange.Delete(record.key(), StateChange.ANY));
        }
      }
      if (!deletes.isEmpty()) {
        state.apply(deletes);
        forgotten += deletes.size();
      }
      if (page.size() < PAGE) {
        return forgotten;
      }
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

  private static RecordKey key(String kind, String plan, int chunk) {
    return new RecordKey(kind, String.format(Locale.ROOT, "%s/%08d", plan, chunk));
  }
}
