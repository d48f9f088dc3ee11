// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

/**
 * What is done with a session's messages. Returning from {@link #message} or {@link #bulk} means
 * that the message is dealt with: that is what the sender learns, and what gives it credit back. An
 * exception ends the session at both sides.
 *
 * <p>A handler that waits in {@code send} while the peer's does too waits for ever: answer from
 * another thread, or keep answers smaller than the windows.
 */
public interface LinkHandler {
  /**
   * A session begins. Comes before its messages, and after {@link #lost} of the session that it
   * replaces has returned.
   */
  default void opened(LinkSession session) throws Exception {}

  /** An ordered message: one call at a time, in the order in which they were sent. */
  void message(LinkSession session, byte[] message) throws Exception;

  /** A bulk message: several calls at a time, in any order, and perhaps again what came before. */
  void bulk(LinkSession session, byte[] message) throws Exception;

  /** The session is over. Comes once, as the last call, when no other call of it runs. */
  void lost(LinkSession session, LinkEnd end);
}
