// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Adds to counters in a world that survives the process; an addition that is done twice is seen.
 * Works as a real handler does: intents first, then the effect, then both settled at once.
 */
final class CountingHandler implements OperationHandler<Long> {
  private static final int BATCH = 2;

  private final StateStore state;
  private final Map<String, Integer> world;

  CountingHandler(StateStore state, Map<String, Integer> world) {
    this.state = state;
    this.world = world;
  }

  static ObjectNode spec(int units) {
    return JsonNodeFactory.instance.objectNode().put("format", 0).put("units", units);
  }

  @Override
  public String type() {
    return "test.count";
  }

  @Override
  public Class<Long> resultType() {
    return Long.class;
  }

  @Override
  public Long run(ObjectNode spec, OperationContext context) throws IOException {
    settleWhatACrashLeft(context);
    List<String> batch = new ArrayList<>();
    int units = spec.path("units").asInt();
    for (int i = 0; i < units; i++) {
      context.checkCancelled();
      String unit = "unit-" + i;
      if (state.find(done(context, unit)).isEmpty()) {
        batch.add(unit);
      }
      if (batch.size() == BATCH || (i == units - 1 && !batch.isEmpty())) {
        count(batch, context);
        batch.clear();
      }
    }
    return state.count("test.done", context.id() + "/");
  }

  private void count(List<String> units, OperationContext context) throws IOException {
    context.intents().begin(units.stream().map(u -> new Intent(u, "count up " + u)).toList());
    for (String unit : units) {
      world.merge(unit, 1, Integer::sum);
    }
    settle(units, context);
  }

  private void settleWhatACrashLeft(OperationContext context) throws IOException {
    Map<String, List<String>> byOutcome = new TreeMap<>();
    for (Intent intent : context.intents().open("", 100)) {
      String outcome = world.containsKey(intent.unit()) ? "happened" : "not";
      byOutcome.computeIfAbsent(outcome, o -> new ArrayList<>()).add(intent.unit());
    }
    if (byOutcome.containsKey("happened")) {
      settle(byOutcome.get("happened"), context);
    }
    if (byOutcome.containsKey("not")) {
      context.intents().settle(byOutcome.get("not"), List.of());
    }
  }

  private static void settle(List<String> units, OperationContext context) throws IOException {
    List<StateChange> outcome = new ArrayList<>();
    for (String unit : units) {
      outcome.add(
          new StateChange.Put(
              done(context, unit), context.owner(), 0, new byte[0], StateChange.ABSENT));
    }
    context.intents().settle(units, outcome);
  }

  private static RecordKey done(OperationContext context, String unit) {
    return new RecordKey("test.done", context.id() + "/" + unit);
  }

  @Override
  public ObjectNode encode(Long result) {
    return JsonNodeFactory.instance.objectNode().put("format", 0).put("counted", result);
  }

  @Override
  public Long decode(ObjectNode json) {
    return json.path("counted").asLong();
  }
}
