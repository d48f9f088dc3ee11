// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLSocket;

/** Two ends that shake hands over loopback, the accepting one speaking first. */
final class Loopback {
  private static final Executor THREAD =
      task -> {
        Thread thread = new Thread(task, "kmesh-test-accepts");
        thread.setDaemon(true);
        thread.start();
      };

  /** What one end saw: who is there, or why not; and the bytes of the application it was given. */
  record End(PeerIdentity peer, ProviderException refusal, int received) {}

  record Both(End opened, End accepted) {}

  private Loopback() {}

  /** How an end makes its TLS: by Kmesh, or by hand to do harm. */
  interface Tls {
    SSLSocket over(Socket connected) throws IOException;
  }

  static Both shake(LinkTls opens, LinkTls accepts) throws Exception {
    return shake(opens::over, opens, accepts::over, accepts);
  }

  static Both shake(Tls opening, LinkTls opens, Tls accepting, LinkTls accepts) throws Exception {
    try (ServerSocket listener = PatientSocket.listener()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      CompletableFuture<End> accepted =
          CompletableFuture.supplyAsync(
              () -> {
                try (Socket socket = listener.accept()) {
                  return end(accepting, accepts, socket, true);
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              },
              THREAD);
      End opened;
      try (Socket socket = new PatientSocket()) {
        socket.connect(listener.getLocalSocketAddress());
        opened = end(opening, opens, socket, false);
      }
      return new Both(opened, accepted.get());
    }
  }

  private static End end(Tls tls, LinkTls words, Socket connected, boolean first) {
    int received = 0;
    PeerIdentity peer = null;
    try {
      connected.setSoTimeout(20_000);
      SSLSocket socket = tls.over(connected);
      socket.startHandshake();
      peer = words.peer(socket.getSession());
      if (first) {
        socket.getOutputStream().write('a');
      }
      while (received < 1) {
        if (socket.getInputStream().read() < 0) {
          throw new java.io.EOFException("the peer closed it");
        }
        received++;
      }
      if (!first) {
        socket.getOutputStream().write('b');
      }
      socket.close();
      return new End(peer, null, received);
    } catch (IOException e) {
      return new End(null, words.refusal(e), received);
    }
  }
}
