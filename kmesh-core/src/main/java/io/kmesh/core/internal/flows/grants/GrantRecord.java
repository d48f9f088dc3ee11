// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import io.kmesh.path.PathBytes;
import java.util.List;

/**
 * A grant as it is kept; times in milliseconds since the epoch.
 *
 * @param id names it, 32 hexadecimal digits
 * @param who the subject
 * @param path below the flow's top; empty for all
 * @param from the first moment
 * @param until the first moment that it does not count any more
 * @param given when it was given
 * @param end how it ended
 * @param ended when; 0 before
 */
record GrantRecord(
    String id, String who, PathBytes path, long from, long until, long given, End end, long ended) {
  /** How a grant ended; in the order of their numbers. */
  enum End {
    /** It did not. */
    NONE,
    /** Its time was over. */
    EXPIRED,
    /** It was taken back. */
    REVOKED
  }

  boolean isLive() {
    return end == End.NONE;
  }

  GrantRecord ended(End how, long at) {
    return new GrantRecord(id, who, path, from, until, given, how, at);
  }

  /** The same, with no later end than a moment. */
  GrantRecord atMostUntil(long moment) {
    return new GrantRecord(
        id, who, path, from, Math.max(from + 1, Math.min(until, moment)), given, end, ended);
  }

  /** Whether one of these names, which one file has, is at its path or below. */
  boolean covers(List<PathBytes> names) {
    return names.stream().anyMatch(name -> name.isAtOrBelow(path));
  }
}
