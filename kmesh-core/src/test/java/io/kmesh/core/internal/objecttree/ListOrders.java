// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.spi.store.StoreCapability;
import io.kmesh.testkit.store.MemoryStore;
import java.util.Comparator;

/** The orders in which stores of the tests list. */
enum ListOrders {
  /** As it is promised. */
  UTF8,
  /** As Java compares texts, and some servers: other than UTF-8 for what is behind U+FFFF. */
  UTF16,
  /** Each key anywhere. */
  ANY,
  /** From the last to the first. */
  BACKWARDS;

  /** A store that lists so, and says of the last three that there is no order. */
  MemoryStore.Builder builder() {
    MemoryStore.Builder builder = MemoryStore.builder();
    return switch (this) {
      case UTF8 -> builder;
      case UTF16 -> builder.without(StoreCapability.UTF8_KEY_ORDER).order(utf16());
      case ANY -> builder.without(StoreCapability.UTF8_KEY_ORDER).order(any());
      case BACKWARDS -> builder.without(StoreCapability.UTF8_KEY_ORDER);
    };
  }

  static Comparator<String> utf16() {
    return Comparator.naturalOrder();
  }

  static Comparator<String> any() {
    return Comparator.comparingInt((String key) -> key.hashCode() * 0x9e3779b9)
        .thenComparing(Comparator.naturalOrder());
  }
}
