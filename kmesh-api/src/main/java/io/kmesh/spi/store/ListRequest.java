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
 * @param tokenOrNull what the page before said beside its last key, so that the store need not
 *     search; a store may ignore it
 */
public record ListRequest(
    String prefix, @Nullable String afterOrNull, int limit, @Nullable String tokenOrNull) {
  /** A request that follows no page. */
  public ListRequest(String prefix, @Nullable String afterOrNull, int limit) {
    this(prefix, afterOrNull, limit, null);
  }

  /** All keys of a prefix from the beginning, a thousand at a time. */
  public static ListRequest prefix(String prefix) {
    return new ListRequest(prefix, null, 1000);
  }

  /** The same request behind a key. */
  public ListRequest after(String key) {
    return new ListRequest(prefix, key, limit);
  }

  /**
   * The request for the page behind another.
   *
   * @throws IllegalArgumentException when that was the last
   */
  public ListRequest following(ListPage page) {
    String key =
        page.nextAfter()
            .orElseThrow(() -> new IllegalArgumentException("No page follows the last one."));
    return new ListRequest(prefix, key, limit, page.tokenOrNull());
  }

  /** Only keys behind this one. */
  public Optional<String> startAfter() {
    return Optional.ofNullable(afterOrNull);
  }
}
