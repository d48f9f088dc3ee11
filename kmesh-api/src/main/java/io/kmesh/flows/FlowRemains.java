// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import java.util.List;
import java.util.Optional;

/**
 * What stays of a flow that was deleted. Immutable.
 *
 * @param kept folders of the flow's own that were not removed, because something is in them that
 *     may be a user's, or for the reason that is said: by path, for people to look at and remove
 * @param toTell the site of the other end that was not told, since it was not reached: it is, when
 *     it is reached again, by whoever has this state open; until then it keeps its part of the flow
 */
public record FlowRemains(List<FlowProblem> kept, Optional<String> toTell) {
  /** Nothing stays. */
  public static final FlowRemains NONE = new FlowRemains(List.of(), Optional.empty());

  /** With a copy of the list. */
  public FlowRemains {
    kept = List.copyOf(kept);
  }
}
