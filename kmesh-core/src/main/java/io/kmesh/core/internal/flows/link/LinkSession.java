// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.transfer.RateCalendar;
import java.time.Duration;

/**
 * Messages to and from one process at another site. Streams come and go below it: while both
 * processes live and the link is not cut for longer than the grace time, nothing is lost.
 * Thread-safe.
 */
public interface LinkSession extends AutoCloseable {
  /** Who is there. */
  LinkPeer peer();

  /** The longest message that the peer takes, in bytes. */
  int longestMessage();

  /**
   * Sends a message that arrives once, and behind all ordered ones sent before. Waits while the
   * peer's credit is used up. The array is the session's from now on.
   *
   * @throws LinkLostException when the session is over
   * @throws IllegalArgumentException when it is longer than {@link #longestMessage}
   */
  void send(byte[] message) throws LinkLostException, InterruptedException;

  /**
   * Sends a message that arrives once or more, in any order, over whatever stream is free. Waits
   * while the peer's credit for bulk is used up. The array is the session's from now on.
   *
   * @throws LinkLostException when the session is over
   * @throws IllegalArgumentException when it is longer than {@link #longestMessage}
   */
  void sendBulk(byte[] message) throws LinkLostException, InterruptedException;

  /**
   * Waits until the peer's handler has returned for all that was sent before the call.
   *
   * @return whether it has in time
   * @throws LinkLostException when the session is over before
   */
  boolean flush(Duration timeout) throws LinkLostException, InterruptedException;

  /**
   * Sends no faster from now on, all streams together, besides what its settings say. What the peer
   * sends is the peer's to limit.
   */
  void limit(RateCalendar calendar);

  /** How it goes. */
  LinkStatus status();

  /** Whether it is over. */
  boolean isOver();

  /**
   * Ends it at both sides, with a sentence for people.
   *
   * @see #close()
   */
  void close(String reason);

  /**
   * Ends it at both sides. What was not handled is lost: {@link #flush} before. Waits five seconds
   * at most for the peer to hear of it.
   */
  @Override
  void close();
}
