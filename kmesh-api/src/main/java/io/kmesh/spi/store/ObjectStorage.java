// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a store keeps an object.
 *
 * @param storageClass its class
 * @param availability whether it can be read now
 * @param readableUntilOrNull when a restored copy is dropped, where it is one
 */
public record ObjectStorage(
    StorageClass storageClass, Availability availability, @Nullable Instant readableUntilOrNull) {
  /** An object that can always be read. */
  public static ObjectStorage readable(StorageClass storageClass) {
    return new ObjectStorage(storageClass, Availability.READABLE, null);
  }

  /** When a restored copy is dropped, where it is one. */
  public Optional<Instant> readableUntil() {
    return Optional.ofNullable(readableUntilOrNull);
  }
}
