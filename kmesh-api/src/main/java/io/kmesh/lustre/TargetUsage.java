// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;

/**
 * Space of one MDT or OST, as {@code lfs df} prints it.
 *
 * @param kind MDT or OST
 * @param index its index
 * @param uuid its name, such as {@code lustre-OST0000_UUID}
 * @param capacity all its space
 * @param used the space in use
 * @param inodes all its inodes
 * @param inodesUsed the inodes in use
 */
public record TargetUsage(
    Kind kind,
    int index,
    String uuid,
    DataSize capacity,
    DataSize used,
    long inodes,
    long inodesUsed) {
  /** The kind of a target. */
  public enum Kind {
    /** Metadata target. */
    MDT,
    /** Object storage target. */
    OST
  }

  /** The share of the space that is in use. */
  public Percent share() {
    return Percent.of(used.bytes(), capacity.bytes());
  }
}
