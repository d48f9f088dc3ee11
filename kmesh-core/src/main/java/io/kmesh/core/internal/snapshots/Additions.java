// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import java.util.Optional;

/**
 * What only some snapshots have.
 *
 * @param cut the cut that it is a part of
 */
public record Additions(Optional<Cut> cut) {
  /** Nothing more. */
  public static final Additions NONE = new Additions(Optional.empty());

  /**
   * Several snapshots of one moment.
   *
   * @param id 16 hexadecimal digits
   * @param snapshots how many they are, in all repositories
   */
  public record Cut(String id, int snapshots) {}

  /** With a cut. */
  public Additions with(Cut other) {
    return new Additions(Optional.of(other));
  }
}
