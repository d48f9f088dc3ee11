// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Layout;
import java.util.List;
import java.util.Map;

/**
 * What a simulated file system is made of; fixed when it is made.
 *
 * @param name the file system's name, such as {@code lustre}
 * @param mdtCapacities bytes of each MDT
 * @param ostCapacities bytes of each OST
 * @param pools the members of each pool
 * @param defaultLayout the layout of new files where no directory gives another
 */
public record Shape(
    String name,
    List<Long> mdtCapacities,
    List<Long> ostCapacities,
    Map<String, List<Integer>> pools,
    Layout defaultLayout) {
  /** Copies what is mutable. */
  public Shape {
    mdtCapacities = List.copyOf(mdtCapacities);
    ostCapacities = List.copyOf(ostCapacities);
    pools = Map.copyOf(pools);
  }
}
