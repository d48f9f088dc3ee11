// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.FlowRate;
import io.kmesh.unit.DataSize;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The rate in a flow's specification: docs/format/flow-spec.md, version 0. Stateless. */
public final class FlowRateJson {
  private static final Set<String> FIELDS = Set.of("zone", "otherwise", "windows");
  private static final Set<String> WINDOW = Set.of("days", "from", "to", "rate");

  private FlowRateJson() {}

  static ObjectNode write(FlowRate rate) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("zone", rate.zone().getId());
    rate.otherwise().ifPresent(size -> json.put("otherwise", size.bytes()));
    ArrayNode windows = json.putArray("windows");
    for (FlowRate.Window window : rate.windows()) {
      ObjectNode one = windows.addObject();
      ArrayNode days = one.putArray("days");
      window.days().forEach(day -> days.add(day.name()));
      one.put("from", window.from().toString()).put("to", window.to().toString());
      window.perSecond().ifPresent(size -> one.put("rate", size.bytes()));
    }
    return json;
  }

  static FlowRate read(JsonNode json) {
    SpecJson.onlyFields(json, FIELDS);
    List<FlowRate.Window> windows = new ArrayList<>();
    for (JsonNode window : array(json, "windows")) {
      SpecJson.onlyFields(window, WINDOW);
      Set<DayOfWeek> days = new TreeSet<>();
      for (JsonNode day : array(window, "days")) {
        if (!days.add(DayOfWeek.valueOf(day.asText()))) {
          throw new IllegalArgumentException("a day is there twice");
        }
      }
      windows.add(
          new FlowRate.Window(
              days,
              LocalTime.parse(SpecJson.text(window, "from")),
              LocalTime.parse(SpecJson.text(window, "to")),
              size(window, "rate")));
    }
    return new FlowRate(ZoneId.of(SpecJson.text(json, "zone")), size(json, "otherwise"), windows);
  }

  private static JsonNode array(JsonNode json, String field) {
    JsonNode value = SpecJson.required(json, field);
    if (!value.isArray()) {
      throw new IllegalArgumentException("\"" + field + "\" is no array");
    }
    return value;
  }

  private static @Nullable DataSize size(JsonNode json, String field) {
    JsonNode value = json.get(field);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IllegalArgumentException("\"" + field + "\" is no number of bytes");
    }
    return DataSize.ofBytes(value.longValue());
  }
}
