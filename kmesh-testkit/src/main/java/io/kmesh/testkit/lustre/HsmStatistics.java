// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

import io.kmesh.lustre.HsmActionKind;
import java.util.Map;

/**
 * What the coordinators of all MDTs counted since the simulated file system was opened.
 *
 * @param queued actions that entered a queue, by kind; swallowed ones are not counted
 * @param delivered actions that a copytool was sent, by kind
 * @param succeeded actions that ended with success, by kind
 * @param failed actions that ended with an error, timed out, or were refused at sending, by kind
 */
public record HsmStatistics(
    Map<HsmActionKind, Long> queued,
    Map<HsmActionKind, Long> delivered,
    Map<HsmActionKind, Long> succeeded,
    Map<HsmActionKind, Long> failed) {
  /** Copies the maps. */
  public HsmStatistics {
    queued = Map.copyOf(queued);
    delivered = Map.copyOf(delivered);
    succeeded = Map.copyOf(succeeded);
    failed = Map.copyOf(failed);
  }

  /** How many actions of a kind were queued. */
  public long queued(HsmActionKind kind) {
    return queued.getOrDefault(kind, 0L);
  }

  /** How many actions of a kind were sent to a copytool. */
  public long delivered(HsmActionKind kind) {
    return delivered.getOrDefault(kind, 0L);
  }

  /** How many actions of a kind ended with success. */
  public long succeeded(HsmActionKind kind) {
    return succeeded.getOrDefault(kind, 0L);
  }

  /** How many actions of a kind ended otherwise. */
  public long failed(HsmActionKind kind) {
    return failed.getOrDefault(kind, 0L);
  }
}
