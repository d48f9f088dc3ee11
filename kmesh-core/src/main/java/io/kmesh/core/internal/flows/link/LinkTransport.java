// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.io.IOException;

/** A way to connect two processes, such as TCP. Thread-safe. */
public interface LinkTransport {
  /**
   * Connects to a listener and proves who is there. Blocks; ends in bounded time.
   *
   * @param address where, in this transport's form
   * @param site who must be there
   * @throws IOException when nobody answers, or it is not that site
   */
  LinkConnection dial(String address, String site) throws IOException;

  /**
   * Begins to listen.
   *
   * @param address where, in this transport's form
   * @param acceptor who gets the connections
   * @throws IOException when the address can't be listened on
   */
  Listener listen(String address, Acceptor acceptor) throws IOException;

  /** What listens. */
  interface Listener extends AutoCloseable {
    /** Where it listens; a port that the system chose is in it. */
    String address();

    /** Accepts nothing more; connections stay. */
    @Override
    void close();
  }

  /** Takes connections. */
  @FunctionalInterface
  interface Acceptor {
    /** Takes one whose peer is proven, on a thread of its own, which it may keep. */
    void accepted(LinkConnection connection);
  }
}
