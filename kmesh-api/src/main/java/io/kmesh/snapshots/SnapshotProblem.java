// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.path.PathBytes;

/**
 * An entry that could not be taken, restored, or shown in a virtual copy, as it is.
 *
 * @param path where, below the top
 * @param reason why, and what became of it
 */
public record SnapshotProblem(PathBytes path, String reason) {
  /** How many of them a result names. */
  public static final int MOST = 1000;
}
