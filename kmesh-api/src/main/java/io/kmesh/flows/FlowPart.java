// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import io.kmesh.Endpoint;

/**
 * An end that is here of a flow that another site made. Immutable.
 *
 * @param flow the flow's name at that site
 * @param site that site
 * @param id the flow's id, of which there is one
 * @param tree the tree that the flow has here
 * @param isWritten whether the flow brings changes to the tree: no other flow may then, but such
 *     that share it
 * @param isConnected whether that site is connected about the flow now
 */
public record FlowPart(
    String flow, String site, String id, Endpoint tree, boolean isWritten, boolean isConnected) {
  /** What it is called here: {@code FLOW@SITE}. */
  public String name() {
    return flow + "@" + site;
  }
}
