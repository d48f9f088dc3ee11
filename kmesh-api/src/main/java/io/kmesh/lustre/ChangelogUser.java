// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A registered user of an MDT's changelog. Source: a line of {@code
 * mdd.FSNAME-MDTnnnn.changelog_users}.
 *
 * @param id the user, such as {@code cl1}, or {@code cl1-name}
 * @param index the last record that it cleared
 * @param idleOrNull how long it has done nothing; null where the release does not tell
 */
public record ChangelogUser(String id, long index, @Nullable Duration idleOrNull) {
  /** How long it has done nothing; empty where the release does not tell. */
  public Optional<Duration> idle() {
    return Optional.ofNullable(idleOrNull);
  }
}
