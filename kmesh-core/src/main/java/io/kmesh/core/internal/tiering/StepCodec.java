// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.tiering.TieringPlan.Action;
import io.kmesh.tiering.TieringPlan.Step;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Steps of a plan as they are kept until it is applied. Format: docs/format/tiering-policy.md. */
final class StepCodec {
  static final int FORMAT = 0;

  private static final JsonMapper JSON = new JsonMapper();

  private StepCodec() {}

  static byte[] encode(List<Step> steps) throws IOException {
    ArrayNode list = JSON.createArrayNode();
    for (Step step : steps) {
      ObjectNode node =
          list.addObject()
              .put("path", HexFormat.of().formatHex(step.path().toBytes()))
              .put("fid", step.fid().toString())
              .put("size", step.size().bytes())
              .put("lastUse", step.lastUse().toString())
              .put("reason", step.reason());
      ArrayNode actions = node.putArray("actions");
      step.actions().forEach(a -> actions.add(a.name()));
    }
    return JSON.writeValueAsBytes(list);
  }

  static List<Step> decode(String name, int format, byte[] bytes) throws IOException {
    if (format != FORMAT) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot read the plan "
              + name
              + ": it has format "
              + format
              + ", this build knows "
              + FORMAT
              + ". Use the Kmesh release that wrote it.");
    }
    List<Step> steps = new ArrayList<>();
    try {
      for (JsonNode node : JSON.readTree(bytes)) {
        List<Action> actions = new ArrayList<>();
        node.path("actions").forEach(a -> actions.add(Action.valueOf(a.asText())));
        steps.add(
            new Step(
                PathBytes.of(HexFormat.of().parseHex(node.path("path").asText())),
                Fid.parse(node.path("fid").asText()),
                DataSize.ofBytes(node.path("size").asLong()),
                Instant.parse(node.path("lastUse").asText()),
                actions,
                node.path("reason").asText()));
      }
    } catch (com.fasterxml.jackson.core.JsonProcessingException
        | IllegalArgumentException
        | java.time.DateTimeException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read the plan " + name + ": " + e.getMessage() + ". Make the plan anew.",
          e);
    }
    return steps;
  }
}
