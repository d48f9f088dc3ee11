// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import io.kmesh.spi.ErrorKind;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What became of one key of a delete. Deleting a key that does not exist succeeds.
 *
 * @param key the key
 * @param errorOrNull why it was not deleted; null when it is gone
 * @param message the store's words; empty on success
 */
public record DeleteOutcome(String key, @Nullable ErrorKind errorOrNull, String message) {
  /** Gone. */
  public static DeleteOutcome deleted(String key) {
    return new DeleteOutcome(key, null, "");
  }

  /** Why it was not deleted. */
  public Optional<ErrorKind> error() {
    return Optional.ofNullable(errorOrNull);
  }
}
