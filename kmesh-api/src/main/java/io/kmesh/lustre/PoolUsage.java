// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.util.List;

/**
 * Space of one OST pool.
 *
 * @param name the pool's name without the file system's
 * @param osts the indices of its members
 * @param capacity all its space
 * @param used the space in use
 */
public record PoolUsage(String name, List<Integer> osts, DataSize capacity, DataSize used) {
  /** Copies the list. */
  public PoolUsage {
    osts = List.copyOf(osts);
  }

  /** The share of the space that is in use. */
  public Percent share() {
    return Percent.of(used.bytes(), capacity.bytes());
  }
}
