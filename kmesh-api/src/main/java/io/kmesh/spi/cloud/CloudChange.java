// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.cloud;

import io.kmesh.ClusterShape;

/**
 * A change of a resource's shape that was accepted.
 *
 * @param token the token that it was asked with
 * @param wanted the shape that it leads to
 * @param outcome how it stands
 * @param detail why it failed, for people; else empty
 */
public record CloudChange(CloudToken token, ClusterShape wanted, Outcome outcome, String detail) {
  /** How a change stands. */
  public enum Outcome {
    /** It goes on. */
    IN_PROGRESS,
    /** It is done. */
    DONE,
    /** It failed, and the resource has the shape that it had. */
    FAILED
  }
}
