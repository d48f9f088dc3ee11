// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One page of one level of keys: what a directory would show.
 *
 * @param objects the objects at this level
 * @param prefixes the prefixes that have more levels, each with the delimiter at its end
 * @param nextOrNull what to hand back for the next page, which only the store reads; null at the
 *     end
 */
public record LevelPage(
    List<ObjectInfo> objects, List<String> prefixes, @Nullable String nextOrNull) {
  /** Copies the lists. */
  public LevelPage {
    objects = List.copyOf(objects);
    prefixes = List.copyOf(prefixes);
  }

  /** What to hand back for the next page; empty at the end. */
  public Optional<String> next() {
    return Optional.ofNullable(nextOrNull);
  }
}
