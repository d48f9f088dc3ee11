// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

/**
 * An entry that was found.
 *
 * @param snapshot where
 * @param entry what
 */
public record SnapshotMatch(Snapshot snapshot, SnapshotEntry entry) {}
