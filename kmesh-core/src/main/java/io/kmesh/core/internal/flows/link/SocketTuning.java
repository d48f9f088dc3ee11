// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.io.IOException;
import java.net.Socket;

/** Sets what Java has no option for, such as the congestion control. Thread-safe. */
@FunctionalInterface
public interface SocketTuning {
  /** Changes nothing. */
  SocketTuning NONE = socket -> {};

  /**
   * Tunes a socket that was just connected, or accepted.
   *
   * @throws IOException when the socket can't be used without; the connection is then given up
   */
  void tune(Socket socket) throws IOException;
}
