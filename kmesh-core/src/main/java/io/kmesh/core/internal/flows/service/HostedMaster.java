// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import org.jspecify.annotations.Nullable;

/**
 * A tree of this site that a flow of several masters of another site has.
 *
 * @param flow the flow's id
 * @param name its name there
 * @param site the site that made it
 * @param tree the tree here
 * @param side which end of the flow it is
 * @param group the flows that share trees with it; null when none did so far
 * @param policy how it decides conflicts; null when an earlier build did not note it
 */
public record HostedMaster(
    String flow,
    String name,
    String site,
    Endpoint tree,
    Side side,
    @Nullable MasterGroup group,
    @Nullable String policy) {
  /** Its place among the flows that share trees: by itself, when it is alone. */
  public MasterGroup place() {
    return group == null ? new MasterGroup(flow, 0, 1) : group;
  }

  /** The number of the tree. */
  public int end() {
    return place().end(side);
  }

  boolean isOf(String shared) {
    return place().id().equals(shared);
  }

  /** For people. */
  String describe() {
    return "\"" + name + "\" of " + site;
  }
}
