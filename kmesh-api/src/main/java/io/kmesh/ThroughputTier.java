// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

/**
 * A class of throughput that managed file systems are sold in, which grows with their capacity.
 *
 * @param value MB/s for each TiB of capacity, 1 to 1,000,000; 0 for the only or default one of a
 *     provider
 */
public record ThroughputTier(int value) {
  /** The only or default one of a provider. */
  public static final ThroughputTier DEFAULT = new ThroughputTier(0);

  private static final int MOST = 1_000_000;

  /** Checks the range. */
  public ThroughputTier {
    if (value < 0 || value > MOST) {
      throw new IllegalArgumentException(
          "Cannot use " + value + " MB/s for each TiB as a throughput tier: 0 to " + MOST + ".");
    }
  }

  @Override
  public String toString() {
    return value == 0 ? "default throughput" : value + " MB/s/TiB";
  }
}
