// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

/**
 * How a flow places.
 *
 * @param flow its name: 1 to 128 bytes, part of the names of what is being made
 * @param keys which object something is
 * @param existing what becomes of files that are there and look like the flow's
 * @param threads how many threads work on independent entries, the caller's included; 1 to 64
 * @param openDirectories the most directories that are kept open; 16 or more
 */
public record PlaceSettings(
    String flow, LocalKeys keys, Existing existing, int threads, int openDirectories) {
  /** What becomes of a file that nobody placed and that has a wanted one's name, size and time. */
  public enum Existing {
    /** It is displaced when the flow's own comes; until then it may be a source of chunks. */
    DISPLACE,
    /** It is taken for the wanted one. */
    ADOPT,
    /**
     * The tree's users made it, who change all of the tree: what is not as it was placed stays
     * until somebody looked at it ({@link Placer#takeDoubts}).
     */
    SHARED
  }

  /** Checks the ranges. */
  public PlaceSettings {
    if (threads < 1 || threads > 64 || openDirectories < 16) {
      throw new IllegalArgumentException(
          "Cannot place with "
              + threads
              + " threads and "
              + openDirectories
              + " open directories. Give 1 to 64 and at least 16.");
    }
  }

  /** What serves most: few threads, 1,024 directories, nothing adopted. */
  public static PlaceSettings of(String flow, LocalKeys keys) {
    return new PlaceSettings(flow, keys, Existing.DISPLACE, 4, 1024);
  }

  /** The same for a tree that its users change too. */
  public static PlaceSettings shared(String flow, LocalKeys keys) {
    return new PlaceSettings(flow, keys, Existing.SHARED, 4, 1024);
  }
}
