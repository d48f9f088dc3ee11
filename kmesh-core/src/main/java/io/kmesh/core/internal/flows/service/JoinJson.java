// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowSpec;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a site is asked to join: docs/format/flow-control.md, version 0. */
public final class JoinJson {
  private static final int FORMAT = 0;
  private static final Set<String> FIELDS =
      Set.of("format", "name", "side", "generation", "spec", "group");

  /**
   * What is asked.
   *
   * @param name the flow's name at the asking site
   * @param side the end that the asked site is
   * @param generation how often the direction was switched
   * @param spec the flow's specification, as the asking site has it
   * @param group the flows with which it shares a tree at the asking site; null when it is alone
   */
  public record Join(
      String name, Side side, long generation, FlowSpec spec, @Nullable MasterGroup group) {
    /** Of a flow that shares no tree. */
    public Join(String name, Side side, long generation, FlowSpec spec) {
      this(name, side, generation, spec, null);
    }

    /** How conflicts are decided; null of flows with one master. */
    public @Nullable String policy() {
      return spec.mode() instanceof FlowMode.MultiMaster mode
          ? MergedEnd.describe(mode.conflicts())
          : null;
    }
  }

  private JoinJson() {}

  /** Writes it. */
  public static ObjectNode write(Join join) {
    ObjectNode json = SpecJson.object(FORMAT);
    json.put("name", join.name()).put("side", join.side().name());
    json.put("generation", join.generation());
    json.set("spec", FlowSpecJson.write(join.spec()));
    MasterGroup group = join.group();
    if (group != null) {
      json.set("group", group.write());
    }
    return json;
  }

  /**
   * Reads it.
   *
   * @throws io.kmesh.spi.ProviderException when it is none, or one of another build
   */
  public static Join read(JsonNode json) throws IOException {
    return SpecJson.decode(
        "flow that another site asks to join",
        json.path("name").asText("?"),
        FORMAT,
        SpecJson.encode((ObjectNode) json),
        JoinJson::parse);
  }

  private static Join parse(JsonNode json) {
    SpecJson.onlyFields(json, FIELDS);
    FlowSpec spec = FlowSpecJson.read(SpecJson.required(json, "spec"));
    if (json.has("group") && !(spec.mode() instanceof FlowMode.MultiMaster)) {
      throw new IllegalArgumentException("only flows of several masters have a \"group\"");
    }
    return new Join(
        SpecJson.text(json, "name"),
        SpecJson.oneOf(json, "side", Side.class),
        SpecJson.count(json, "generation"),
        spec,
        json.has("group") ? MasterGroup.read(json.path("group")) : null);
  }
}
