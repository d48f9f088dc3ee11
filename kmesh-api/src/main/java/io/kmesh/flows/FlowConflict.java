// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import java.time.Instant;

/**
 * Two changes that were made at both ends before either knew of the other, and what the flow did.
 * Immutable.
 *
 * @param id names it for {@link DataFlow#resolve}
 * @param kind what was changed twice
 * @param path of what stands, below the flow's top, printable; where it was found when it is gone
 * @param winner the end whose change stands; empty while only ends tell of it that did not decide
 *     it
 * @param loser the end whose change does not
 * @param policy which policy decided: {@code newest}, {@code sites} or {@code keepBoth}; {@code
 *     rule} where all policies do the same
 * @param keptEnd the end at which the loser's bytes are kept; {@code both} for a file of the flow;
 *     empty when there are none, or they were not put aside yet
 * @param kept where they are, below the flow's top, printable; empty as above
 * @param found when the first of the ends that were asked found it, by its clock
 */
public record FlowConflict(
    String id,
    Kind kind,
    String path,
    String winner,
    String loser,
    String policy,
    String keptEnd,
    String kept,
    Instant found) {
  /** What was changed twice. */
  public enum Kind {
    /** The bytes of one file. */
    CONTENT,
    /** Owner, mode or extended attributes. */
    ATTRIBUTES,
    /** What a name leads to: both ends made it, or moved something there. */
    NAME,
    /** Removed at one end, changed or moved at the other: it stays. */
    REMOVAL,
    /** A directory that was moved to two places: the later move stands. */
    MOVE,
    /** Directories that were moved into each other: one is at the top now. */
    CIRCLE
  }

  /** What somebody decides about it. */
  public enum Choice {
    /** What stands is right: the loser's bytes go, where they are kept. */
    KEEP_WINNER,
    /** The loser's bytes take the place of what has the path now, which goes. */
    TAKE_LOSER
  }
}
