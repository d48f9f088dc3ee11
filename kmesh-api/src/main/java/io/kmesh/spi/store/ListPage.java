// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list. Entries may lack metadata: a store may leave it out of lists. Only the last
 * page may be empty.
 *
 * @param objects the entries
 * @param nextAfterOrNull the key to continue behind; null at the end
 * @param tokenOrNull what only the store reads, by which {@link ListRequest#following} continues
 *     without a search
 */
public record ListPage(
    List<ObjectInfo> objects, @Nullable String nextAfterOrNull, @Nullable String tokenOrNull) {
  /** A page of a store that continues by keys alone. */
  public ListPage(List<ObjectInfo> objects, @Nullable String nextAfterOrNull) {
    this(objects, nextAfterOrNull, null);
  }

  /** Copies the list. */
  public ListPage {
    objects = List.copyOf(objects);
  }

  /** The key to continue behind; empty at the end. */
  public Optional<String> nextAfter() {
    return Optional.ofNullable(nextAfterOrNull);
  }
}
