// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.time.KmeshThreads;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Stands between two ends of TCP and keeps a copy of all bytes. */
final class Relay implements AutoCloseable {
  private final ServerSocket server;
  private final int target;
  private final ByteArrayOutputStream captured = new ByteArrayOutputStream(); // guarded by itself
  private final List<Socket> sockets = new ArrayList<>(); // guarded by captured

  Relay(String address) throws IOException {
    this.target = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    KmeshThreads.start("test-relay", this::accept);
  }

  String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  byte[] captured() {
    synchronized (captured) {
      return captured.toByteArray();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket from = server.accept();
        Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
        synchronized (captured) {
          sockets.add(from);
          sockets.add(to);
        }
        KmeshThreads.start("test-relay-out", () -> copy(from, to));
        KmeshThreads.start("test-relay-in", () -> copy(to, from));
      }
    } catch (IOException e) {
      close();
    }
  }

  private void copy(Socket from, Socket to) {
    byte[] buffer = new byte[64 << 10];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        synchronized (captured) {
          captured.write(buffer, 0, n);
        }
        out.write(buffer, 0, n);
      }
    } catch (IOException e) {
      // an end went away
    }
  }

  @Override
  public void close() {
    List<Socket> all;
    synchronized (captured) {
      all = List.copyOf(sockets);
    }
    try {
      server.close();
      for (Socket socket : all) {
        socket.close();
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
