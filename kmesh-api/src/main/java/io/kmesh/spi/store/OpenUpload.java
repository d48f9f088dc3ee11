// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An upload in parts that a list found.
 *
 * @param upload names it
 * @param begunOrNull when it began, or what the store knows of it instead: when it had its last
 *     part; by the store's clock; null where the store says neither
 */
public record OpenUpload(Upload upload, @Nullable Instant begunOrNull) {
  /** When it began, or had its last part, by the store's clock. */
  public Optional<Instant> begun() {
    return Optional.ofNullable(begunOrNull);
  }
}
