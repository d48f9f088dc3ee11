// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import java.time.Instant;
import java.util.List;

/**
 * What a run of a policy did.
 *
 * @param policy the policy's name
 * @param due when it was due
 * @param snapshot what was taken
 * @param forgotten ids of the policy's snapshots that its retention forgot
 */
public record SnapshotPolicyRun(
    String policy, Instant due, Snapshot snapshot, List<String> forgotten) {
  /** Copies the list. */
  public SnapshotPolicyRun {
    forgotten = List.copyOf(forgotten);
  }
}
