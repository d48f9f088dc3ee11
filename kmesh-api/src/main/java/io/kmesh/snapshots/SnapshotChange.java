// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import io.kmesh.unit.DataSize;

/**
 * A difference between two snapshots.
 *
 * @param path below the top
 * @param kind what differs
 * @param type of the newer entry; of a removed one its own
 * @param sizeBefore of a regular file before, else zero
 * @param sizeAfter of a regular file after, else zero
 */
public record SnapshotChange(
    PathBytes path, Kind kind, FileType type, DataSize sizeBefore, DataSize sizeAfter) {
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
