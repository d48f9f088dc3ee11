// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.path.PathBytes;

/**
 * A difference between two snapshots.
 *
 * @param path below the top
 * @param kind what differs
 * @param type of the newer entry; of a removed one its own
 * @param sizeBefore of a regular file before, else 0
 * @param sizeAfter of a regular file after, else 0
 */
public record SnapshotChange(
    PathBytes path, Kind kind, io.kmesh.spi.posix.FileType type, long sizeBefore, long sizeAfter) {
  /** What differs. */
  public enum Kind {
    /** It is in the newer one only. */
    ADDED,
    /** It is in the older one only. */
    REMOVED,
    /** It is of another type. */
    TYPE,
    /** Its content differs. */
    CONTENT,
    /** Only mode, owner, times or attributes differ. */
    ATTRIBUTES
  }
}
