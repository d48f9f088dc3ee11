// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.unit.DataSize;

/**
 * How large and how fast a managed cluster is. Immutable.
 *
 * @param capacity what it is asked to hold; a provider has steps
 * @param throughput its class of throughput
 */
public record ClusterShape(DataSize capacity, ThroughputTier throughput) {
  /** Checks that it has a size. */
  public ClusterShape {
    if (capacity.equals(DataSize.ZERO)) {
      throw new IllegalArgumentException(
          "Cannot use a cluster without capacity. Give it more than zero bytes.");
    }
  }

  /** A capacity with the provider's default throughput. */
  public static ClusterShape of(DataSize capacity) {
    return new ClusterShape(capacity, ThroughputTier.DEFAULT);
  }

  @Override
  public String toString() {
    return capacity + ", " + throughput;
  }
}
