// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.EndpointJson;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import io.kmesh.core.internal.flows.service.HostedMaster;
import io.kmesh.core.internal.flows.service.MasterGroup;
import io.kmesh.core.internal.json.SpecJson;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of an end that runs here for another site: docs/format/flow-control.md, version 0.
 *
 * @param site the site that made the flow
 * @param name the flow's name there
 * @param side which end it is
 * @param generation the last switch of direction that was joined
 * @param tree the tree, by the export as it was then
 * @param isMerged whether it is one of several masters
 * @param group the flows with which it shares trees; null when there are none, or an earlier build
 *     did not note it
 * @param policy how it decides conflicts; null of one master, or as above
 */
record PartRecord(
    String site,
    String name,
    Side side,
    long generation,
    Endpoint tree,
    boolean isMerged,
    @Nullable MasterGroup group,
    @Nullable String policy) {
  static final int FORMAT = 0;
  private static final String MERGED = "merged";
  private static final String GROUP = "group";
  private static final String POLICY = "policy";
  private static final Set<String> FIELDS =
      Set.of("format", "site", "name", "side", "generation", "tree", MERGED, GROUP, POLICY);

  /** Of a flow that shares no tree. */
  PartRecord(
      String site, String name, Side side, long generation, Endpoint tree, boolean isMerged) {
    this(site, name, side, generation, tree, isMerged, null, null);
  }

  PartRecord in(MasterGroup next) {
    return new PartRecord(site, name, side, generation, tree, isMerged, next, policy);
  }

  /** It, as what this site's own flows may share a tree with. */
  HostedMaster hosted(String flow) {
    return new HostedMaster(flow, name, site, tree, side, group, policy);
  }

  /** Whether changes of the other site are brought to the tree. */
  boolean isTarget() {
    return isMerged || (side == Side.TARGET) != (generation % 2 != 0);
  }

  byte[] encode() {
    ObjectNode json = SpecJson.object(FORMAT);
    json.put("site", site).put("name", name).put("side", side.name());
    json.put("generation", generation);
    json.set("tree", EndpointJson.write(tree));
    if (isMerged) {
      json.put(MERGED, true);
    }
    if (group != null) {
      json.set(GROUP, group.write());
    }
    if (policy != null) {
      json.put(POLICY, policy);
    }
    return SpecJson.encode(json);
  }

  static PartRecord decode(String flow, byte[] bytes) throws IOException {
    return SpecJson.decode("part of a flow", flow, FORMAT, bytes, PartRecord::read);
  }

  private static PartRecord read(JsonNode json) {
    SpecJson.onlyFields(json, FIELDS);
    JsonNode merged = json.path(MERGED);
    if (!merged.isMissingNode() && !merged.isBoolean()) {
      throw new IllegalArgumentException("\"" + MERGED + "\" is not true or false");
    }
    return new PartRecord(
        SpecJson.text(json, "site"),
        SpecJson.text(json, "name"),
        SpecJson.oneOf(json, "side", Side.class),
        SpecJson.count(json, "generation"),
        EndpointJson.read(SpecJson.required(json, "tree")),
        merged.asBoolean(),
        json.has(GROUP) ? MasterGroup.read(json.path(GROUP)) : null,
        json.has(POLICY) ? SpecJson.text(json, POLICY) : null);
  }
}
