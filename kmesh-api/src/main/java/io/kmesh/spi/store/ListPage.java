// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list. Entries may lack metadata: a store may leave it out of lists.
 *
 * @param objects the entries
 * @param nextAfterOrNull the key to continue behind; null at the end
 */
public record ListPage(List<ObjectInfo> objects, @Nullable String nextAfterOrNull) {
  /** Copies the list. */
  public ListPage {
    objects = List.copyOf(objects);
  }

  /** The key to continue behind; empty at the end. */
  public Optional<String> nextAfter() {
    return Optional.ofNullable(nextAfterOrNull);
  }
}
