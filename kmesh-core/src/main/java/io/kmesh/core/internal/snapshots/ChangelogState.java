// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.path.PathBytes;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far the changelogs of a file system were read when a tree was begun to be taken: what changed
 * since is in the records behind.
 *
 * @param fileSystem its name
 * @param path what of it was taken
 * @param excludes the globs of what was left out
 * @param users the changelog user of each MDT that kept the records
 * @param read the index of the last record that was there, by the number of the MDT
 */
public record ChangelogState(
    String fileSystem,
    PathBytes path,
    List<String> excludes,
    Map<Integer, String> users,
    Map<Integer, Long> read) {
  /** Copies the collections. */
  public ChangelogState {
    excludes = List.copyOf(excludes);
    users = Collections.unmodifiableMap(new TreeMap<>(users));
    read = Collections.unmodifiableMap(new TreeMap<>(read));
  }
}
