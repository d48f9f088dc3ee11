// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.Fid;
import java.util.OptionalLong;

/**
 * An exchange of two files' layouts, and with them of their data; see {@link LustreLayouts#swap}.
 *
 * @param first a regular file
 * @param second another one, on the same MDT
 * @param firstVersion the data version that the first must have; empty for any
 * @param secondVersion the data version that the second must have; empty for any
 * @param guard what keeps others from the first meanwhile
 */
public record LayoutSwap(
    Fid first, Fid second, OptionalLong firstVersion, OptionalLong secondVersion, Guard guard) {
  /** What keeps others from the first file meanwhile. */
  public enum Guard {
    /** Nothing: who has a file open reads and writes the other's bytes from then on. */
    NONE,

    /**
     * A lease: it is refused when somebody has the first open for writing, and nothing is swapped
     * when somebody opens it so before the swap.
     */
    LEASE
  }

  /** A swap without conditions. */
  public static LayoutSwap of(Fid first, Fid second) {
    return new LayoutSwap(first, second, OptionalLong.empty(), OptionalLong.empty(), Guard.NONE);
  }

  /** The same, if the files still have these data versions. */
  public LayoutSwap atVersions(long ofFirst, long ofSecond) {
    return new LayoutSwap(
        first, second, OptionalLong.of(ofFirst), OptionalLong.of(ofSecond), guard);
  }

  /** The same under a lease on the first. */
  public LayoutSwap underLease() {
    return new LayoutSwap(first, second, firstVersion, secondVersion, Guard.LEASE);
  }
}
