// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.cloud;

/** What a provider can change of a resource that is there; a missing one is a typed refusal. */
public enum CloudCapability {
  /** More capacity. */
  GROW,
  /** Less capacity. */
  SHRINK,
  /** Another throughput tier. */
  CHANGE_THROUGHPUT
}
