// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.snapshots.AccessRule;
import java.util.List;
import java.util.Optional;

/**
 * What only some snapshots have.
 *
 * @param cut the cut that it is a part of
 * @param access who may see what; none for all
 * @param changelog how far the changelogs were read that it was taken by, or could have been
 */
public record Additions(
    Optional<Cut> cut, List<AccessRule> access, Optional<ChangelogState> changelog) {
  /** Nothing more. */
  public static final Additions NONE = new Additions(Optional.empty(), List.of(), Optional.empty());

  /** Copies the list. */
  public Additions {
    access = List.copyOf(access);
  }

  /**
   * Several snapshots of one moment.
   *
   * @param id 16 hexadecimal digits
   * @param snapshots how many they are, in all repositories
   */
  public record Cut(String id, int snapshots) {}

  /** With a cut. */
  public Additions with(Cut other) {
    return new Additions(Optional.of(other), access, changelog);
  }

  /** With other rules. */
  public Additions with(List<AccessRule> other) {
    return new Additions(cut, other, changelog);
  }

  /** With what changelogs say. */
  public Additions with(ChangelogState other) {
    return new Additions(cut, access, Optional.of(other));
  }
}
