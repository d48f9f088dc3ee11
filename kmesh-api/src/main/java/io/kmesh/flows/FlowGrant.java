// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import java.time.Instant;
import java.util.Optional;

/**
 * A grant that was given. Immutable.
 *
 * @param id names it for {@link DataFlow#revoke} and in the audit log
 * @param grant to whom, what and how long
 * @param state whether it counts
 * @param given when it was given
 * @param ended when it was found expired, or was revoked; empty before
 */
public record FlowGrant(
    String id, Grant grant, State state, Instant given, Optional<Instant> ended) {
  /** Whether a grant counts. */
  public enum State {
    /** Its time has not come. */
    WAITING,
    /** It counts. */
    VALID,
    /** Its time is over. */
    EXPIRED,
    /** It was taken back. */
    REVOKED
  }
}
