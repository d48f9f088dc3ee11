// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.spi.lustre.LustreBinding;
import java.util.Map;
import java.util.TreeMap;

/**
 * The changelogs of a file system, for snapshots of it.
 *
 * @param lustre the file system; its tree is what is taken
 * @param users the changelog user of each MDT that stands for the snapshots of one source and for
 *     nothing else: it keeps the records that the next snapshot needs
 */
public record ChangelogSource(LustreBinding lustre, Map<Integer, String> users) {
  /** Copies the map. */
  public ChangelogSource {
    users = Map.copyOf(new TreeMap<>(users));
  }
}
