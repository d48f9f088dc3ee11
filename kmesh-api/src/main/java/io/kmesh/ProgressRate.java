// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.unit.DataSize;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How fast an operation is.
 *
 * @param itemsPerSecond files or objects in a second
 * @param bytesPerSecond bytes in a second
 * @param remainingOrNull how long it will last at this rate; null when that can't be told
 */
public record ProgressRate(
    double itemsPerSecond, DataSize bytesPerSecond, @Nullable Duration remainingOrNull) {
  /** How long it will last at this rate; empty when its size is not known or nothing moves. */
  public Optional<Duration> remaining() {
    return Optional.ofNullable(remainingOrNull);
  }
}
