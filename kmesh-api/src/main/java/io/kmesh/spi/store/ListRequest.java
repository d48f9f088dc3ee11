// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which keys a list page gives.
 *
 * @param prefix only keys that begin with it; empty for all
 * @param afterOrNull only keys behind this one in the store's order (a key, not a token)
 * @param limit the most entries, 1 to the store's page
 */
public record ListRequest(String prefix, @Nullable String afterOrNull, int limit) {
  /** All keys of a prefix from the beginning, a thousand at a time. */
  public static ListRequest prefix(String prefix) {
    return new ListRequest(prefix, null, 1000);
  }

  /** The same request behind a key. */
  public ListRequest after(String key) {
    return new ListRequest(prefix, key, limit);
  }

  /** Only keys behind this one. */
  public Optional<String> startAfter() {
    return Optional.ofNullable(afterOrNull);
  }
}
