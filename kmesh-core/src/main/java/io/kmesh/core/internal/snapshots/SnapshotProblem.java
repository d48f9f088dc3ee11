// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.path.PathBytes;

/**
 * What could not be taken, or restored.
 *
 * @param path where, below the top
 * @param reason why, and what became of it
 */
public record SnapshotProblem(PathBytes path, String reason) {}
