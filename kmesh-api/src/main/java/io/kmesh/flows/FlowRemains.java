// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import java.util.List;

/**
 * What stays of a flow that was deleted. Immutable.
 *
 * @param kept folders of the flow's own that were not removed, because something is in them that
 *     may be a user's, or for the reason that is said: by path, for people to look at and remove
 */
public record FlowRemains(List<FlowProblem> kept) {
  /** Nothing stays. */
  public static final FlowRemains NONE = new FlowRemains(List.of());

  /** With a copy of the list. */
  public FlowRemains {
    kept = List.copyOf(kept);
  }
}
