// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import java.util.List;

/**
 * Snapshots of several sites at one moment.
 *
 * @param id 16 hexadecimal digits, which each of them knows: {@link Snapshot#cut}
 * @param snapshots in the order in which the sites were named
 */
public record SnapshotCut(String id, List<Snapshot> snapshots) {
  /** Copies the list. */
  public SnapshotCut {
    snapshots = List.copyOf(snapshots);
  }
}
