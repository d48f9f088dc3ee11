// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.spi.ErrorKind;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What became of a unit of work.
 *
 * @param attempt the unit's attempt
 * @param bytes the bytes that were moved
 * @param crc32c the CRC-32C of them
 * @param partEtag the ETag of the part that was written; empty for other targets
 * @param errorOrNull why it failed; null when it did not
 * @param message a sentence for people; empty on success
 */
public record WorkResult(
    String attempt,
    long bytes,
    int crc32c,
    String partEtag,
    @Nullable ErrorKind errorOrNull,
    String message) {
  /** Why it failed. */
  public Optional<ErrorKind> error() {
    return Optional.ofNullable(errorOrNull);
  }
}
