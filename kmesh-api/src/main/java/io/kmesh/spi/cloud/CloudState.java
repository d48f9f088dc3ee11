// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.cloud;

/** Where a resource stands. One that is gone has no state: it is not found. */
public enum CloudState {
  /** It is being made; {@link #AVAILABLE} or {@link #FAILED} follows. */
  CREATING,
  /** It can be used. */
  AVAILABLE,
  /** It can be used while it is changed; {@link CloudResource#lastChange} says how that stands. */
  UPDATING,
  /** It is there and cannot be used now: under repair, stopped or suspended. */
  UNAVAILABLE,
  /** It is being deleted. */
  DELETING,
  /** It will not become usable; it costs quota, and perhaps money, until it is deleted. */
  FAILED
}
