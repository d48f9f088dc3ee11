// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import java.time.Instant;
import java.util.Optional;

/**
 * A token as its authority knows it.
 *
 * @param id what it is known by, 16 hexadecimal digits
 * @param site the site that it is for
 * @param state what it is good for
 * @param issued when it was made
 * @param expires from when on it can't be used
 * @param used when it was
 * @param refusals how often somebody showed it, with its secret, and was not let in: more than 0
 *     means that it was stolen, or handed out twice. Counted to 1,000
 * @param lastRefusal when that was last
 */
public record TokenStatus(
    String id,
    String site,
    State state,
    Instant issued,
    Instant expires,
    Optional<Instant> used,
    int refusals,
    Optional<Instant> lastRefusal) {
  /** What a token is good for. */
  public enum State {
    /** It can be used, once. */
    OPEN,
    /** It was used. */
    USED,
    /** Its time is over, unused. */
    EXPIRED,
    /** It was taken back, unused. */
    REVOKED
  }
}
