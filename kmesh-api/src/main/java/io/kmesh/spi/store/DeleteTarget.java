// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

/**
 * An object to delete.
 *
 * @param key its key
 * @param condition none, or the ETag that it must have
 */
public record DeleteTarget(String key, Condition condition) {
  /** Deletes whatever is there. */
  public static DeleteTarget of(String key) {
    return new DeleteTarget(key, Condition.none());
  }
}
