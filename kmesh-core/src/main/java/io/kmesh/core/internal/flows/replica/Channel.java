// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The way to one peer, as the engine needs it. What is sent when the way is broken is lost; the
 * engine begins anew on the next one. Thread-safe.
 */
public interface Channel {
  /** The name of the site at its other end, as its certificate says. */
  String site();

  /**
   * Sends a message that arrives in order and once.
   *
   * @throws IOException when the way is broken
   */
  void send(byte[] message) throws IOException, InterruptedException;

  /**
   * Sends a message that may arrive twice, late, and before others; waits while the peer has as
   * much as it can take.
   *
   * @throws IOException when the way is broken
   */
  void sendBulk(byte[] message) throws IOException, InterruptedException;

  /** Whether the peer tells chunks of its files, and sending bytes costs more than comparing. */
  default boolean tellsChunks() {
    return false;
  }

  /** The shorter way of bytes to a peer in the same process; null where they need messages. */
  default @Nullable Handing handing() {
    return null;
  }

  /** Breaks the way; the reason goes to the log at both sides. */
  void abort(String reason);
}
