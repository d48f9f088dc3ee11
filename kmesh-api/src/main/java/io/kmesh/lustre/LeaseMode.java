// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

/** What a lease on a file keeps others from doing unseen. Source: {@code enum ll_lease_mode}. */
public enum LeaseMode {
  /** Opening it for writing breaks the lease. */
  READ,
  /** Opening it at all breaks the lease. */
  WRITE
}
