// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

import java.util.List;

/**
 * What a rotation of a repository's key did.
 *
 * @param generation of the key that counts now
 * @param dropped who can't open the repository any more
 */
public record KeyRotation(int generation, List<KeyHolder> dropped) {
  /** Copies the list. */
  public KeyRotation {
    dropped = List.copyOf(dropped);
  }
}
