// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** The network between two sites: it can be cut. Thread-safe. */
final class CutLink implements AutoCloseable {
  private final ServerSocket server;
  private volatile int target;
  private final List<Socket> sockets = new ArrayList<>(); // guarded by itself

  CutLink() throws IOException {
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** Leads to another port of this machine from now on. */
  void leadTo(String address) {
    target = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  /** Cuts all connections; new ones go through. */
  void cut() throws IOException {
    List<Socket> all;
    synchronized (sockets) {
      all = List.copyOf(sockets);
      sockets.clear();
    }
    for (Socket socket : all) {
      socket.close();
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "quickstart-link");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        join(server.accept());
      } catch (IOException e) {
        // Nobody listens there now, or this was closed.
      }
    }
  }

  private void join(Socket from) throws IOException {
    Socket to;
    try {
      to = new Socket(InetAddress.getLoopbackAddress(), target);
    } catch (IOException e) {
      from.close();
      throw e;
    }
    synchronized (sockets) {
      sockets.add(from);
      sockets.add(to);
    }
    start(() -> copy(from, to));
    start(() -> copy(to, from));
  }

  private static void copy(Socket from, Socket to) {
    byte[] buffer = new byte[64 << 10];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
      }
    } catch (IOException e) {
      // An end went away.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    cut();
  }
}
