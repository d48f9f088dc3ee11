// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

/** A message on its way out. Guarded by the session's lock, but for its body. */
final class Outgoing {
  /**
   * What is sent.
   *
   * @param bytes the message, or a zstd frame of it
   * @param isFinal whether compressing it was tried
   * @param isPacked whether it is a zstd frame
   */
  record Body(byte[] bytes, boolean isFinal, boolean isPacked) {}

  /** No stream carries it: it waits, or it has arrived. */
  static final int NONE = 0;

  final int type;
  final long id;

  /** The message's length before compression. */
  final int length;

  /** Replaced once, by whichever stream sends it first; what it means never changes. */
  volatile Body body;

  int stream = NONE;
  boolean wasSent;
  boolean isHandled;

  Outgoing(int type, long id, byte[] message) {
    this.type = type;
    this.id = id;
    this.length = message.length;
    this.body = new Body(message, false, false);
  }
}
