// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

/** Where a component's data lie. Source: {@code enum lov_pattern}. */
public enum StripePattern {
  /** Striped over OST objects. */
  RAID0,
  /** On the MDT (Data-on-MDT). */
  MDT,
  /** Several stripes on one OST. */
  OVERSTRIPED,
  /** A pattern of another file system or a newer release. */
  FOREIGN
}
