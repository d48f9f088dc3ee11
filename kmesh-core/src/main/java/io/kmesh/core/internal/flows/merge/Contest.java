// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;

/** How two versions of a register stand to each other. */
enum Contest {
  /** Both are one change. */
  SAME,
  /** Mine has taken the place of theirs. */
  MINE,
  /** Theirs has taken the place of mine. */
  THEIRS,
  /** Neither knows the other: somebody must decide. */
  OPEN;

  /**
   * Compares two versions. Vectors alone do not say it: one that was joined has seen changes that
   * its value lost to, and then the change itself tells whose value was written over.
   */
  static Contest of(Version mine, Version theirs) {
    if (mine.origin().equals(theirs.origin())) {
      return SAME;
    }
    VersionVector.Order order = theirs.seen().compare(mine.seen());
    if (order == VersionVector.Order.NEWER) {
      return THEIRS;
    }
    if (order == VersionVector.Order.OLDER) {
      return MINE;
    }
    boolean mineIsKnown = knows(theirs, mine.origin());
    boolean theirsIsKnown = knows(mine, theirs.origin());
    if (mineIsKnown == theirsIsKnown) {
      return OPEN;
    }
    return mineIsKnown ? THEIRS : MINE;
  }

  private static boolean knows(Version version, Dot dot) {
    return dot.equals(Dot.NONE) || version.seen().has(dot.replica(), dot.counter());
  }
}
