// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One page of versions, those of a key together and the newest first.
 *
 * @param versions the versions
 * @param nextOrNull what to hand back for the next page, which only the store reads; null at the
 *     end
 */
public record VersionPage(List<ObjectVersion> versions, @Nullable String nextOrNull) {
  /** Copies the list. */
  public VersionPage {
    versions = List.copyOf(versions);
  }

  /** What to hand back for the next page; empty at the end. */
  public Optional<String> next() {
    return Optional.ofNullable(nextOrNull);
  }
}
