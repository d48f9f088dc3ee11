// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * A socket that hears the other end out before it closes. TLS closes as soon as it refuses a peer;
 * if bytes of that peer come after, the system answers with a reset, which drops the alert that
 * says why from the peer's buffer.
 */
final class PatientSocket extends Socket {
  private static final int MOST_READS = 64;
  private static final int MILLIS = 200;

  PatientSocket() {}

  /** A listener whose connections are patient. */
  static ServerSocket listener() throws IOException {
    return new ServerSocket() {
      @Override
      public Socket accept() throws IOException {
        Socket accepted = new PatientSocket();
        implAccept(accepted);
        return accepted;
      }
    };
  }

  @Override
  public void close() throws IOException {
    try {
      if (isConnected() && !isClosed() && !isOutputShutdown()) {
        shutdownOutput();
        setSoTimeout(MILLIS);
        InputStream in = getInputStream();
        byte[] rest = new byte[4096];
        int reads = 0;
        while (reads < MOST_READS && in.read(rest) >= 0) {
          reads++;
        }
      }
    } catch (IOException e) {
      // Nothing more comes, or it comes too slowly.
    } finally {
      super.close();
    }
  }

  /** Closes it at once. */
  void abort() throws IOException {
    super.close();
  }
}
