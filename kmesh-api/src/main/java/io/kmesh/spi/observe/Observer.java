// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.observe;

/**
 * Listens to events and metrics. Called from any thread; must not block; what it throws is logged
 * and dropped.
 */
public interface Observer {
  /** An observer that does nothing. */
  Observer NONE = new Observer() {};

  /** Something happened. */
  default void event(KmeshEvent event) {}

  /**
   * A counter grew.
   *
   * @param name a stable name in dots, such as {@code state.commits}
   * @param delta by how much, not negative
   */
  default void count(String name, long delta) {}

  /**
   * Something was measured.
   *
   * @param name a stable name in dots that ends in the unit, such as {@code store.put.nanos}
   * @param value the value
   */
  default void measure(String name, long value) {}
}
