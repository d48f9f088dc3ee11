// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.path.PathBytes;
import java.util.List;

/**
 * Removals that are not registered before somebody confirms them.
 *
 * @param count entries that would go, those below directories too
 * @param entries entries that the tree had, by the base
 * @param examples some of their paths
 */
public record DeletionsHeld(long count, long entries, List<PathBytes> examples) {
  /** Copies the list. */
  public DeletionsHeld {
    examples = List.copyOf(examples);
  }
}
