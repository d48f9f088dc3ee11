// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import java.util.List;

/**
 * What a rotation of the repository key did.
 *
 * @param generation of the key that counts now
 * @param dropped holders who can't open the repository any more
 */
public record RotatedKey(int generation, List<RepositoryHolder> dropped) {
  /** Copies the list. */
  public RotatedKey {
    dropped = List.copyOf(dropped);
  }
}
