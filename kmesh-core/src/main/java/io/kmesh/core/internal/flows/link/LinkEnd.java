// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

/**
 * Why a session is over.
 *
 * @param kind what happened
 * @param reason a sentence for people
 */
public record LinkEnd(Kind kind, String reason) {
  /** What can end a session. */
  public enum Kind {
    /** This side closed it. */
    CLOSED_HERE,
    /** The other side closed it. */
    CLOSED_BY_PEER,
    /** The peer's process is another one than before and knows nothing of the session. */
    PEER_RESTARTED,
    /** The same process opened a new session for the same flows. */
    REPLACED,
    /** No stream could be had for the grace time. */
    AWAY,
    /** The peer, or what pretends to be it, sent what the protocol forbids. */
    VIOLATION,
    /** A handler failed, here or there. */
    HANDLER_FAILED
  }
}
