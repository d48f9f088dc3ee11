// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import io.kmesh.path.PathBytes;
import java.util.List;

/**
 * The paths of a flow whose files are read under a grant alone, each with all below it.
 *
 * @param paths below the flow's top
 */
public record SensitivePaths(List<PathBytes> paths) {
  /** Nothing is sensitive. */
  public static final SensitivePaths NONE = new SensitivePaths(List.of());

  /** Copies. */
  public SensitivePaths {
    paths = List.copyOf(paths);
  }

  /** Those of a specification. */
  public static SensitivePaths of(List<String> paths) {
    return new SensitivePaths(paths.stream().map(PathBytes::of).toList());
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return paths.isEmpty();
  }

  /** Whether something of these names, which one file has, is sensitive. */
  public boolean cover(List<PathBytes> names) {
    return names.stream().anyMatch(this::covers);
  }

  /** Whether what is at a path is sensitive. */
  public boolean covers(PathBytes path) {
    return paths.stream().anyMatch(path::isAtOrBelow);
  }

  /** Whether something at, below or above a path is: a change there may move it. */
  public boolean meet(PathBytes path) {
    return paths.stream().anyMatch(one -> path.isAtOrBelow(one) || one.isAtOrBelow(path));
  }
}
