// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Two changes that knew nothing of each other, and what was done. Immutable.
 *
 * @param kind what they changed
 * @param link the name that it is about; null when the node has none
 * @param winner the node that stands, or whose change stands
 * @param winnerVersion the version of the change that stands
 * @param loser the node of the other change; as the winner when both changed one node
 * @param loserVersion the version of the other change, whose origin names its bytes
 * @param action what was done with the loser
 * @param kept the node that has the loser's bytes now; null when it has none
 */
public record Conflict(
    Kind kind,
    @Nullable Link link,
    NodeId winner,
    Version winnerVersion,
    NodeId loser,
    Version loserVersion,
    Action action,
    @Nullable NodeId kept) {
  /** What was changed twice. */
  public enum Kind {
    /** The bytes of one file. */
    CONTENT,
    /** Owner, mode or extended attributes of one node. */
    ATTRIBUTES,
    /** What one name leads to. */
    NAME,
    /** Removed at one site, changed at another. */
    REMOVAL,
    /** A directory that was moved to two places. */
    MOVE,
    /** Directories that were moved into each other. */
    CIRCLE
  }

  /** What was done. */
  public enum Action {
    /** The loser has a name of its own now, or its name again. */
    KEPT,
    /** The loser is gone: the policy says so. */
    DROPPED,
    /** Both are one now. */
    JOINED
  }

  /** Who hears of conflicts. */
  public interface Listener {
    /** A conflict was found and settled here. */
    void found(Conflict conflict) throws IOException;
  }
}
