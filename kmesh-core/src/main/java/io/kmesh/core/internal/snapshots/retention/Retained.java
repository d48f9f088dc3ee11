// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.retention;

import java.time.Instant;
import java.util.Set;

/**
 * A snapshot as retention sees it.
 *
 * @param id its id, unlike any other's
 * @param source what it is a snapshot of, such as host and path: rules count within one source
 * @param time when it was taken
 * @param tags its tags
 * @param held whether somebody holds it
 */
public record Retained(String id, String source, Instant time, Set<String> tags, boolean held) {
  /** Copies the set. */
  public Retained {
    tags = Set.copyOf(tags);
  }
}
