// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Who is registered for the changelog of an MDT; without a user nothing is recorded. Immutable.
 * Source: the parameter {@code mdd.FSNAME-MDTnnnn.changelog_users}.
 *
 * @param lastIndexOrNull the index of the last record; null where it is not told
 * @param users those that are registered
 * @param unknown lines of no known form, as they are
 */
public record ChangelogUsers(
    @Nullable Long lastIndexOrNull, List<ChangelogUser> users, List<String> unknown) {
  /** Copies what it is given. */
  public ChangelogUsers {
    users = List.copyOf(users);
    unknown = List.copyOf(unknown);
  }

  /** The index of the last record; empty where it is not told. */
  public OptionalLong lastIndex() {
    return lastIndexOrNull == null ? OptionalLong.empty() : OptionalLong.of(lastIndexOrNull);
  }
}
