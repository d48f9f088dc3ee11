// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import java.util.Set;

/**
 * Who asks for what a snapshot has, as the program that asks on his behalf knows him: Kmesh proves
 * no identity.
 *
 * @param user the user's name; empty when there is none
 * @param groups the names of his groups
 * @param application the application's name; empty when there is none
 */
public record Caller(String user, Set<String> groups, String application) {
  /** Copies the set. */
  public Caller {
    groups = Set.copyOf(groups);
  }
}
